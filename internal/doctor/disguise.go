package doctor

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/implicit-cli/implicit/internal/loopback"
	"github.com/implicit-cli/implicit/internal/report"
)

// disguise replaces what identifies an environment or a user.
type disguise struct {
	key   [32]byte
	hosts []string // with and without port; longest first
	ids   []string // those that have not the form of PingOne's

	inURL, inCookie, idForm, ipForm *regexp.Regexp
	tokenPart                       *regexp.Regexp // JSON in base64url, as in a JWT
	keyMember                       *regexp.Regexp
}

// newDisguise collects the names of a run.
func newDisguise(run *report.Run, random io.Reader) *disguise {
	d := &disguise{
		inURL:     regexp.MustCompile(`(?i)https?(?:://|:\\?/\\?/|%3A%2F%2F|%253A%252F%252F)([^/\\%?#"'\s&<>;,)]+)`),
		inCookie:  regexp.MustCompile(`(?i)domain=\.?([^;\s"]+)`),
		idForm:    regexp.MustCompile(`(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b[0-9a-f]{32}\b`),
		ipForm:    regexp.MustCompile(`\b\d{1,3}(?:\.\d{1,3}){3}\b|\[[0-9a-fA-F:]*:[0-9a-fA-F:.]*\]`),
		tokenPart: regexp.MustCompile(`eyJ[A-Za-z0-9_-]{6,}`),
		keyMember: regexp.MustCompile(`"(n|e|x|y|x5c|x5u|x5t|x5t#S256)":("[^"]*"|\[[^\]]*\])`),
	}
	if random == nil {
		random = rand.Reader
	}
	if _, err := io.ReadFull(random, d.key[:]); err != nil {
		_, _ = rand.Read(d.key[:]) // never fails
	}
	for _, s := range run.Settings {
		if u, err := url.Parse(s.Value); err == nil && (s.Name == "auth-url" || s.Name == "issuer") && u.Host != "" {
			d.hosts = append(d.hosts, u.Host) // also one of loopback
		}
		d.learn(s.Value)
		if (s.Name == "client-id" || s.Name == "environment-id") && !d.idForm.MatchString(s.Value) && s.Value != "" {
			d.ids = append(d.ids, s.Value)
		}
	}
	each(run.Recording, func(text string) string { d.learn(text); return text })
	d.learn(run.Verdict.Message)
	slices.SortFunc(d.hosts, func(a, b string) int { return len(b) - len(a) })
	return d
}

// learn collects the hosts of a text.
func (d *disguise) learn(text string) {
	for _, form := range []*regexp.Regexp{d.inURL, d.inCookie} {
		for _, m := range form.FindAllStringSubmatch(text, -1) {
			for _, host := range []string{m[1], withoutPort(m[1])} {
				if !slices.Contains(d.hosts, host) && !local(host) {
					d.hosts = append(d.hosts, host)
				}
			}
		}
	}
	for _, part := range d.tokenPart.FindAllString(text, -1) {
		if raw, err := base64.RawURLEncoding.DecodeString(part); err == nil {
			d.learn(string(raw))
		}
	}
}

// local reports whether a host is this machine's own, which identifies no one.
func local(host string) bool { return loopback.IsLocal("http://" + host + "/") }

func withoutPort(host string) string {
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		return host[:i]
	}
	return host
}

// text is a text with fingerprints in place of what is in the run's names, or has the
// form of an ID or address. An ID stays one in form, and a host a host, so that the
// archive can be read like any other.
func (d *disguise) text(s string) string {
	s = d.tokenPart.ReplaceAllStringFunc(s, func(part string) string {
		raw, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil {
			return part
		}
		return base64.RawURLEncoding.EncodeToString([]byte(d.text(string(raw))))
	})
	for _, host := range d.hosts {
		s = d.replace(s, host, d.host(host))
		s = d.replace(s, strings.ReplaceAll(host, ":", "%3A"), d.host(host))
	}
	for _, id := range d.ids {
		s = d.replace(s, id, "id-"+d.print(id))
	}
	s = d.idForm.ReplaceAllStringFunc(s, func(id string) string {
		if strings.HasPrefix(id, "00000000-0000-0000-") { // doctor made it
			return id
		}
		print := d.print(strings.ToLower(id))
		return "00000000-0000-0000-" + print[:4] + "-" + print[4:16]
	})
	return d.ipForm.ReplaceAllStringFunc(s, func(ip string) string {
		if local(ip) {
			return ip
		}
		return "ip-" + d.print(ip)
	})
}

// replace replaces a name wherever it is one by itself: a short one may be a part of
// any word. After %2F, an encoded slash, it begins.
func (d *disguise) replace(s, name, by string) string {
	word := func(c byte) bool {
		return c == '-' || c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
	}
	var b strings.Builder
	for {
		i := strings.Index(s, name)
		if i < 0 || name == "" {
			return b.String() + s
		}
		end := i + len(name)
		begins := i == 0 || !word(s[i-1]) || strings.HasSuffix(strings.ToUpper(s[:i]), "%2F") || strings.HasSuffix(strings.ToUpper(s[:i]), "%3D")
		b.WriteString(s[:i])
		if begins && (end == len(s) || !word(s[end])) {
			b.WriteString(by)
		} else {
			b.WriteString(name)
		}
		s = s[end:]
	}
}

func (d *disguise) host(name string) string {
	return "host-" + d.print(strings.ToLower(withoutPort(name))) + ".invalid"
}

// print is 16 hexadecimal digits that are equal for equal texts.
func (d *disguise) print(text string) string {
	mac := hmac.New(sha256.New, d.key[:])
	_, _ = io.WriteString(mac, text)
	return hex.EncodeToString(mac.Sum(nil)[:8])
}
