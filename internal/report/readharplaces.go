package report

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/internal/wire"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

type recordedRequest struct {
	entry    int
	endpoint string
	params   map[string]string
	at       time.Time
}

// requests returns the authorize requests of the implicit grant: a request for
// response_type token, id_token or both, by GET or POST.
func (a *Archive) requests() (found []recordedRequest) {
	for i, e := range a.Recording.Entries {
		if e.Request == nil || e.Kind == wire.KindReceived || e.Kind == wire.KindPasted {
			continue
		}
		address, _, _ := strings.Cut(e.Request.URL, "#")
		base, query, _ := strings.Cut(address, "?")
		base = withoutUser(base)
		for _, text := range []string{query, formText(e.Request)} {
			params := firstValues(text)
			if params["client_id"] == "" || !implicitType(params["response_type"]) {
				continue
			}
			again := slices.ContainsFunc(found, func(q recordedRequest) bool { return q.endpoint == base && sameParams(q.params, params) })
			if !again { // the address a browser was sent to, and the browser's own request
				found = append(found, recordedRequest{i, base, params, e.Started})
			}
			break
		}
	}
	return found
}

// withoutUser is an address without the user and password that it may hold.
func withoutUser(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.User == nil {
		return address
	}
	u.User = nil
	return u.String()
}

func sameParams(a, b map[string]string) bool {
	if a["state"] == "" || len(a) != len(b) {
		return false
	}
	for name, v := range a {
		if b[name] != v {
			return false
		}
	}
	return true
}

func implicitType(responseType string) bool {
	kinds := strings.Fields(responseType)
	return len(kinds) > 0 && !slices.ContainsFunc(kinds, func(k string) bool { return k != "token" && k != "id_token" })
}

// formText is the text of a form in a request; empty for another body.
func formText(m *wire.Message) string {
	if len(m.Body.Form) > 0 {
		return encodeForm(m.Body.Form)
	}
	if m.Body.MediaType != "" && m.Body.MediaType != "application/x-www-form-urlencoded" {
		return ""
	}
	return m.Body.Text
}

func firstValues(form string) map[string]string {
	values, err := url.ParseQuery(form)
	if err != nil || len(values) > 200 {
		return nil
	}
	out := map[string]string{}
	for name := range values {
		out[name] = values.Get(name)
	}
	return out
}

// candidates looks for responses in every place of every entry.
func (a *Archive) candidates(requests []recordedRequest) (found []candidate) {
	for i, e := range a.Recording.Entries {
		for s := inLocation; s <= inFlow; s++ {
			response, address, err := responseAt(s, &e)
			if response == nil && err == nil {
				continue
			}
			c := candidate{source: s, entry: i, response: response, problem: err, address: address, request: -1}
			c.request = answered(requests, i, response, address)
			if c.request >= 0 || response != nil && response.Error == nil {
				found = append(found, c)
			}
		}
	}
	return found
}

// responseAt reads what one place of an entry holds: nil and no error where that is no
// response. An error is for what looks like one and cannot be read.
func responseAt(s source, e *wire.Entry) (r *implicit.Response, address string, err error) {
	switch {
	case s == inLocation && e.Response != nil:
		address = e.Response.Get("Location")
	case s == inAddress && e.Request != nil:
		address = e.Request.URL
	case s == inPage && e.Response != nil && e.Response.Status < 300 && strings.HasPrefix(strings.TrimSpace(e.Response.Body.Text), "<"):
		r, err = implicit.Parse(e.Response.Body.Text, "")
		return r, "", unread(err, e.Response.Body.Text)
	case s == inPage && e.Response != nil && e.Response.Body.MediaType == "text/html" && len(e.Response.Body.Form) > 0:
		r, err = implicit.Parse(encodeForm(e.Response.Body.Form), "")
		return r, "", unread(err, "")
	case s == inForm && e.Request != nil && e.Request.Method == "POST":
		text := formText(e.Request)
		r, err = implicit.Parse(text, "")
		return r, e.Request.URL, unread(err, text)
	case s == inFlow && e.Response != nil && strings.HasPrefix(strings.TrimSpace(e.Response.Body.Text), "{"):
		return responseAtFlow(e.Response.Body.Text)
	}
	if !strings.ContainsAny(address, "#?") {
		return nil, "", nil
	}
	r, err = implicit.ParseURL(address, "")
	return r, address, unread(err, address)
}

// unread keeps the error of a text that names a token, and drops it for any other text.
func unread(err error, text string) error {
	if err == nil || !strings.Contains(text, "access_token=") && !strings.Contains(text, "id_token=") {
		return nil
	}
	return err
}

func responseAtFlow(text string) (*implicit.Response, string, error) {
	var flow struct {
		Response json.RawMessage `json:"authorizeResponse"`
	}
	if json.Unmarshal([]byte(text), &flow) != nil || len(flow.Response) == 0 {
		return nil, "", nil
	}
	r, err := implicit.Parse(string(flow.Response), "")
	return r, "", unread(err, "")
}

// answered returns the last request before the entry that a response answers: by its
// state, else by the address that it was sent to. It returns -1 for none.
func answered(requests []recordedRequest, entry int, r *implicit.Response, address string) int {
	match, byState := -1, false
	for i, q := range requests {
		if q.entry > entry {
			break
		}
		switch {
		case r != nil && r.State != "" && r.State == q.params["state"]:
			match, byState = i, true
		case byState:
		case r != nil && r.Channel == implicit.ChannelFlow && q.params["response_mode"] == "pi.flow",
			q.entry == entry, address != "" && sentTo(address, q.params["redirect_uri"]):
			match = i
		}
	}
	return match
}

func sentTo(address, redirectURI string) bool {
	end := strings.IndexAny(address, "#?")
	if end < 0 || redirectURI == "" {
		return false
	}
	base, _, _ := strings.Cut(redirectURI, "?")
	return strings.TrimSuffix(address[:end], "/") == strings.TrimSuffix(base, "/")
}
