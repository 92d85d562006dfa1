package words

import (
	"strings"
	"testing"
)

// awkward are values that a careless quoting lets out.
func awkward() []string {
	return []string{"", "plain", "it's", `'; rm -rf / #`, `\`, `\'`, `a\\'b`, `"$(id)"`, "`id`", "$HOME", "%PATH%", "!x", "~", "-n",
		"two\nlines", "\ttab\v\r", "\u2018smart\u2019 \u201alow\u201b", "\xff\xe2\x80", "\x1b[31m"}
}

func TestQuotedValuesAreRead(t *testing.T) {
	for _, value := range awkward() {
		for name, got := range map[string]string{
			"fish":       readFish(t, quoteFish(value)),
			"powershell": readPowerShell(t, quotePowerShell(value)),
			"curl":       readCurl(t, QuoteCurl(value)),
		} {
			if got != value {
				t.Errorf("%s reads %q as %q", name, value, got)
			}
		}
	}
}

// readFish follows the chapter on quotes of fish's language reference.
func readFish(t *testing.T, quoted string) string {
	t.Helper()
	var b strings.Builder
	inside := unquote(t, quoted, "'", "'")
	for i := 0; i < len(inside); i++ {
		if inside[i] == '\'' {
			t.Fatalf("%q: the quotes end early", quoted)
		}
		if inside[i] == '\\' && i+1 < len(inside) && (inside[i+1] == '\\' || inside[i+1] == '\'') {
			i++
		}
		b.WriteByte(inside[i])
	}
	return b.String()
}

// readPowerShell follows PowerShell's about_Quoting_Rules: any of five
// characters is the quote, and two of them are one.
func readPowerShell(t *testing.T, quoted string) string {
	t.Helper()
	inside := unquote(t, quoted, "'", "'")
	var b strings.Builder
	for len(inside) > 0 {
		end := strings.IndexAny(inside, "'\u2018\u2019\u201a\u201b")
		if end < 0 {
			b.WriteString(inside)
			break
		}
		quote := inside[end:min(end+3, len(inside))]
		if inside[end] == '\'' {
			quote = "'"
		}
		b.WriteString(inside[:end] + quote)
		rest, doubled := strings.CutPrefix(inside[end:], quote+quote)
		if !doubled {
			t.Fatalf("%q: the quotes end early", quoted)
		}
		inside = rest
	}
	return b.String()
}

// readCurl follows the section on --config in curl's manual.
func readCurl(t *testing.T, quoted string) string {
	t.Helper()
	if strings.ContainsAny(quoted, "\r\n") {
		t.Fatalf("%q: the line ends early", quoted)
	}
	inside := unquote(t, quoted, `"`, `"`)
	escapes := map[byte]byte{'t': '\t', 'n': '\n', 'r': '\r', 'v': '\v'}
	var b strings.Builder
	for i := 0; i < len(inside); i++ {
		c := inside[i]
		if c == '"' {
			t.Fatalf("%q: the quotes end early", quoted)
		}
		if c == '\\' {
			i++
			c = inside[i]
			if escaped, ok := escapes[c]; ok {
				c = escaped
			}
		}
		b.WriteByte(c)
	}
	return b.String()
}

func unquote(t *testing.T, s, open, end string) string {
	t.Helper()
	if len(s) < 2 || !strings.HasPrefix(s, open) || !strings.HasSuffix(s, end) {
		t.Fatalf("%q is not in quotes", s)
	}
	return s[1 : len(s)-1]
}
