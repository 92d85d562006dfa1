package report

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"

	"github.com/implicit-cli/implicit/internal/wire"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// SubjectError says why an input of a diff cannot be compared.
type SubjectError struct{ Problem string }

func (e *SubjectError) Error() string { return e.Problem }

// Kind is "usage": another input must be given.
func (e *SubjectError) Kind() string { return "usage" }

// ReadSubject reads a token, a result (the JSON object that login, resume, verify and
// replay print) or a HAR. What is a secret becomes a fingerprint by r. The error is a
// [*SubjectError] or a [*HARError].
func ReadSubject(ctx context.Context, text []byte, r *wire.Redactor) (*Subject, error) {
	text = bytes.TrimSpace(text)
	reader := subjectReader{redact: r}
	switch {
	case LooksLikeHAR(text):
		return reader.har(ctx, text)
	case bytes.HasPrefix(text, []byte("{")):
		return reader.result(text)
	}
	claims, err := implicit.DecodeUnverified(string(text))
	if err != nil {
		return nil, &SubjectError{fmt.Sprintf("expected a token, a result in JSON or a HAR; %v", err)}
	}
	return &Subject{Kind: "token", Items: reader.token("", claims)}, nil
}

type subjectReader struct{ redact *wire.Redactor }

// item makes a fingerprint of a secret.
func (s subjectReader) item(name, value string) Item {
	volatile := isVolatile(name, value)
	if isPrivate(name[strings.LastIndexByte(name, '.')+1:]) {
		value = s.redact.Fingerprint(value)
	}
	return Item{name, value, volatile}
}

func (s subjectReader) token(prefix string, claims *implicit.Claims) []Item {
	return append(s.flat(prefix+"header.", claims.Header()), s.flat(prefix+"claims.", claims.Payload())...)
}

// flat are the members of a JSON object by name, those of objects in it as name.name.
func (s subjectReader) flat(prefix string, object []byte) (items []Item) {
	var members map[string]json.RawMessage
	if json.Unmarshal(object, &members) != nil {
		return nil
	}
	for name, value := range members {
		if inner := bytes.TrimSpace(value); bytes.HasPrefix(inner, []byte("{")) && len(inner) > 2 {
			items = append(items, s.flat(prefix+name+".", value)...)
			continue
		}
		items = append(items, s.item(prefix+name, compactJSON(value)))
	}
	sort.Slice(items, func(i, j int) bool { return items[i].Name < items[j].Name })
	return items
}

// compactJSON is a text without its quotes, but for one that another type would be
// mistaken for ("true"), and any other value without white space.
func compactJSON(value []byte) string {
	var text string
	if json.Unmarshal(value, &text) == nil && bytes.HasPrefix(value, []byte(`"`)) && !json.Valid([]byte(text)) {
		return text
	}
	var b bytes.Buffer
	if json.Compact(&b, value) != nil {
		return string(value)
	}
	return b.String()
}

func (s subjectReader) result(text []byte) (*Subject, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return nil, &SubjectError{"expected a token, a result in JSON or a HAR; it is not the JSON of one: " + jsonProblem(err)}
	}
	if members["checks"] == nil && members["claims"] == nil {
		return nil, &SubjectError{"expected a token, a result in JSON or a HAR; found JSON without checks and claims"}
	}
	out := &Subject{Kind: "result"}
	for _, name := range []string{"access_token", "id_token"} {
		var token string
		if json.Unmarshal(members[name], &token) == nil {
			if claims, err := implicit.DecodeUnverified(token); err == nil {
				out.Items = append(out.Items, s.flat(name+".header.", claims.Header())...)
			}
		}
		delete(members, name)
	}
	var checks []implicit.Check
	_ = json.Unmarshal(members["checks"], &checks)
	delete(members, "checks")
	rest, err := json.Marshal(members)
	if err != nil {
		return nil, &SubjectError{"the result cannot be read"}
	}
	out.Items = append(s.flat("", rest), out.Items...)
	out.Items = append(out.Items, checkItems(checks)...)
	return out, nil
}

func checkItems(checks []implicit.Check) (items []Item) {
	for _, c := range checks {
		items = append(items, Item{Name: "check " + c.Name, Value: string(c.Status)})
	}
	return items
}

func (s subjectReader) har(ctx context.Context, text []byte) (*Subject, error) {
	a, err := ReadHAR(text)
	if err != nil {
		return nil, err
	}
	p, err := NewReplay(ctx, a, Given{})
	if err != nil {
		return nil, err
	}
	out := &Subject{Kind: "HAR"}
	if p.Endpoint != "" {
		out.Items = append(out.Items, Item{Name: "request.endpoint", Value: p.Endpoint})
	}
	for _, name := range sortedNames(p.Request) {
		out.Items = append(out.Items, s.item("request."+name, p.Request[name]))
	}
	if p.Response != nil {
		out.Items = append(out.Items, s.response(p.Response)...)
		out.Items = append(out.Items, checkItems(p.Checks)...)
	}
	for _, e := range p.Hops(a.Redacted(s.redact)) {
		out.Hops = append(out.Hops, hopOf(e))
	}
	return out, nil
}

func sortedNames(params map[string]string) (names []string) {
	for name := range params {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (s subjectReader) response(recorded *implicit.Response) []Item {
	resp, _ := withoutFingerprints(recorded)
	items := []Item{{Name: "response.channel", Value: resp.Channel}}
	for _, name := range resp.Names() {
		if name != "access_token" && name != "id_token" && name != "token" {
			items = append(items, s.item("response."+name, resp.Get(name).Reveal()))
		}
	}
	for name, token := range map[string]implicit.Secret{"access_token": resp.AccessToken, "id_token": resp.IDToken} {
		if claims, err := implicit.DecodeUnverified(token.Reveal()); err == nil {
			items = append(items, s.token(name+".", claims)...)
		} else if !token.Empty() {
			items = append(items, Item{Name: name, Value: "opaque"})
		}
	}
	sort.SliceStable(items, func(i, j int) bool { return items[i].Name < items[j].Name })
	return items
}

var identifier = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|«[0-9a-f]+»|%C2%AB[0-9a-f]+%C2%BB`)
})

// hopOf is an entry, redacted, as what a diff compares of it.
func hopOf(e wire.Entry) Hop {
	address, query, _ := strings.Cut(e.Request.URL, "?")
	address, _, _ = strings.Cut(address, "#")
	path := address
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		path = u.EscapedPath() // the host is told by the request's endpoint
	}
	h := Hop{Title: strings.TrimSpace(e.Request.Method + " " + identifier().ReplaceAllString(path, "{id}"))}
	if e.Kind != wire.KindExchange {
		h.Title = string(e.Kind) + " " + h.Title
	}
	query, _, _ = strings.Cut(query, "#")
	h.addParams("query.", query)
	if e.Response == nil {
		h.Items = append(h.Items, Item{Name: "status", Value: "no response"})
		return h
	}
	h.Items = append(h.Items, Item{Name: "status", Value: strconv.Itoa(e.Response.Status)})
	if location := e.Response.Get("Location"); location != "" {
		to, fragment, _ := strings.Cut(location, "#")
		to, query, _ := strings.Cut(to, "?")
		h.Items = append(h.Items, Item{Name: "location", Value: identifier().ReplaceAllString(to, "{id}")})
		h.addParams("location.", query)
		h.addParams("location.", fragment)
	}
	var flow struct{ Status string }
	if json.Unmarshal([]byte(e.Response.Body.Text), &flow) == nil && flow.Status != "" {
		h.Items = append(h.Items, Item{Name: "flow status", Value: flow.Status})
	}
	return h
}

// addParams leaves out the parameters of the authorize request and of its response, which
// have items of their own.
func (h *Hop) addParams(prefix, query string) {
	values, err := url.ParseQuery(query)
	if err != nil || values.Has("response_type") || values.Has("access_token") || values.Has("id_token") {
		return
	}
	var names []string
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		value := strings.Join(values[name], " ")
		h.Items = append(h.Items, Item{prefix + name, value, isVolatile(name, value)})
	}
}
