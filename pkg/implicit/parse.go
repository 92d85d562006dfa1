package implicit

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Parse reads what a user pasted or a tool printed: a whole redirect URL, a
// Location header line, "#…", "?…", a form body "name=value&…" or the HTML of a
// form_post page. White space, quotes around it and the line breaks of a wrapped
// terminal are dropped. With a redirectURI, a whole URL (or the page's action)
// must be that URI. The error is a [*ParseError].
func Parse(pasted, redirectURI string) (*Response, error) {
	text := strings.TrimSpace(strings.TrimPrefix(pasted, "\ufeff"))
	if strings.HasPrefix(text, "<") && !bracketed.MatchString(text) {
		return parseFormPage([]byte(text), redirectURI)
	}
	text = unwrap(text)
	switch {
	case text == "":
		return nil, parseErrorf("empty")
	case strings.HasPrefix(text, "#"):
		return parsePairs(ChannelFragment, text[1:])
	case strings.HasPrefix(text, "?"):
		query, fragment, _ := strings.Cut(text[1:], "#")
		return parseBoth(query, fragment)
	case absolute.MatchString(text):
		return ParseURL(text, redirectURI)
	}
	return ParseForm(text)
}

// absolute is the start of a URL with a scheme. A form body never matches:
// its "=" is before any ":".
var absolute = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:`)

// bracketed is an address as mails and documents set it: <https://…>.
var bracketed = regexp.MustCompile(`^<[A-Za-z][A-Za-z0-9+.-]*://[^<]*>$`)

var locationLine = regexp.MustCompile(`(?im)^location:[ \t]*(\S+)[ \t]*\r?$`)

// unwrap finds the Location line among header lines, and joins the lines that
// a terminal broke: none of the forms read here holds white space.
func unwrap(text string) string {
	if m := locationLine.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	for _, quotes := range []string{`""`, `''`, "``", "<>"} {
		if len(text) > 1 && text[0] == quotes[0] && text[len(text)-1] == quotes[1] {
			text = strings.TrimSpace(text[1 : len(text)-1])
		}
	}
	lines := strings.FieldsFunc(text, func(c rune) bool { return c == '\r' || c == '\n' })
	for i, line := range lines {
		lines[i] = strings.TrimSpace(line)
	}
	return strings.Join(lines, "")
}

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

// ParseForm reads a form_post body, or parameters pasted without an address.
func ParseForm(body string) (*Response, error) { return parsePairs(ChannelForm, body) }

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

func parsePairs(channel Channel, raw string) (*Response, error) {
	params, err := pairs(raw)
	if err != nil {
		return nil, err
	}
	return newResponse(channel, params)
}

// semicolon finds what an old decoder would take for a separator. Escaped
// semicolons, and those of a text without "=" after them, are none.
var semicolon = regexp.MustCompile(`;[^&;=]*=`)

// pairs decodes application/x-www-form-urlencoded once (WHATWG URL section
// 5.1), and refuses what two decoders could read in two ways.
func pairs(raw string) ([]Param, error) {
	if semicolon.MatchString(raw) {
		return nil, parseErrorf("expected ampersands between parameters, found a semicolon")
	}
	var params []Param
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		rawName, rawValue, _ := strings.Cut(pair, "=")
		name, err := unescape(rawName, rawName)
		if err != nil {
			return nil, err
		}
		value, err := unescape(rawName, rawValue)
		if err != nil {
			return nil, err
		}
		params = append(params, Param{name, value})
	}
	return params, nil
}

func unescape(name, raw string) (string, error) {
	text, err := url.QueryUnescape(raw)
	switch {
	case err != nil:
		return "", parseErrorf("bad percent-escape in the parameter %s", quote(name))
	case !utf8.ValidString(text):
		return "", parseErrorf("the parameter %s is not UTF-8", quote(name))
	case strings.Contains(text, "\x00"):
		return "", parseErrorf("the parameter %s holds a NUL", quote(name))
	}
	return text, nil
}
