package pingone

import (
	"errors"
	"fmt"
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
	KindEdge     Kind = "edge"     // JSON with a message alone: what is in front of PingOne answers so
	KindClient   Kind = "client"   // this package's own refusal: nothing was sent
)

// Error is a refusal outside an authorization response: PingOne's, or this
// package's to send what a flow asks for. Its texts are the network's: the method
// Error quotes them.
type Error struct {
	Kind    Kind
	Doing   string // what was requested: "authorize", "usernamePassword.check", …
	Status  int
	ID      string // in PingOne's logs
	Code    string
	Message string
	Page    string // the address of the page, for KindHTML
	Details []Detail

	Until       time.Time // of a lock-out or a cool-down; zero if it does not say
	Unsatisfied []string  // the rules that a new password breaks, in words

	CorrelationID string        // of the description or a header
	RetryAfter    time.Duration // how long to wait: of a 429, a lock-out, a cool-down; 0 if it does not say
	Reason        Reason

	lastTry bool   // another failure would lock the user out, or the last one has
	own     string // the whole text of one of KindClient
}

// Detail is one entry of a platform error's details.
type Detail struct {
	Code    string
	Target  string
	Message string

	inner innerError
}

func (e *Error) Error() string {
	if e.own != "" {
		return e.own
	}
	var b strings.Builder
	b.WriteString(e.Summary())
	if text := e.text(); text != "" {
		fmt.Fprintf(&b, ": %s", quote(text))
	}
	for _, d := range e.Details[:min(len(e.Details), maxListed)] {
		fmt.Fprintf(&b, "; %s", strings.Join(nonEmpty(quoteSome(d.Code), quoteSome(d.Target), quoteSome(d.Message)), " "))
	}
	return b.String()
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

func (e *Error) text() string { return strings.Join(nonEmpty(e.Code, e.Message), ": ") }

// browserNeeded says that a sign-on can only go on in a browser: at a step that
// this package cannot answer, or one outside of PingOne's flows. status is the
// flow's; empty where there is no flow.
func browserNeeded(status, reason string) *implicit.InteractionRequiredError {
	return &implicit.InteractionRequiredError{Code: status, Needs: implicit.NeedsBrowser, Reason: reason}
}

// elsewhere refuses an address that the server named: it is not under the
// environment's base, or resume leads elsewhere than to the redirect URI. found is
// without query and fragment.
func elsewhere(what, found, expected string) *Error {
	return &Error{Kind: KindClient, Doing: what, Reason: ReasonForeignOrigin,
		own: fmt.Sprintf("%s leads to %s, expected %s; nothing was sent there", what, quote(found), expected)}
}

// notOffered refuses an action that the flow does not offer now.
func notOffered(action string, flow *Flow) *Error {
	offers := "nothing"
	if actions := flow.Actions(); len(actions) > 0 {
		offers = quote(strings.Join(actions, ", "))
	}
	return &Error{Kind: KindClient, Doing: action, Code: flow.Status, Reason: ReasonNotOffered,
		own: fmt.Sprintf("the flow does not offer %s now: its status is %s, it offers %s", quote(action), quote(flow.Status), offers)}
}

// answered is what we say of an answer: without quotes, which are PingOne's words.
func answered(doing string, status int, message string) string {
	return fmt.Sprintf("%s: PingOne answered status %d: %s", doing, status, message)
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
