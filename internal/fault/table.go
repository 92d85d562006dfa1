package fault

import (
	"context"
	"crypto/tls"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"syscall"

	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// row says what an error means. The exit status is that of the kind.
type row struct {
	match func(error) bool
	kind  Kind
	code  func(error) string
	hint  func(error, Context) string
}

// table has the errors of pkg/ and of the standard library. The first row that
// matches an error, or one that it wraps, counts.
func table() []row {
	return []row{
		{is[*implicit.RequestError](), Usage, noCode, noHint},
		{is(platformAsksForUser), PersonNeeded, codeOf(platformCode), hintOf(platformHint)}, // this and the next wrap an InteractionRequiredError
		{is(asksForUser), PersonNeeded, codeOf(authorizeCode), hintOf(authorizeHint)},
		{is[*implicit.InteractionRequiredError](), PersonNeeded, codeOf(interactionCode), hintOf(interactionHint)},
		{is(triesLater), Unreachable, codeOf(authorizeCode), noHintBut("the provider has a problem; try again later")},
		{is[*implicit.AuthorizeError](), Refused, codeOf(authorizeCode), hintOf(authorizeHint)},
		{is[*implicit.VerifyError](), Invalid, codeOf(checkName), hintOf(verifyHint)},
		{is[*implicit.ParseError](), Invalid, constant("channel"), noHint},
		{is[*implicit.DocumentError](), Invalid, codeOf(documentCode), noHint},
		{is(platformTriesLater), Unreachable, codeOf(platformCode), hintOf(platformHint)},
		{is[*pingone.Error](), Refused, codeOf(platformCode), hintOf(platformHint)},
		{is(answersLater), Unreachable, noCode, hintOf(httpHint)},
		{is[*implicit.HTTPError](), Refused, noCode, hintOf(httpHint)},
		{is[*implicit.NetworkError](), Unreachable, noCode, hintOf(networkHint)},
		{errorIs(context.DeadlineExceeded), Unreachable, noCode, noHintBut("give it longer with --timeout, or try again later")},
		{errorIs(context.Canceled), Interrupted, noCode, noHint},
		{is(listens), Usage, noCode, noHintBut("choose another address with --listen or --redirect-uri")},
		{is[*net.OpError](), Unreachable, noCode, noHint}, // not net.Error, which each errno of the system is
		{is[*net.DNSError](), Unreachable, noCode, noHint},
		{is[*tls.CertificateVerificationError](), Unreachable, noCode, noHint},
		{is[tls.RecordHeaderError](), Unreachable, noCode, noHint},
		{errorIs(fs.ErrPermission), Usage, noCode, noHintBut("give this user access, or name another file or directory")},
		{errorIs(syscall.EROFS), Usage, noCode, noHintBut("name a file or directory on a file system that can be written")},
	}
}

func lookup(err error) (row, bool) {
	for _, r := range table() {
		if r.match(err) {
			return r, true
		}
	}
	return row{}, false
}

// is matches errors of type E for which each of when is true.
func is[E error](when ...func(E) bool) func(error) bool {
	return func(err error) bool {
		var e E
		if !errors.As(err, &e) {
			return false
		}
		for _, ok := range when {
			if !ok(e) {
				return false
			}
		}
		return true
	}
}

func errorIs(target error) func(error) bool {
	return func(err error) bool { return errors.Is(err, target) }
}

func noCode(error) string { return "" }

func constant(code string) func(error) string { return func(error) string { return code } }

func codeOf[E error](code func(E) string) func(error) string {
	return func(err error) string {
		var e E
		errors.As(err, &e)
		return code(e)
	}
}

func noHint(error, Context) string { return "" }

func noHintBut(hint string) func(error, Context) string {
	return func(error, Context) string { return hint }
}

func hintOf[E error](hint func(E, Context) string) func(error, Context) string {
	return func(err error, c Context) string {
		var e E
		errors.As(err, &e)
		return hint(e, c)
	}
}

func interactionCode(e *implicit.InteractionRequiredError) string { return e.Code }

func authorizeCode(e *implicit.AuthorizeError) string { return e.Code }

func checkName(e *implicit.VerifyError) string { return e.Check.Name }

func documentCode(e *implicit.DocumentError) string {
	if e.Document == implicit.DocumentKeys {
		return "key"
	}
	return "discovery"
}

// platformCode is that of the first detail, which says more than that of the error.
func platformCode(e *pingone.Error) string {
	if len(e.Details) > 0 && e.Details[0].Code != "" {
		return e.Details[0].Code
	}
	return e.Code
}

func asksForUser(e *implicit.AuthorizeError) bool { return e.Unwrap() != nil }

// triesLater knows the codes that are a 503 and a 500, which a redirect cannot
// carry (RFC 6749 section 4.2.2.1).
func triesLater(e *implicit.AuthorizeError) bool {
	return e.Code == "temporarily_unavailable" || e.Code == "server_error"
}

func platformAsksForUser(e *pingone.Error) bool { return asksForUser(e.OAuthError()) }

func platformTriesLater(e *pingone.Error) bool {
	switch e.Reason {
	case pingone.ReasonRateLimited, pingone.ReasonPushTimedOut:
		return true
	case pingone.ReasonLockedOut, pingone.ReasonCoolDown, pingone.ReasonPushBlocked, pingone.ReasonPasscodeGone: // the user's doing, whatever the status
		return false
	}
	return later(e.Status) || triesLater(e.OAuthError())
}

func answersLater(e *implicit.HTTPError) bool { return later(e.Status) }

// later reports whether a server with this status may answer another time.
func later(status int) bool {
	return status == http.StatusRequestTimeout || status == http.StatusTooManyRequests || status >= 500
}

func listens(e *net.OpError) bool { return e.Op == "listen" }

// correlationID is PingOne's ID of the request that failed.
func correlationID(err error) string {
	var refused *implicit.AuthorizeError
	var platform *pingone.Error
	switch {
	case errors.As(err, &refused):
		return pingone.CorrelationID(refused.Description)
	case !errors.As(err, &platform):
		return ""
	case platform.CorrelationID != "":
		return platform.CorrelationID
	}
	return platform.ID
}
