package report

import (
	"strconv"
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
