package report

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/implicit-cli/implicit/internal/wire"
)

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
		add("redirects", "the response: Safari does not export redirects, and the tokens are in one; record with another browser, or with implicit login --har")
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
