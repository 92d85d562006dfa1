package wire

import (
	"net/url"
	"strings"
)

// maxSegment is the length in bytes up to which a segment of a path is kept.
const maxSegment = 64

// URL returns an address with redacted parameters, in query and fragment, and without
// the user and password it may hold. What has a scheme and no host is a fingerprint.
func (r *Redactor) URL(raw string) string {
	rest, fragment, hasFragment := strings.Cut(raw, "#")
	rest, query, hasQuery := strings.Cut(rest, "?")
	scheme, place, hasHost := strings.Cut(rest, "://")
	switch {
	case hasHost:
		host, path, hasPath := strings.Cut(place, "/")
		if at := strings.LastIndexByte(host, '@'); at >= 0 {
			host = escaped(r.hide(host[:at])) + host[at:]
		}
		rest = r.text(scheme) + "://" + host
		if hasPath {
			rest += "/" + r.path(path)
		}
	case strings.Contains(rest, ":"):
		return r.Fingerprint(raw)
	default:
		rest = r.path(rest)
	}
	if hasQuery {
		rest += "?" + r.Pairs(query)
	}
	if hasFragment {
		rest += "#" + r.Pairs(fragment)
	}
	return rest
}

func (r *Redactor) path(path string) string {
	segments := strings.Split(path, "/")
	for i, s := range segments {
		if len(s) > maxSegment || strings.Contains(s, "eyJ") {
			segments[i] = escaped(r.Fingerprint(s))
		}
	}
	return strings.Join(segments, "/")
}

// Pairs redacts NAME=VALUE pairs that are joined by &: a query, a fragment, a form.
// What stays as it is keeps its spelling.
func (r *Redactor) Pairs(raw string) string {
	pairs := strings.Split(raw, "&")
	for i, pair := range pairs {
		name, value, found := strings.Cut(pair, "=")
		if !found && pair != "" {
			pairs[i] = escaped(r.Fingerprint(pair)) // may be a token by itself
			continue
		}
		if redacted := r.name(unescaped(name)); redacted != unescaped(name) {
			name = escaped(redacted)
		}
		if found {
			pairs[i] = name + "=" + r.escapedValue(name, value)
		}
	}
	return strings.Join(pairs, "&")
}

func (r *Redactor) escapedValue(name, value string) string {
	clear := unescaped(value)
	if redacted := r.pair(unescaped(name), clear); redacted != clear {
		return escaped(redacted)
	}
	return value
}

// pair redacts one parameter. PingOne's sign-on page receives errors as JSON.
func (r *Redactor) pair(name, value string) string {
	if strings.HasPrefix(value, "{") && parameters()[name] == harmless {
		w := walker{r: r}
		if redacted, ok := w.json([]byte(value)); ok {
			return redacted
		}
		return r.Fingerprint(value)
	}
	return r.Value(name, value)
}

// form returns the parameters of a form, decoded and redacted.
func (r *Redactor) form(raw string) (list []Field, hidden bool) {
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		name, value, found := strings.Cut(pair, "=")
		if !found {
			list, hidden = append(list, Field{r.Fingerprint(pair), ""}), true
			continue
		}
		name, value = unescaped(name), unescaped(value)
		f := Field{r.name(name), r.pair(name, value)}
		hidden = hidden || f.Value != value || f.Name != name
		list = append(list, f)
	}
	return list, hidden
}

// unescaped returns a value as it is where its escapes are wrong.
func unescaped(s string) string {
	if clear, err := url.QueryUnescape(s); err == nil {
		return clear
	}
	return s
}

func escaped(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
