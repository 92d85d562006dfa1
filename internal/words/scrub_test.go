package words

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

func scrubberOf(secrets ...string) *Scrubber {
	s := new(Scrubber)
	for _, secret := range secrets {
		s.Add(implicit.NewSecret(secret))
	}
	return s
}

// encodings are the ways in which a server may repeat what it was sent. Each
// returns the secret in the midst of other text, without what can be read of it.
var encodings = map[string]func(string) string{
	"raw":  func(s string) string { return s },
	"JSON": asJSON,
	"JSON, no HTML": func(s string) string {
		var b strings.Builder
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		_ = enc.Encode(s)
		return strings.TrimSpace(b.String())
	},
	"JSON of PHP":   func(s string) string { return strings.ReplaceAll(asJSON(s), "/", `\/`) },
	"JSON, ASCII":   func(s string) string { return strconv.QuoteToASCII(strings.ToValidUTF8(s, "\ufffd")) },
	"\\u of each":   func(s string) string { return inUTF16(s, `\u%04X`) },
	"Go":            strconv.Quote,
	"JSON in JSON":  func(s string) string { return asJSON(asJSON(s)) },
	"JSON in Go":    func(s string) string { return strconv.Quote(asJSON(s)) },
	"query":         url.QueryEscape,
	"path":          url.PathEscape,
	"% of each":     func(s string) string { return eachByte(s, "%%%02x") },
	"query, twice":  func(s string) string { return url.QueryEscape(url.QueryEscape(s)) },
	"% thrice":      func(s string) string { return url.PathEscape(url.PathEscape(eachByte(s, "%%%02X"))) },
	"JSON in query": func(s string) string { return url.QueryEscape(asJSON(s)) },
	"query in Go":   func(s string) string { return strconv.Quote(url.QueryEscape(s)) },
	"HTML":          html.EscapeString,
	"HTML, twice":   func(s string) string { return html.EscapeString(html.EscapeString(s)) },
	"HTML, decimal": func(s string) string { return eachRune(s, "&#%d;") },
	"HTML, hex":     func(s string) string { return eachRune(s, "&#x%x;") },
	"base64":        func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"base64, 1":     func(s string) string { return base64.StdEncoding.EncodeToString([]byte("u" + s + "\n")) },
	"base64, 2":     func(s string) string { return base64.StdEncoding.EncodeToString([]byte("u:" + s + "\n")) },
	"base64 URL":    func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) },
	"base64 URL, 1": func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte("jane:x:y" + s + "!!")) },
	"base64 in query": func(s string) string {
		return url.QueryEscape(base64.StdEncoding.EncodeToString([]byte("jane:" + s)))
	},
}

func asJSON(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

func eachByte(s, format string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, format, s[i])
	}
	return b.String()
}

func eachRune(s, format string) string {
	var b strings.Builder
	for _, c := range s {
		fmt.Fprintf(&b, format, c)
	}
	return b.String()
}

func inUTF16(s, format string) string {
	var b strings.Builder
	for _, c := range s {
		if c > 0xffff {
			fmt.Fprintf(&b, format+format, (c-0x10000)>>10+0xd800, (c-0x10000)&0x3ff+0xdc00)
		} else {
			fmt.Fprintf(&b, format, c)
		}
	}
	return b.String()
}

var longSecrets = []string{
	"2Federate!", `a"b\c/d'e<f>&g`, "pass word+plus=", "100%25 %41 sure", "naïve-pässwörd", "😀 emoji 😀 secret",
	`\\\\\\\\\\\\`, `\"\"\"\"\"\"`, "line\nend\ttab", "&amp;&lt;&#34;", "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln", "\u2028\u202e separators",
}

func TestScrubFindsEachForm(t *testing.T) {
	for _, secret := range longSecrets {
		s := scrubberOf(secret)
		for name, encode := range encodings {
			text := "the server said <" + encode(secret) + "> and more"
			got := s.Scrub(text)
			if !strings.Contains(got, redacted) || !strings.HasPrefix(got, "the server said <") || !strings.HasSuffix(got, "> and more") {
				t.Errorf("%s of %q: %q became %q", name, secret, text, got)
			}
			if rest := len(got) - len("the server said <"+redacted+"> and more"); !strings.HasPrefix(name, "base64") && rest > 8 { // quotes may stay
				t.Errorf("%s of %q: too much is left: %q", name, secret, got)
			}
		}
	}
}

// What is before a secret may make another escape with its first bytes.
func TestScrubOfASecretAfterAnEscape(t *testing.T) {
	for _, secret := range append([]string{"0000000 ", "41 42 43 44", `\\abcdefgh`, "n\nabcdefg", "lt;password<", "d83d\U0001f600\n1234"}, longSecrets...) {
		s := scrubberOf(secret)
		for name, encode := range encodings {
			for _, before := range []string{"%", "%2", "%25", `\`, `\\\`, `\x`, `\u0`, `\ud83d\u`, `\U000`, "&", "&#", "&#x", "&&amp;", "%5", "%5C", "%26"} {
				if got := s.Scrub(before + encode(secret)); !strings.Contains(got, redacted) && !strings.HasPrefix(name, "base64") {
					t.Errorf("%s of %q after %q: %q became %q", name, secret, before, before+encode(secret), got)
				}
			}
		}
	}
}

func TestScrubOfBytesThatAreNotText(t *testing.T) {
	secret := "\xff\xfebinary\x80\x00\xc3"
	s := scrubberOf(secret)
	for _, text := range []string{secret, strconv.Quote(secret), asJSON(secret), url.QueryEscape(secret), "\ufffd\ufffdbinary\ufffd\x00\ufffd"} {
		if got := s.Scrub("<" + text + ">"); !strings.Contains(got, redacted) || strings.Contains(got, "binary") {
			t.Errorf("%q became %q", text, got)
		}
	}
}

// A short secret is removed only as a whole value, not from inside words.
func TestScrubOfAShortSecret(t *testing.T) {
	s := scrubberOf("an", "1234567")
	for text, want := range map[string]string{
		"an":                               redacted,
		`found "an"`:                       `found "` + redacted + `"`,
		"found 'an'":                       "found '" + redacted + "'",
		`found "{\"password\":\"an\"}"`:    `found "{\"password\":\"` + redacted + `\"}"`,
		"username=jane&password=an":        "username=jane&password=" + redacted,
		"password=an&username=jane":        "password=" + redacted + "&username=jane",
		"%22an%22":                         "%22" + redacted + "%22",
		"&quot;1234567&quot;":              "&quot;" + redacted + "&quot;",
		`"%61%6e"`:                         `"` + redacted + `"`,
		`"YW4="`:                           `"` + redacted + `"`,
		"an answer, and another: 12345678": "an answer, and another: 12345678",
		`"an error"`:                       `"an error"`,
		"status=answer":                    "status=answer",
	} {
		if got := s.Scrub(text); got != want {
			t.Errorf("%q became %q, expected %q", text, got, want)
		}
	}
}

func TestScrubLeavesTheRest(t *testing.T) {
	s := scrubberOf("correct horse", "battery staple")
	for text, want := range map[string]string{
		"":                                      "",
		"correct":                               "correct",
		"correct horsebattery staple":           redacted + redacted,
		"correct horse, correct horse":          redacted + ", " + redacted,
		"correct horscorrect horse":             "correct hors" + redacted,
		`100% of \the+time &amp; more &#x;`:     `100% of \the+time &amp; more &#x;`,
		"100%2525 %zz \\u12 \\x &#99999999999;": "100%2525 %zz \\u12 \\x &#99999999999;",
	} {
		if got := s.Scrub(text); got != want {
			t.Errorf("%q became %q, expected %q", text, got, want)
		}
	}
	var none *Scrubber
	none.Add(implicit.NewSecret("x"))
	if got := none.Scrub("as it is") + new(Scrubber).Scrub("") + scrubberOf("").Scrub("a"); got != "as it isa" {
		t.Errorf("without secrets: %q", got)
	}
}

func TestCleanDrivesNoTerminal(t *testing.T) {
	for text, want := range map[string]string{
		"plain: ü 😀 \"quoted\"":      "plain: ü 😀 \"quoted\"",
		"\x1b]0;title\x07":           `\x1b]0;title\a`,
		"\u009b31m\x7f\x00\r":        `\u009b31m\x7f\x00\r`,
		"a\u202eb\u2066c\u200fd":     `a\u202eb\u2066c\u200fd`,
		"a\u2028b\u2029c\U000e0041d": `a\u2028b\u2029c\U000e0041d`,
		"raw C1: \x9b31m \xff":       `raw C1: \x9b31m \xff`,
		"one\nimplicit: error: two":  "one\n  implicit: error: two",
	} {
		if got := new(Scrubber).Clean(text); got != want {
			t.Errorf("%q became %q, expected %q", text, got, want)
		}
	}
}

func TestScrubberIsSafeAmongGoroutines(t *testing.T) {
	s := new(Scrubber)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			secret := fmt.Sprint("secret number ", i)
			s.Add(implicit.NewSecret(secret))
			if got := s.Clean(secret); got != redacted {
				t.Errorf("%q", got)
			}
		})
	}
	wg.Wait()
}

// A text that fits nearly everywhere must not cost more than its length allows.
func BenchmarkScrub(b *testing.B) {
	s := scrubberOf(longSecrets...)
	for name, text := range map[string]string{
		"message":     strings.Repeat("https://auth.pingone.eu/as/authorize: the answer was status 400. ", 10),
		"backslashes": strings.Repeat(`\`, 1000), "percents": strings.Repeat("%25", 300), "ampersands": strings.Repeat("&amp;", 200),
		"report": strings.Repeat(`{"name":"location","value":"https://app.example.com/cb#access_token=eyJhbGciOi.e30.%C2%AB1234%C2%BB&scope=a+b","text":"{\"a\":\"b &amp; c\"}"},`+"\n", 1500),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				s.Scrub(text)
			}
		})
	}
}

func FuzzScrub(f *testing.F) {
	for i, secret := range longSecrets {
		f.Add(secret, "before ", " after", uint8(i))
	}
	f.Add("an", "", "", uint8(0))
	names := slices.Sorted(maps.Keys(encodings))
	f.Add("0000000 ", "%", "", uint8(slices.Index(names, "query")))
	f.Fuzz(func(t *testing.T, secret, before, after string, which uint8) {
		s := scrubberOf(secret)
		name := names[int(which)%len(names)]
		text := before + encodings[name](secret) + after
		got := s.Clean(text)
		if i := strings.IndexFunc(got, func(c rune) bool { return c != '\n' && Drives(c) }); i >= 0 {
			t.Errorf("%q drives a terminal", got)
		}
		if len(secret) < minFree || name == "base64" && before+after != "" {
			return
		}
		if !strings.Contains(got, redacted) {
			t.Errorf("%s: %q of %q became %q", name, text, secret, got)
		}
	})
}
