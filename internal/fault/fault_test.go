package fault_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// own is an error that says what it is by methods of built-in types.
type own struct {
	kind, code, hint string
	exit             int
	err              error
}

func (e *own) Error() string { return "own" }
func (e *own) Unwrap() error { return e.err }
func (e *own) Kind() string  { return e.kind }
func (e *own) Code() string  { return e.code }
func (e *own) Exit() int     { return e.exit }
func (e *own) Hint() string  { return e.hint }

// situational is an error whose hint depends on the situation.
type situational struct{}

func (situational) Error() string { return "situational" }
func (situational) HintFor(pingOne, terminal bool) string {
	return fmt.Sprint(pingOne, " ", terminal)
}

func check(name string) error { return &implicit.VerifyError{Check: implicit.Check{Name: name}} }

func network(err error) error { return &implicit.NetworkError{URL: "https://auth.example", Err: err} }

func detail(code string) []pingone.Detail { return []pingone.Detail{{Code: code}} }

type row struct {
	name string
	err  error
	kind fault.Kind
	exit int
	code string
	hint bool
}

func rows() []row {
	cause := errors.New("a reason")
	authorize := func(code, description string) error {
		return &implicit.AuthorizeError{Code: code, Description: description}
	}
	return []row{
		{"unknown", cause, fault.Unexpected, 1, "", false},
		{"a full disk", &fs.PathError{Op: "write", Path: "f", Err: syscall.ENOSPC}, fault.Unexpected, 1, "", false},
		{"no permission", fmt.Errorf("open: %w", &fs.PathError{Op: "open", Path: "f", Err: syscall.EACCES}), fault.Usage, 2, "", true},
		{"a read-only file system", &os.LinkError{Op: "rename", Err: syscall.EROFS}, fault.Usage, 2, "", true},
		{"a usage error", fault.Usagef("--at: %w", cause), fault.Usage, 2, "", false},
		{"a usage error that wraps a known one", fault.Usagef("%w", context.DeadlineExceeded), fault.Usage, 2, "", true},
		{"another exit status", fault.WithExit(fault.Usage, 127, cause), fault.Usage, 127, "", false},
		{"a hint alone", fault.WithHint(authorize("invalid_scope", ""), "do this"), fault.Refused, 3, "invalid_scope", true},
		{"own", fmt.Errorf("a: %w", &own{kind: "unreachable", exit: 6, code: "c", hint: "h"}), fault.Unreachable, 6, "c", true},
		{"own without an exit status", &own{kind: "person_needed"}, fault.PersonNeeded, 4, "", false},
		{"own around a known one", &own{kind: "refused", err: network(cause)}, fault.Refused, 3, "", true},
		{"own without a kind", &own{hint: "h", err: network(cause)}, fault.Unreachable, 6, "", true},
		{"own among several", errors.Join(cause, &own{kind: "usage", hint: "h"}), fault.Usage, 2, "", true},
		{"interrupted", &own{kind: "interrupted", exit: 143}, fault.Interrupted, 143, "", false},

		{"request", &implicit.RequestError{Parameter: "scope"}, fault.Usage, 2, "", false},
		{"a page", &implicit.InteractionRequiredError{Needs: implicit.NeedsBrowser}, fault.PersonNeeded, 4, "", true},
		{"a security key", &implicit.InteractionRequiredError{Code: "ASSERTION_REQUIRED", Needs: implicit.NeedsBrowser}, fault.PersonNeeded, 4, "ASSERTION_REQUIRED", true},
		{"an answer", &implicit.InteractionRequiredError{Needs: implicit.NeedsAnswer}, fault.PersonNeeded, 4, "", true},
		{"a sign-on", &implicit.InteractionRequiredError{Needs: implicit.NeedsSignOn}, fault.PersonNeeded, 4, "", true},
		{"invalid_scope", fmt.Errorf("x: %w", authorize("invalid_scope", "")), fault.Refused, 3, "invalid_scope", true},
		{"an error without a hint", authorize("made_up", ""), fault.Refused, 3, "made_up", false},
		{"invalid_request", authorize("invalid_request", ""), fault.Refused, 3, "invalid_request", true},
		{"access_denied", authorize("access_denied", ""), fault.Refused, 3, "access_denied", true},
		{"several resources", authorize("invalid_scope", "May not request scopes for multiple resources"), fault.Refused, 3, "invalid_scope", true},
		{"redirect URI", authorize("invalid_request", "Redirect URI mismatch"), fault.Refused, 3, "invalid_request", true},
		{"policy", authorize("invalid_request", "unknown acr_values"), fault.Refused, 3, "invalid_request", true},
		{"response type", authorize("unsupported_response_type", ""), fault.Refused, 3, "unsupported_response_type", true},
		{"pushed request", authorize("invalid_request", "Pushed Authorization required"), fault.Refused, 3, "invalid_request", true},
		{"login_required", authorize("login_required", ""), fault.PersonNeeded, 4, "login_required", true},
		{"account_selection_required", authorize("account_selection_required", ""), fault.PersonNeeded, 4, "account_selection_required", true},
		{"temporarily_unavailable", authorize("temporarily_unavailable", ""), fault.Unreachable, 6, "temporarily_unavailable", true},
		{"server_error", authorize("server_error", ""), fault.Unreachable, 6, "server_error", true},
		{"signature", check("signature"), fault.Invalid, 5, "signature", true},
		{"issuer", check("access_token.issuer"), fault.Invalid, 5, "access_token.issuer", true},
		{"acr", check("acr"), fault.Invalid, 5, "acr", true},
		{"tokens", check("tokens"), fault.Invalid, 5, "tokens", true},
		{"expiry", check("expiry"), fault.Invalid, 5, "expiry", true},
		{"algorithm", check("algorithm"), fault.Invalid, 5, "algorithm", true},
		{"response", &implicit.ParseError{}, fault.Invalid, 5, "channel", false},
		{"key set", &implicit.DocumentError{Document: implicit.DocumentKeys}, fault.Invalid, 5, "key", false},
		{"discovery", &implicit.DocumentError{Document: implicit.DocumentDiscovery}, fault.Invalid, 5, "discovery", false},
		{"HTTP 404", &implicit.HTTPError{Status: 404}, fault.Refused, 3, "", true},
		{"HTTP 200", &implicit.HTTPError{Status: 200}, fault.Refused, 3, "", true},
		{"HTTP 408", &implicit.HTTPError{Status: 408}, fault.Unreachable, 6, "", true},
		{"HTTP 429", &implicit.HTTPError{Status: 429}, fault.Unreachable, 6, "", true},
		{"HTTP 500", &implicit.HTTPError{Status: 500}, fault.Unreachable, 6, "", true},

		{"platform error", &pingone.Error{Status: 400, Code: "INVALID_DATA", Details: detail("INVALID_VALUE")}, fault.Refused, 3, "INVALID_VALUE", false},
		{"wrong credentials", &pingone.Error{Status: 400, Code: "C", Reason: pingone.ReasonWrongCredentials}, fault.Refused, 3, "C", true},
		{"locked out", &pingone.Error{Status: 400, Reason: pingone.ReasonLockedOut}, fault.Refused, 3, "", true},
		{"no password", &pingone.Error{Status: 400, Reason: pingone.ReasonNoPassword}, fault.Refused, 3, "", true},
		{"flow gone", &pingone.Error{Status: 404, Reason: pingone.ReasonFlowGone}, fault.Refused, 3, "", true},
		{"redirect mismatch", &pingone.Error{Status: 400, Reason: pingone.ReasonRedirectMismatch}, fault.Refused, 3, "", true},
		{"not found", &pingone.Error{Status: 404, Reason: pingone.ReasonNotFound}, fault.Refused, 3, "", true},
		{"no session", &pingone.Error{Status: 400, Reason: pingone.ReasonNoSession}, fault.Refused, 3, "", true},
		{"rate limited", &pingone.Error{Status: 400, Reason: pingone.ReasonRateLimited, RetryAfter: time.Minute}, fault.Unreachable, 6, "", true},
		{"unavailable", &pingone.Error{Status: 503, Reason: pingone.ReasonUnavailable}, fault.Unreachable, 6, "", true},
		{"wrong passcode", &pingone.Error{Status: 400, Reason: pingone.ReasonWrongPasscode}, fault.Refused, 3, "", true},
		{"wrong recovery code", &pingone.Error{Status: 400, Reason: pingone.ReasonWrongCode}, fault.Refused, 3, "", true},
		{"a cool-down", &pingone.Error{Status: 429, Reason: pingone.ReasonCoolDown}, fault.Refused, 3, "", true},
		{"a passcode's transaction that is gone", &pingone.Error{Status: 500, Reason: pingone.ReasonPasscodeGone}, fault.Refused, 3, "", true},
		{"a request that a proxy changed", &pingone.Error{Status: 401, Reason: pingone.ReasonUnauthorized}, fault.Refused, 3, "", true},
		{"a weak password", &pingone.Error{Status: 400, Reason: pingone.ReasonWeakPassword}, fault.Refused, 3, "", true},
		{"a password that must stay", &pingone.Error{Status: 400, Reason: pingone.ReasonPasswordRefused}, fault.Refused, 3, "", true},
		{"no device", &pingone.Error{Status: 200, Code: "NO_USABLE_DEVICES", Reason: pingone.ReasonNoDevice}, fault.Refused, 3, "NO_USABLE_DEVICES", true},
		{"a denied push", &pingone.Error{Status: 200, Reason: pingone.ReasonPushDenied}, fault.Refused, 3, "", true},
		{"a blocked push", &pingone.Error{Status: 429, Reason: pingone.ReasonPushBlocked}, fault.Refused, 3, "", true},
		{"a push that timed out", &pingone.Error{Status: 200, Reason: pingone.ReasonPushTimedOut}, fault.Unreachable, 6, "", true},
		{"profile data", &pingone.Error{Status: 400, Reason: pingone.ReasonInvalidValue}, fault.Refused, 3, "", true},
		{"a declined agreement", &pingone.Error{Status: 200, Reason: pingone.ReasonDeclined}, fault.Refused, 3, "", true},
		{"no such address", &pingone.Error{Status: 403, Reason: pingone.ReasonNoRoute}, fault.Refused, 3, "", true},
		{"a bot rule", &pingone.Error{Status: 429, Kind: pingone.KindHTML, Reason: pingone.ReasonRateLimited}, fault.Unreachable, 6, "", true},
		{"a device", &implicit.InteractionRequiredError{Code: "device", Needs: implicit.NeedsAnswer}, fault.PersonNeeded, 4, "device", true},
		{"platform login_required", &pingone.Error{Status: 400, Code: "LOGIN_REQUIRED"}, fault.PersonNeeded, 4, "LOGIN_REQUIRED", true},
		{"platform temporarily_unavailable", &pingone.Error{Status: 400, Code: "temporarily_unavailable"}, fault.Unreachable, 6, "temporarily_unavailable", false},
		{"a foreign origin", &pingone.Error{Reason: pingone.ReasonForeignOrigin}, fault.Refused, 3, "", true},
		{"an action that is not offered", &pingone.Error{Reason: pingone.ReasonNotOffered, Code: "OTP_REQUIRED"}, fault.Refused, 3, "OTP_REQUIRED", true},
		{"an action of a completed flow", &pingone.Error{Reason: pingone.ReasonNotOffered, Code: "COMPLETED"}, fault.Refused, 3, "COMPLETED", true},

		{"refused connection", network(&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}), fault.Unreachable, 6, "", true},
		{"a dead proxy", network(&net.OpError{Op: "proxyconnect", Err: syscall.ECONNREFUSED}), fault.Unreachable, 6, "", true},
		{"unknown host", network(&net.DNSError{}), fault.Unreachable, 6, "", true},
		{"unknown authority", network(x509.UnknownAuthorityError{}), fault.Unreachable, 6, "", true},
		{"another host's certificate", network(&tls.CertificateVerificationError{Err: cause}), fault.Unreachable, 6, "", true},
		{"no TLS", network(tls.RecordHeaderError{}), fault.Unreachable, 6, "", true},
		{"timeout", network(context.DeadlineExceeded), fault.Unreachable, 6, "", true},
		{"any other", network(io.EOF), fault.Unreachable, 6, "", true},
		{"a bare deadline", context.DeadlineExceeded, fault.Unreachable, 6, "", true},
		{"a cancelled context", context.Canceled, fault.Interrupted, 130, "", false},
		{"a bare connection error", &net.OpError{Op: "read", Err: syscall.ECONNRESET}, fault.Unreachable, 6, "", false},
		{"a bare unknown host", &net.DNSError{}, fault.Unreachable, 6, "", false},
		{"an address that cannot be listened on", &net.OpError{Op: "listen", Err: syscall.EADDRNOTAVAIL}, fault.Usage, 2, "", true},
	}
}

func TestOf(t *testing.T) {
	for _, r := range rows() {
		t.Run(r.name, func(t *testing.T) {
			f := fault.Of(r.err, fault.Context{PingOne: true})
			if f.Kind != r.kind || f.Exit != r.exit || f.Code != r.code || (f.Hint != "") != r.hint {
				t.Errorf("found kind %s, exit %d, code %q, hint %q; expected %s, %d, %q, a hint: %v", f.Kind, f.Exit, f.Code, f.Hint, r.kind, r.exit, r.code, r.hint)
			}
			if f.Message != r.err.Error() {
				t.Errorf("message %q, expected %q", f.Message, r.err)
			}
		})
	}
}

// At another provider no hint sends the user to PingOne's console.
func TestHintsOfAnotherProvider(t *testing.T) {
	for _, r := range rows() {
		var platform *pingone.Error
		if errors.As(r.err, &platform) {
			continue // only PingOne answers so
		}
		hint := fault.Of(r.err, fault.Context{}).Hint
		for _, word := range []string{"PingOne", "console", "Directory", "environment ID", "region"} {
			if strings.Contains(hint, word) {
				t.Errorf("%s: %s", r.name, hint)
			}
		}
	}
}

func TestHintsKnowTheSituation(t *testing.T) {
	for _, c := range []struct {
		pingOne, terminal bool
		want              string
	}{{true, false, "true false"}, {false, true, "false true"}} {
		f := fault.Of(fmt.Errorf("x: %w", situational{}), fault.Context{PingOne: c.pingOne, Terminal: c.terminal})
		if f.Hint != c.want {
			t.Errorf("%+v: %q", c, f.Hint)
		}
	}
	asks := &implicit.InteractionRequiredError{Needs: implicit.NeedsAnswer}
	if hint := fault.Of(asks, fault.Context{PingOne: true, Terminal: true}).Hint; strings.Contains(hint, "at a terminal") {
		t.Errorf("at a terminal: %s", hint)
	}
}

func TestCorrelationID(t *testing.T) {
	const id = "0e1f2a3b-4c5d-4e6f-8a7b-9c0d1e2f3a4b"
	for _, err := range []error{
		&implicit.AuthorizeError{Code: "x", Description: "No (Correlation ID: " + id + ")"},
		&pingone.Error{CorrelationID: id, ID: "other"}, &pingone.Error{ID: id},
	} {
		if f := fault.Of(fmt.Errorf("x: %w", err), fault.Context{}); f.CorrelationID != id {
			t.Errorf("%v: found %q", err, f.CorrelationID)
		}
	}
}

// Processes that wait for another one report what it met: without its secrets,
// and the same.
func TestShared(t *testing.T) {
	secrets := new(words.Scrubber)
	secrets.Add(implicit.NewSecret("correct horse"))
	err := fault.WithHint(&pingone.Error{Kind: pingone.KindPlatform, Status: 400, Code: "INVALID_DATA", Message: "no user has correct%20horse", ID: "1"}, "not correct horse")
	met := fault.Of(err, fault.Context{PingOne: true, Secrets: secrets})
	data, jsonErr := json.Marshal(met)
	if jsonErr != nil || strings.Contains(string(data), "horse") {
		t.Fatalf("%s, %v", data, jsonErr)
	}
	got := fault.Of(fmt.Errorf("waited: %w", fault.Restore(data)), fault.Context{})
	if *got != *met {
		t.Errorf("found %+v, expected %+v", got, met)
	}
	for _, broken := range []string{"", "{", "[]", "null", `{"kind":"refused"}`} {
		if f := fault.Of(fault.Restore([]byte(broken)), fault.Context{}); f.Kind != fault.Unexpected || f.Exit != 1 {
			t.Errorf("%q: %+v", broken, f)
		}
	}
}
