package wire

import (
	"regexp"
	"strings"
	"sync"
)

// Header returns what is recorded of a header.
func (r *Redactor) Header(name, value string) string {
	switch name = strings.ToLower(name); name {
	case "cookie":
		return r.cookies(value)
	case "set-cookie":
		return r.setCookie(value)
	case "authorization", "proxy-authorization":
		return r.credentials(value)
	case "www-authenticate":
		return r.challenge(value)
	}
	return r.value(headers()[name], value)
}

func (r *Redactor) cookies(value string) string {
	pairs := strings.Split(value, ";")
	for i, pair := range pairs {
		pairs[i] = r.cookie(strings.TrimSpace(pair))
	}
	return strings.Join(pairs, "; ")
}

func (r *Redactor) cookie(pair string) string {
	name, value, found := strings.Cut(pair, "=")
	if !found {
		return r.hide(pair)
	}
	return r.name(strings.TrimSpace(name)) + "=" + r.hide(strings.Trim(value, ` "`))
}

func (r *Redactor) setCookie(value string) string {
	pair, rest, _ := strings.Cut(value, ";")
	list := []string{r.cookie(pair)}
	for attribute := range strings.SplitSeq(rest, ";") {
		attribute = strings.TrimSpace(attribute)
		name, _, _ := strings.Cut(attribute, "=")
		if attributes()[strings.ToLower(strings.TrimSpace(name))] != harmless {
			attribute = r.Fingerprint(attribute)
		}
		if attribute != "" {
			list = append(list, r.text(attribute))
		}
	}
	return strings.Join(list, "; ")
}

func (r *Redactor) credentials(value string) string {
	scheme, rest, found := strings.Cut(value, " ")
	if !found {
		return r.hide(value)
	}
	return r.name(scheme) + " " + r.Token(strings.TrimSpace(rest))
}

var challengeParameter = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`([A-Za-z_]+)\s*=\s*("[^"]*"|[^",\s]+)`) })

// challenge keeps what RFC 6750 section 3 defines.
func (r *Redactor) challenge(value string) string {
	scheme, rest, _ := strings.Cut(value, " ")
	list := []string{}
	for _, m := range challengeParameter().FindAllStringSubmatch(rest, -1) {
		text := strings.Trim(m[2], `"`)
		switch m[1] {
		case "realm", "error", "error_description", "error_uri", "scope":
			text = r.text(text)
		default:
			text = r.Fingerprint(text)
		}
		list = append(list, m[1]+`="`+text+`"`)
	}
	return strings.TrimSpace(r.name(scheme) + " " + strings.Join(list, ", "))
}
