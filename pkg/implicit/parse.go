package implicit

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// ParseURL reads the address that a provider redirected to. With a redirectURI,
// scheme, host, port, path and own query must be that URI's. Nothing is fetched.
func ParseURL(raw, redirectURI string) (*Response, error) {
	rest, fragment, _ := strings.Cut(strings.TrimSpace(raw), "#")
	base, query, _ := strings.Cut(rest, "?")
	if redirectURI != "" {
		own, err := matchRedirect(raw, redirectURI)
		if err != nil {
			return nil, err
		}
		query = strings.TrimPrefix(strings.TrimPrefix(query, own), "&")
	} else if _, err := url.Parse(base); err != nil {
		return nil, parseErrorf("expected a URL, found %s", quote(base))
	}
	return parseBoth(query, fragment)
}

// matchRedirect reports whether raw, without what a provider appended, is the
// redirect URI. It returns the query that belongs to the URI itself (RFC 6749
// section 3.1.2: it is retained). The error is a [*ParseError].
func matchRedirect(raw, redirectURI string) (ownQuery string, err error) {
	rest, _, _ := strings.Cut(strings.TrimSpace(raw), "#")
	base, query, _ := strings.Cut(rest, "?")
	wantBase, wantQuery, _ := strings.Cut(redirectURI, "?")
	got, errGot := url.Parse(base)
	want, errWant := url.Parse(wantBase)
	var elsewhere *ParseError
	switch {
	case errGot != nil || errWant != nil || !sameAddress(got, want):
		elsewhere = parseErrorf("it was sent to %s, expected the redirect URI %s", quote(base), quote(wantBase))
	case query != wantQuery && wantQuery != "" && !strings.HasPrefix(query, wantQuery+"&"):
		elsewhere = parseErrorf("it lacks the redirect URI's own query %s", quote(wantQuery))
	default:
		return wantQuery, nil
	}
	elsewhere.Elsewhere = base
	return "", elsewhere
}

// sameAddress compares as a browser would: case of scheme and host, a default
// port and an empty path make no difference.
func sameAddress(got, want *url.URL) bool {
	port := func(u *url.URL) string {
		if u.Port() == "" {
			return map[string]string{"http": "80", "https": "443"}[strings.ToLower(u.Scheme)]
		}
		return u.Port()
	}
	path := func(u *url.URL) string {
		if u.Host != "" && u.EscapedPath() == "" {
			return "/"
		}
		return u.EscapedPath()
	}
	return got.User == nil &&
		strings.EqualFold(got.Scheme, want.Scheme) &&
		strings.EqualFold(got.Hostname(), want.Hostname()) &&
		port(got) == port(want) &&
		path(got) == path(want) && got.Opaque == want.Opaque
}

// parseBoth reads a URL's query and fragment: parameters of a response may
// be in one of them only. A fragment or query that holds none of them belongs to
// the application and is ignored.
func parseBoth(query, fragment string) (*Response, error) {
	inQuery, err := pairs(query)
	if err != nil {
		return nil, err
	}
	inFragment, err := pairs(fragment)
	if err != nil {
		return nil, err
	}
	switch {
	case ours(inQuery) && ours(inFragment):
		return nil, parseErrorf("expected parameters in the query or in the fragment, found both")
	case ours(inQuery):
		return newResponse(ChannelQuery, inQuery)
	}
	return newResponse(ChannelFragment, inFragment)
}

func ours(params []Param) bool {
	return slices.ContainsFunc(params, func(p Param) bool {
		return slices.Contains(answers, p.Name) || slices.Contains(companions, p.Name)
	})
}

func parsePairs(channel string, raw string) (*Response, error) {
	params, err := pairs(raw)
	if err != nil {
		return nil, err
	}
	return newResponse(channel, params)
}

// semicolon finds what an old decoder would take for a separator. Escaped
// semicolons, and those of a text without "=" after them, are none.
var semicolon = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`;[^&;=]*=`) })

// pairs decodes application/x-www-form-urlencoded once (WHATWG URL section
// 5.1), and refuses what two decoders could read in two ways.
func pairs(raw string) ([]Param, error) {
	if semicolon().MatchString(raw) {
		return nil, parseErrorf("expected ampersands between parameters, found a semicolon")
	}
	var params []Param
	var badEscape error
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		rawName, rawValue, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(rawName)
		if err != nil {
			return nil, badEscapeIn(rawName)
		}
		value, err := url.QueryUnescape(rawValue)
		switch {
		case err != nil && describes(name):
			badEscape = badEscapeIn(rawName)
			value, _ = url.QueryUnescape(percent().ReplaceAllStringFunc(rawValue, func(escape string) string {
				if len(escape) == 3 {
					return escape
				}
				return replacement + escape[1:]
			}))
		case err != nil:
			return nil, badEscapeIn(rawName)
		}
		params = append(params, Param{name, value})
	}
	if badEscape != nil && !isError(params) {
		return nil, badEscape
	}
	return params, checkText(params)
}

func badEscapeIn(name string) error {
	return parseErrorf("bad percent-escape in the parameter %s", quote(name))
}

const replacement = "\ufffd"

// percent is a percent-escape: one of less than three bytes is bad.
var percent = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`%[0-9A-Fa-f]{0,2}`) })

// describes reports whether the parameter only puts an error into words: its
// bytes do not decide anything, so that bad ones are replaced.
func describes(name string) bool { return name == "error_description" || name == "error_uri" }

func isError(params []Param) bool {
	return slices.ContainsFunc(params, func(p Param) bool { return p.Name == "error" && p.Value != "" })
}

// checkText refuses parameters that are not UTF-8 or hold a NUL. The text that
// describes an error is repaired instead.
func checkText(params []Param) error {
	repair := isError(params)
	for i := range params {
		p := &params[i]
		if repair && describes(p.Name) {
			p.Value = strings.ToValidUTF8(p.Value, replacement)
		}
		switch {
		case !utf8.ValidString(p.Name) || !utf8.ValidString(p.Value):
			return parseErrorf("the parameter %s is not UTF-8", quote(p.Name))
		case strings.Contains(p.Name+p.Value, "\x00"):
			return parseErrorf("the parameter %s holds a NUL", quote(p.Name))
		}
	}
	return nil
}
