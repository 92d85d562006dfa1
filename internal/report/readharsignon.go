package report

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/internal/wire"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// Recorded is the sign-on that a recording holds.
type Recorded struct {
	Endpoint  string            // the address of the authorize request, without its query; empty: none was found
	Request   map[string]string // its parameters
	Requested time.Time

	Response *implicit.Response // nil: none was found
	Problem  error              // why what should be the response cannot be read: a [*implicit.ParseError]
	Received time.Time
	Place    string // where the response was, in words

	SignOns int // how many were found; this is the last

	requestEntry, responseEntry int // -1: none
	source                      source
	address                     string // that the response was sent to
}

// source is a place that may hold a response, by rank: the first that does is taken.
type source int

const (
	inLocation source = iota
	inAddress
	inPage
	inForm
	inFlow
)

// candidate is a response that was found.
type candidate struct {
	source   source
	entry    int
	response *implicit.Response
	problem  error
	address  string
	request  int // the authorize request that it answers; -1: unknown
}

// SignOn finds the last sign-on among the entries of a recording. A silent one
// (prompt=none) is taken only where there is no other.
func (a *Archive) SignOn() *Recorded {
	requests := a.requests()
	list := a.candidates(requests)
	chosen := choose(requests, list)
	if chosen == nil {
		return a.requestOnly(requests)
	}
	r := &Recorded{SignOns: max(1, len(requests)), requestEntry: -1, responseEntry: chosen.entry}
	if chosen.request >= 0 {
		r.fill(requests[chosen.request])
	}
	e := a.Recording.Entries[chosen.entry]
	r.Response, r.Problem, r.source, r.address = chosen.response, chosen.problem, chosen.source, chosen.address
	r.Received = e.Started.Add(e.Timings.Total)
	r.Place = place(chosen.source, chosen.entry, &e)
	return r
}

// LastSignOn returns the response of [Archive.SignOn], as [Archive.LastResponse] does
// that of other messages.
func (a *Archive) LastSignOn(redirectURI string) (*implicit.Response, error) {
	r := a.SignOn()
	switch {
	case r.Problem != nil:
		return nil, r.Problem
	case r.Response == nil:
		return nil, implicit.ErrNoResponse
	}
	return checkAddress(r.Response, r.source, &a.Recording.Entries[r.responseEntry], r.address, redirectURI)
}

func (r *Recorded) fill(q recordedRequest) {
	r.Endpoint, r.Request, r.Requested, r.requestEntry = q.endpoint, q.params, q.at, q.entry
}

func (a *Archive) requestOnly(requests []recordedRequest) *Recorded {
	r := &Recorded{SignOns: len(requests), requestEntry: -1, responseEntry: -1}
	for _, q := range requests {
		if r.Request == nil || q.params["prompt"] != "none" || r.Request["prompt"] == "none" {
			r.fill(q)
		}
	}
	return r
}

func place(s source, entry int, e *wire.Entry) string {
	number := strconv.Itoa(entry + 1)
	switch {
	case e.Kind == wire.KindPasted:
		return "the address that was pasted, entry " + number
	case e.Kind == wire.KindReceived:
		return "what the listener received, entry " + number
	}
	return [...]string{"the Location", "the address", "the form page", "the posted form", "the flow"}[s] + " of entry " + number
}

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
		r, err = implicit.ParseForm(encodeForm(e.Response.Body.Form))
		return r, "", unread(err, "")
	case s == inForm && e.Request != nil && e.Request.Method == "POST":
		text := formText(e.Request)
		r, err = implicit.ParseForm(text)
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
	r, err := implicit.ParseJSON(flow.Response)
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

// choose returns the candidate of the last sign-on: one whose request is known before
// one that is not, one that the user took part in before a silent one, tokens before
// an error.
func choose(requests []recordedRequest, list []candidate) *candidate {
	rank := func(c *candidate) int {
		switch {
		case c.request < 0:
			return 0
		case requests[c.request].params["prompt"] == "none":
			return 1
		}
		return 2
	}
	var best *candidate
	for i := range list {
		c := &list[i]
		switch {
		case best == nil || rank(c) > rank(best):
			best = c
		case rank(c) < rank(best):
		case c.request != best.request || c.request < 0:
			if c.request > best.request || c.request < 0 && c.source <= best.source {
				best = c
			}
		case better(c, best):
			best = c
		}
	}
	return best
}

// better compares two copies of one response.
func better(c, than *candidate) bool {
	tokens := func(c *candidate) bool { return c.response != nil && c.response.Error == nil }
	if tokens(c) != tokens(than) {
		return tokens(c)
	}
	return c.source < than.source
}

// Hops returns the entries of the sign-on alone, of its recording or of a redacted copy
// of it: those to the provider's host, and those that have request and response.
func (r *Recorded) Hops(rec *wire.Recording) (hops []wire.Entry) {
	host := hostOf(r.Endpoint)
	for i, e := range rec.Entries {
		if i == r.requestEntry || i == r.responseEntry || e.Request != nil && host != "" && hostOf(e.Request.URL) == host {
			hops = append(hops, e)
		}
	}
	return hops
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Host)
}

// Lack is what a recording does not hold: a limit of the recording and no fault of
// the sign-on. The codes never change.
type Lack struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Lacks says what the recording does not hold of its sign-on.
func (a *Archive) Lacks(r *Recorded) (lacks []Lack) {
	add := func(code, format string, args ...any) {
		lacks = append(lacks, Lack{code, fmt.Sprintf(format, args...)})
	}
	chrome, webkit := strings.HasPrefix(a.Creator, "WebInspector"), strings.HasPrefix(a.Creator, "WebKit")
	if r.Endpoint == "" {
		add("request", "the authorize request; state, nonce and the rest of what was asked for cannot be compared")
	}
	switch absent := r.Response == nil && r.Problem == nil; {
	case absent && webkit:
		add("redirects", "the response: Safari exports no redirect, and the tokens are in one; record with another browser, or with implicit login --har")
	case absent && chrome:
		add("response", `the response: Chrome cuts an address at "#", and no Location of this file has tokens; start recording before the sign-on, with "Preserve log" on`)
	case absent:
		add("response", "the response to the authorize request")
	}
	if a.Own == nil && chrome && !a.hasHeader("Cookie", "Set-Cookie", "Authorization") {
		add("cookies", "cookies and Authorization: Chrome leaves them out of a sanitized export; which session was used cannot be seen")
	}
	if r.Response != nil && (isRedacted(r.Response.IDToken.Reveal()) || isRedacted(r.Response.AccessToken.Reveal())) {
		add("tokens", "the tokens: a redacted recording has their claims at most, and no signature")
	}
	return lacks
}

func (a *Archive) hasHeader(names ...string) bool {
	return slices.ContainsFunc(a.Recording.Entries, func(e wire.Entry) bool {
		return slices.ContainsFunc(names, func(name string) bool {
			return e.Request.Get(name) != "" || e.Response.Get(name) != ""
		})
	})
}

// isRedacted reports whether a recorded token is a fingerprint, or a JWT whose signature
// is one.
func isRedacted(token string) bool { return strings.HasSuffix(token, "»") }
