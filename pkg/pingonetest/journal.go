package pingonetest

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/internal/sandbox"
)

// Request is a request that the server has answered, without secrets.
type Request struct {
	Number int       // from 1, and growing
	Time   time.Time // the real one
	Leg    Leg       // empty for an unknown path
	Method string
	Path   string // without the environment ID
	// Parameters are those of the query, the form or the JSON body. Values that may be
	// secrets are "[redacted]"; state and nonce are not.
	Parameters  url.Values
	ClientID    string // of the application, where the request shows it
	Application string // its name
	User        string // once known
	Status      int
	// Outcome is "tokens", "flow" with its ID, the flow's status, an error code, or
	// else the name of a fault that acted.
	Outcome string
	// Explanation says, of a request that matches no application or no redirect URI,
	// which one is the closest and what differs.
	Explanation string
}

// Requests returns what the server has answered so far, oldest first: all, or those of
// some legs. It keeps the last 10,000. An answer that a client has is in it.
func (s *Server) Requests(legs ...Leg) (list []Request) {
	entries, _ := s.box.Journal().Read(sandbox.JournalFilter{})
	for _, e := range entries {
		if r := requestOf(e); len(legs) == 0 || slices.Contains(legs, r.Leg) {
			list = append(list, r)
		}
	}
	return list
}

// WaitForRequest returns the first request that matches, and waits for it where there is
// none yet. It returns an error when ctx ends before, which lists what the server has
// answered: the last 20 requests.
func (s *Server) WaitForRequest(ctx context.Context, matches func(Request) bool) (Request, error) {
	for after := 0; ; {
		entries, last := s.box.Journal().Wait(ctx, sandbox.JournalFilter{After: after})
		for _, e := range entries {
			if r := requestOf(e); matches(r) {
				return r, nil
			}
		}
		if after = last; len(entries) == 0 {
			return Request{}, fmt.Errorf("pingonetest: wait for a request: %w%s", context.Cause(ctx), answered(s.Requests()))
		}
	}
}

// answered lists the last requests, one a line.
func answered(list []Request) string {
	if len(list) == 0 {
		return "; the server has answered none"
	}
	last := list[max(0, len(list)-20):]
	text := fmt.Sprintf("; the server has answered %d, the last %d are:", len(list), len(last))
	for _, r := range last {
		text += strings.TrimRight(fmt.Sprintf("\n  %s %s: %d %s %s", r.Method, r.Path, r.Status, r.Outcome, r.Explanation), " ")
	}
	return text
}

func requestOf(e sandbox.Event) Request {
	return Request{
		Number: e.Number, Time: e.Time, Leg: Leg(e.Leg), Method: e.Method, Path: e.Path, Parameters: e.Parameters,
		ClientID: e.ClientID, Application: e.Application, User: e.User, Status: e.Status, Outcome: e.Outcome, Explanation: e.Explanation,
	}
}
