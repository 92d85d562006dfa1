package pingone

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/internal/web"
)

// Kind is the form of an error of PingOne.
type Kind string

// The kinds of PingOne's errors.
const (
	KindPlatform Kind = "platform" // JSON with id, code, message, details
	KindOAuth    Kind = "oauth"    // JSON with error and error_description
	KindHosted   Kind = "hosted"   // the error parameter of a sign-on page's address
	KindHTML     Kind = "html"     // an error page; only its title is read
	KindFlow     Kind = "flow"     // a flow, answered with 200, that holds an error
)

// Error is PingOne's refusal outside an authorization response. Its texts are
// the network's: the method Error quotes them.
type Error struct {
	Kind    Kind
	Doing   string // what was requested: "authorize", "usernamePassword.check", …
	Status  int
	ID      string // in PingOne's logs
	Code    string
	Message string
	Page    string // the address of the page, for KindHTML
	Details []Detail

	CorrelationID string        // of the description or a header
	RetryAfter    time.Duration // of a 429; 0 if it does not say
	Reason        Reason
}

// Detail is one entry of a platform error's details.
type Detail struct {
	Code       string     `json:"code"`
	Target     string     `json:"target"`
	Message    string     `json:"message"`
	InnerError InnerError `json:"innerError"`
}

// InnerError is what PingOne adds to a detail about a password.
type InnerError struct {
	SecondsUntilUnlock      int64    `json:"secondsUntilUnlock"`
	FailuresRemaining       *int64   `json:"failuresRemaining"`
	UnsatisfiedRequirements []string `json:"unsatisfiedRequirements"`
}

// Reason is what an error means for a program that handles it.
type Reason string

// The reasons that a client can do something about; ReasonOther is all the rest.
const (
	ReasonOther            Reason = ""
	ReasonWrongCredentials Reason = "wrong_credentials"
	ReasonLockedOut        Reason = "locked_out"
	ReasonNoPassword       Reason = "no_password"
	ReasonNotFound         Reason = "not_found"
	ReasonFlowGone         Reason = "flow_gone"
	ReasonRedirectMismatch Reason = "redirect_mismatch"
	ReasonNoSession        Reason = "no_session"
	ReasonRateLimited      Reason = "rate_limited"
	ReasonUnavailable      Reason = "unavailable"
)

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.headline())
	if text := e.text(); text != "" {
		fmt.Fprintf(&b, ": %s", quote(text))
	}
	for _, d := range e.Details {
		fmt.Fprintf(&b, "; %s", strings.Join(nonEmpty(quoteSome(d.Code), quoteSome(d.Target), quoteSome(d.Message)), " "))
	}
	return b.String()
}

func (e *Error) headline() string {
	switch e.Reason {
	case ReasonWrongCredentials:
		return "wrong user name or password"
	case ReasonLockedOut:
		if s := e.secondsUntilUnlock(); s > 0 {
			return fmt.Sprintf("the user is locked out for another %d s", s)
		}
		return "the user is locked out"
	case ReasonNoPassword:
		return "the user has no password"
	case ReasonFlowGone:
		return "the sign-on flow is unknown or expired"
	case ReasonRedirectMismatch:
		return "the redirect URI is not registered with the application"
	}
	if e.Reason == ReasonNotFound && e.Doing == "authorize" {
		return "PingOne does not know this environment or application"
	}
	if e.Kind == KindHTML {
		return fmt.Sprintf("%s: expected PingOne's answer, found a page with status %d at %s", e.Doing, e.Status, e.Page)
	}
	return fmt.Sprintf("%s: PingOne answered status %d", e.Doing, e.Status)
}

// OAuthError returns the refusal in the form of a redirect. PingOne documents
// neither the code of a refusal nor whether it is a redirect, JSON or the sign-on
// page: use this where all of them mean the same.
func (e *Error) OAuthError() *implicit.AuthorizeError {
	about := nonEmpty(e.Message)
	for _, d := range e.Details {
		about = append(about, nonEmpty(d.Target, d.Message)...)
	}
	return &implicit.AuthorizeError{Code: strings.ToLower(e.Code), Description: strings.Join(about, " ")}
}

// Unwrap returns an [*implicit.InteractionRequiredError] where the code asks for
// the user, as one in a redirect does.
func (e *Error) Unwrap() error { return e.OAuthError().Unwrap() }

func (e *Error) secondsUntilUnlock() int64 {
	for _, d := range e.Details {
		if d.InnerError.SecondsUntilUnlock > 0 {
			return d.InnerError.SecondsUntilUnlock
		}
	}
	return 0
}

func (e *Error) text() string { return strings.Join(nonEmpty(e.Code, e.Message), ": ") }

func (e *Error) has(code, target string) bool {
	return slices.ContainsFunc(e.Details, func(d Detail) bool {
		return d.Code == code && (target == "" || d.Target == target)
	})
}

// browserNeeded says that a sign-on can only go on in a browser: at a step that
// this package cannot answer, or one outside of PingOne's flows. status is the
// flow's; empty where there is no flow.
func browserNeeded(status, reason string) *implicit.InteractionRequiredError {
	return &implicit.InteractionRequiredError{Code: status, Needs: implicit.NeedsBrowser, Reason: reason}
}

// OriginError says that the server named an address that gets neither cookies
// nor credentials, because it is not under the environment's base, or that resume
// led elsewhere than to the redirect URI.
type OriginError struct {
	What     string // "resumeUrl", "action link", "resume"
	Found    string // without query and fragment
	Expected string
}

func (e *OriginError) Error() string {
	return fmt.Sprintf("%s leads to %s, expected %s; nothing was sent there", e.What, quote(e.Found), e.Expected)
}

var correlation = regexp.MustCompile(`(?i)\(?\s*Correlation ID:\s*([0-9A-Za-z-]{8,64})\s*\)?`)

// CorrelationID returns the ID that PingOne puts at the end of a description;
// empty where there is none.
func CorrelationID(description string) string {
	if m := correlation.FindStringSubmatch(description); m != nil {
		return m[1]
	}
	return ""
}

// correlationHeaders are the names that clients have seen; which of them PingOne
// sends is not documented.
var correlationHeaders = []string{"Correlation-Id", "X-Correlation-Id", "X-Request-Id", "X-Ping-Request-Id"}

func correlationHeader(h http.Header) string {
	for _, name := range correlationHeaders {
		if id := h.Get(name); id != "" {
			return id
		}
	}
	return ""
}

// decodeError makes an error of a reply that is not a success, in whatever form.
// Only the title of a page and the fields of known JSON are kept: the rest
// of a body could hold anything.
func decodeError(r *web.Reply, doing string) error {
	e := &Error{Doing: doing, Status: r.Status}
	known := false
	switch {
	case strings.HasSuffix(r.MediaType(), "json"):
		known = e.readJSON(r.Body)
	case r.MediaType() == "text/html":
		e.Kind, e.Message, e.Page = KindHTML, web.Title(r.Body), web.Locate(r.URL)
		known = true
	}
	if !known {
		return unusable(r, doing+": expected PingOne's answer")
	}
	e.fromHeaders(r)
	e.setReason()
	return e
}

func (e *Error) fromHeaders(r *web.Reply) {
	e.CorrelationID = cmp.Or(e.CorrelationID, correlationHeader(r.Header))
	e.RetryAfter, _ = r.RetryAfter()
}

// readJSON reads a platform or an OAuth error body.
func (e *Error) readJSON(body []byte) bool {
	var v struct {
		ID          looseText       `json:"id"`
		Code        json.RawMessage `json:"code"`
		Message     looseText       `json:"message"`
		Details     details         `json:"details"`
		Error       json.RawMessage `json:"error"`
		Description looseText       `json:"error_description"`
	}
	if json.Unmarshal(body, &v) != nil {
		return false
	}
	var oauth, code string
	switch {
	case json.Unmarshal(v.Error, &oauth) == nil && oauth != "":
		e.Kind, e.Code, e.Message = KindOAuth, oauth, string(v.Description)
	case json.Unmarshal(v.Code, &code) == nil && code != "":
		e.Kind, e.ID, e.Code, e.Message, e.Details = KindPlatform, string(v.ID), code, string(v.Message), v.Details
	default:
		return false
	}
	e.CorrelationID = CorrelationID(e.OAuthError().Description)
	return true
}

// hostedError reads the error parameter that PingOne hands to a sign-on page:
// JSON, escaped once more or not, or plain text.
func hostedError(page *url.URL, doing string, status int) (*Error, bool) {
	raw := page.Query().Get("error")
	if raw == "" {
		return nil, false
	}
	e := &Error{Kind: KindHosted, Doing: doing, Status: status}
	text := raw
	if unescaped, err := url.QueryUnescape(raw); err == nil && strings.HasPrefix(strings.TrimSpace(unescaped), "{") {
		text = unescaped
	}
	if !e.readJSON([]byte(text)) {
		e.Code, e.Message = raw, page.Query().Get("error_description")
		e.CorrelationID = CorrelationID(raw + " " + e.Message)
	}
	e.Kind = KindHosted
	e.setReason()
	return e, true
}

// setReason reads what an error means. PingOne changes 4xx numbers, so codes
// decide first and the class of the status last.
func (e *Error) setReason() {
	text := strings.ToLower(e.Code + " " + e.Message)
	for _, d := range e.Details {
		text += " " + strings.ToLower(d.Code+" "+d.Message)
	}
	switch {
	case strings.Contains(text, "redirect uri mismatch") || e.has("INVALID_VALUE", "redirect_uri"):
		e.Reason = ReasonRedirectMismatch
	case e.has("PASSWORD_LOCKED_OUT", "") || e.Code == "PASSWORD_LOCKED_OUT":
		e.Reason = ReasonLockedOut
	case e.has("NO_PASSWORD", "") || e.Code == "NO_PASSWORD":
		e.Reason = ReasonNoPassword
	case e.Code == "REQUEST_LIMITED" || e.Status == 429:
		e.Reason = ReasonRateLimited
	case e.Code == "NOT_FOUND" || e.Status == 404:
		e.Reason = ReasonNotFound
	case e.Status == 408 || e.Status >= 500:
		e.Reason = ReasonUnavailable
	}
}

func nonEmpty(s ...string) []string {
	return slices.DeleteFunc(s, func(s string) bool { return s == "" })
}

func quoteSome(s string) string {
	if s == "" {
		return ""
	}
	return quote(s)
}

func quote(s string) string { return web.Quote(s) }

// scrubbed takes a secret out of what the server says: some servers repeat the
// value that they refuse.
func scrubbed(err error, secret implicit.Secret) error {
	var refused *Error
	if secret.Empty() || !errors.As(err, &refused) {
		return err
	}
	texts := []*string{&refused.Code, &refused.Message, &refused.ID, &refused.CorrelationID}
	for i := range refused.Details {
		d := &refused.Details[i]
		texts = append(texts, &d.Code, &d.Target, &d.Message)
	}
	for _, text := range texts {
		*text = strings.ReplaceAll(*text, secret.Reveal(), "[redacted]")
	}
	return err
}
