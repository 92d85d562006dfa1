package implicit

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"
)

// Parse reads what a person pasted or a tool printed: a redirect URL, also
// without its scheme, a Location header line (the last of several), "#…", "?…", a
// form body "name=value&…", the HTML of a form_post page, or one of them as a JSON
// string; also the JSON object that PingOne's pi.flow calls authorizeResponse. White space, quotes around it and the line breaks of a wrapped terminal
// are dropped. With a redirectURI, a URL (or the page's action) must be that URI.
// The error is a [*ParseError].
func Parse(pasted, redirectURI string) (*Response, error) {
	text := strings.TrimSpace(strings.TrimPrefix(pasted, "\ufeff"))
	if strings.HasPrefix(text, "<") && !bracketed().MatchString(text) && !strings.HasPrefix(text, "< ") {
		return parseFormPage([]byte(text), redirectURI)
	}
	if strings.HasPrefix(text, "{") {
		return parseJSON(text)
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
	case absolute().MatchString(text) && !hostPort().MatchString(text):
		return parseAddress(text, redirectURI)
	case relative().MatchString(text):
		return parseAddress(withScheme(text, redirectURI), redirectURI)
	}
	return parsePairs(ChannelForm, text)
}

// Addresses as they are pasted. A form body is none: "=" comes first there.
var (
	absolute  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:`) })
	hostPort  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9.-]+:[0-9]+([/?#]|$)`) }) // app.example.com:8443/cb
	relative  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[^=&?#]+[?#]|^[^=&?#\s]*/[^=&?#\s]*$`) })
	bracketed = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^<[A-Za-z][A-Za-z0-9+.-]*://[^<]*>$`) }) // as mails set it
)

// withScheme completes an address that was pasted without its start, as browsers
// show it, by that of the redirect URI.
func withScheme(text, redirectURI string) string {
	start := &url.URL{Scheme: "https"}
	if u, err := url.Parse(redirectURI); err == nil && u.Scheme != "" {
		start = u
	}
	switch {
	case strings.HasPrefix(text, "//"):
		return start.Scheme + ":" + text
	case strings.HasPrefix(text, "/"):
		return start.Scheme + "://" + start.Host + text
	}
	return start.Scheme + "://" + text
}

// parseAddress is [ParseURL] for an address that was pasted: a shell may have cut
// it.
func parseAddress(text, redirectURI string) (*Response, error) {
	rest, fragment, _ := strings.Cut(text, "#")
	_, query, _ := strings.Cut(rest, "?")
	_, own, _ := strings.Cut(redirectURI, "?")
	if fragment == "" && (query == "" || query == own) {
		return nil, parseErrorf(`the part of the address from "#" on is missing; a shell needs quotes around the address`)
	}
	return ParseURL(text, redirectURI)
}

// locationLine is a header line, also as curl -v prints it.
var locationLine = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?im)^(?:<[ \t]+)?location:[ \t]*(\S+)[ \t]*\r?$`) })

// unwrap finds the last Location line among header lines, and joins the lines
// that a terminal broke: none of the forms read here holds white space.
func unwrap(text string) string {
	if lines := locationLine().FindAllStringSubmatch(text, -1); lines != nil {
		return lines[len(lines)-1][1]
	}
	if decoded, ok := unescapeJSON(text); ok {
		return strings.TrimSpace(decoded)
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

// unescapeJSON decodes a JSON string, also one without its quotes: a "\u0026"
// that is left is in no URL (RFC 3986 section 2).
func unescapeJSON(text string) (decoded string, ok bool) {
	if !strings.HasPrefix(text, `"`) && strings.Contains(text, `\u00`) {
		text = `"` + text + `"`
	}
	if !strings.HasPrefix(text, `"`) || !utf8.ValidString(text) {
		return "", false
	}
	return decoded, json.Unmarshal([]byte(text), &decoded) == nil
}
