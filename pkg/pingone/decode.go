package pingone

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/implicit-cli/implicit/pkg/internal/web"
)

var correlation = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)\(?\s*Correlation ID:\s*([0-9A-Za-z-]{8,64})\s*\)?`)
})

// CorrelationID returns the ID that PingOne puts at the end of a description;
// empty where there is none.
func CorrelationID(description string) string {
	if m := correlation().FindStringSubmatch(description); m != nil {
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
	e.CorrelationID = cmp.Or(e.CorrelationID, correlationHeader(r.Header))
	e.RetryAfter, _ = r.RetryAfter()
	e.readDetails(e.Details, r.Received)
	e.setReason()
	return e
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
	case v.Message != "" && doesNotHave(body, "id", "details", "status"):
		e.Kind, e.Message = KindEdge, string(v.Message)
	default:
		return false
	}
	e.CorrelationID = CorrelationID(e.OAuthError().Description)
	return true
}

func doesNotHave(body []byte, members ...string) bool {
	var all map[string]json.RawMessage
	_ = json.Unmarshal(body, &all)
	return !slices.ContainsFunc(members, func(name string) bool { return all[name] != nil })
}

// readDetails reads what the details add: how long a user must wait, and what a
// new password lacks.
func (e *Error) readDetails(list []Detail, received time.Time) {
	for _, d := range list {
		if wait := d.inner.wait(received); wait > 0 {
			e.RetryAfter = wait
			if !received.IsZero() {
				e.Until = received.Add(wait)
			}
		}
		if d.inner.unsatisfied != nil {
			e.Unsatisfied = requirements(d.inner.unsatisfied)
		}
		e.lastTry = e.lastTry || d.inner.lastTry
	}
}

// flowRefusal reads the error in a flow; nil where it has none.
func flowRefusal(raw json.RawMessage, received time.Time) *Error {
	e := &Error{Kind: KindFlow, Doing: "sign-on", Status: 200}
	var text string
	var own details // what the error itself says has a detail's form
	var v struct{ Details details }
	if json.Unmarshal(raw, &text) == nil && text != "" {
		e.Code = text
	} else if json.Unmarshal(raw, &own) == nil && len(own) == 1 {
		_ = json.Unmarshal(raw, &v) // decodes what it can
		e.Code, e.Message, e.Details = own[0].Code, own[0].Message, v.Details
	} else {
		return nil
	}
	e.CorrelationID = CorrelationID(e.Message)
	e.readDetails(append(own, v.Details...), received)
	e.setReason()
	return e
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
