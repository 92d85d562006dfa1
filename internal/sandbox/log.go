package sandbox

import (
	"cmp"
	"encoding/json"
	"net/url"
	"strings"
	"time"
)

// Event is a line of the sandbox's log and an entry of its journal, without secrets:
// an answered request, or, where Method is empty, what Outcome says alone.
type Event struct {
	Number  int       `json:"number,omitempty"` // from 1, and growing
	Time    time.Time `json:"time"`
	Method  string    `json:"method,omitempty"`
	Path    string    `json:"path,omitempty"` // without the environment ID
	Status  int       `json:"status,omitempty"`
	Outcome string    `json:"outcome,omitempty"` // the flow's status, the error code, what a redirect has, or else the fault

	Leg         string `json:"leg,omitempty"` // as switches name it; empty for an unknown path
	ClientID    string `json:"client_id,omitempty"`
	Application string `json:"application,omitempty"` // its name
	User        string `json:"user,omitempty"`
	// Parameters are those of the query, the form or the JSON body. Values that may be
	// secrets are [redacted].
	Parameters url.Values `json:"parameters,omitempty"`
	// Explanation says which application or redirect URI is the closest to a request
	// that matches none.
	Explanation   string `json:"explanation,omitempty"`
	CorrelationID string `json:"correlation_id,omitempty"`
	// EnvironmentID is that of one of several environments; empty for the first one.
	EnvironmentID string `json:"environment_id,omitempty"`
}

// record puts an event into the journal and the log.
func (s *Sandbox) record(e Event) {
	if s.further {
		e.EnvironmentID = s.environmentID
	}
	s.log(s.journal.add(e))
}

func (s *Sandbox) logError(err error) { s.record(Event{Time: s.now(), Outcome: err.Error()}) }

// event is what the journal keeps of an answered request. The caller holds s.mu.
func (s *Sandbox) event(c *call, leg string, a *answer) Event {
	path := c.r.URL.EscapedPath()
	if below, ok := strings.CutPrefix(path, "/"+s.environmentID+"/"); ok {
		path = "/" + below
	}
	e := Event{
		Time: s.now(), Leg: leg, Method: c.r.Method, Path: path, Status: a.status, Outcome: cmp.Or(outcome(a), s.request.fault),
		Explanation: s.request.why, CorrelationID: a.header.Get("Correlation-Id"),
	}
	if app := s.request.application(); app != nil {
		e.ClientID, e.Application = app.ClientID, app.Name
	}
	if account := s.request.user(); account != nil {
		e.User = account.Username
	}
	redactEvent(&e, c, s.request)
	return e
}

// outcome says what an answer is, by words that are no secret.
func outcome(a *answer) string {
	if location := a.header.Get("Location"); location != "" {
		return redirected(location)
	}
	for _, name := range []string{"access_token", "id_token"} {
		if strings.Contains(string(a.body), `<input type="hidden" name="`+name+`"`) {
			return "tokens"
		}
	}
	return named(a.body)
}

// named is the status or the error code of a JSON body; a page has none.
func named(body []byte) string {
	var v struct {
		Status, Code string
		Error        any
		Details      []struct{ Code string }
	}
	_ = json.Unmarshal(body, &v)
	if code, ok := v.Error.(string); ok {
		return code
	}
	if len(v.Details) > 0 {
		return v.Details[0].Code
	}
	return v.Status + v.Code
}

// redirected says what is in the address that a client is sent to.
func redirected(location string) string {
	u, err := url.Parse(location)
	if err != nil {
		return ""
	}
	values := u.Query()
	if fragment, err := url.ParseQuery(u.EscapedFragment()); err == nil {
		for name := range fragment {
			values.Set(name, fragment.Get(name))
		}
	}
	switch {
	case values.Has("error"):
		if code := named([]byte(values.Get("error"))); code != "" { // a platform error
			return code
		}
		return values.Get("error")
	case values.Has("access_token"), values.Has("id_token"):
		return "tokens"
	case values.Has("flowId"):
		return "flow " + values.Get("flowId")
	}
	return ""
}

// tlsErrors is where net/http's server writes. A handshake that fails is worth a
// line: no request follows that could be logged.
type tlsErrors struct{ s *Sandbox }

func (t tlsErrors) Write(line []byte) (int, error) {
	switch text := string(line); {
	case strings.Contains(text, "HTTP request to an HTTPS server"):
		t.s.record(Event{Time: t.s.now(), Outcome: "a client used http; the address begins with https"})
	case strings.Contains(text, "error: tls:"): // an alert, or what OpenSSL makes of one
		t.s.record(Event{Time: t.s.now(), Outcome: "a TLS handshake failed; does the client trust the certificate?"})
	}
	return len(line), nil
}
