package report

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/implicit-cli/implicit/internal/wire"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// LooksLikeHTTP reports whether a text has an HTTP message in it, as curl -i and curl -v
// print them.
func LooksLikeHTTP(text string) bool { return startLine().MatchString(text) }

// startLine is the first line of a response, or of a request that may be a form post.
var startLine = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?m)^(?:[<>] )?(?:HTTP/[0-9.]+ ([0-9]{3})\b|(POST) (\S+) HTTP/[0-9.]+[ \t\r]*$)`)
})

// chatter are the lines of curl -v that are in no message: its own, the headers it sent,
// and the progress of bodies.
var chatter = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(?:\*( |$)|> |>\r?$|[{}] \[[0-9]+ bytes data\])`) })

// ReadHTTP reads the HTTP messages in the output of curl -i or curl -v, in their order.
func ReadHTTP(text string) *Archive {
	a := new(Archive)
	var m *wire.Message
	inBody := false
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		switch start := startLine().FindStringSubmatch(line); {
		case start != nil:
			a.addMessage(m)
			status, _ := strconv.Atoi(start[1])
			m, inBody = &wire.Message{Status: status, Method: start[2], URL: start[3]}, false
		case chatter().MatchString(line), m == nil:
		case inBody:
			m.Body.Text += line + "\n"
		case line == "" || line == "<" || line == "< ":
			inBody = true
		default:
			name, value, _ := strings.Cut(strings.TrimPrefix(line, "< "), ":")
			m.Header = append(m.Header, wire.Field{Name: strings.TrimSpace(name), Value: strings.TrimSpace(value)})
		}
	}
	a.addMessage(m)
	return a
}

func (a *Archive) addMessage(m *wire.Message) {
	if m == nil {
		return
	}
	m.Body.Text = strings.TrimSpace(m.Body.Text)
	mediaType, _, _ := strings.Cut(strings.ToLower(m.Get("Content-Type")), ";")
	m.Body.MediaType = strings.TrimSpace(mediaType)
	e := wire.Entry{Kind: wire.KindExchange, Request: &wire.Message{}, Response: m}
	if m.Status == 0 {
		e.Request, e.Response = m, nil
	}
	a.Recording.Entries = append(a.Recording.Entries, e)
}

// LastResponse returns the last authorization response among the messages. With a
// redirectURI, it must have been sent to that address. The error is
// [implicit.ErrNoResponse] or a [*implicit.ParseError].
func (a *Archive) LastResponse(redirectURI string) (*implicit.Response, error) {
	problem := implicit.ErrNoResponse
	for _, e := range slices.Backward(a.Recording.Entries) {
		for s := inLocation; s <= inFlow; s++ {
			r, address, err := responseAt(s, &e)
			if r != nil && err == nil {
				return checkAddress(r, s, &e, address, redirectURI)
			}
			if err != nil && errors.Is(problem, implicit.ErrNoResponse) {
				problem = err
			}
		}
	}
	return nil, problem
}

// checkAddress refuses a response that was sent to another address than the redirect
// URI. A request of a transcript has the path alone.
func checkAddress(r *implicit.Response, s source, e *wire.Entry, address, redirectURI string) (*implicit.Response, error) {
	switch {
	case redirectURI == "":
		return r, nil
	case s == inPage:
		return implicit.Parse(e.Response.Body.Text, redirectURI)
	case s == inLocation || s == inAddress:
		return implicit.Parse(address, redirectURI)
	case s == inForm && strings.Contains(address, "://"):
		address, _, _ = strings.Cut(address, "#")
		if _, err := implicit.ParseURL(address+"#error=none", redirectURI); err != nil { // for the address alone
			return nil, err
		}
	}
	return r, nil
}
