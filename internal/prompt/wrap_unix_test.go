//go:build linux || darwin

package prompt

import (
	"strings"
	"testing"

	"github.com/implicit-cli/implicit/pkg/pingone"
)

func TestWrap(t *testing.T) {
	for _, row := range []struct {
		text        string
		width, used int
		want        string
	}{
		{"short", 40, 8, "short"},
		{"one two three", 8, 4, "one\ntwo\nthree"},
		{"one two three", 8, 0, "one two\nthree"},
		{"a label: ", 9, 0, "a label: "},
		{"https://app.example.com/callback is long", 10, 0, "https://app.example.com/callback\nis long"},
		{"two\nlines here", 6, 0, "two\nlines\nhere"},
		{"not wrapped at all", 0, 0, "not wrapped at all"},
	} {
		if got := wrap(row.text, row.width, row.used); got != row.want {
			t.Errorf("%q in %d: %q, want %q", row.text, row.width, got, row.want)
		}
	}
}

// A secret that a server repeats is not shown, wherever its words are wrapped and
// however many spaces it has.
func TestNoSecretInWhatAServerSays(t *testing.T) {
	const secret = "correct  horse battery staple"
	p := newPerson(t)
	said := ""
	at := &Terminal{In: p.tty, Err: p.tty, Tell: func(text string) { said += text + "\n" },
		Scrub: func(text string) string { return strings.ReplaceAll(text, secret, "[redacted]") }}
	c := &Credentials{Terminal: at}
	for indent := range 80 {
		long := strings.Repeat("x ", indent) + secret
		c.show(pingone.Question{Flow: &pingone.Flow{PromptText: long, Texts: map[string]string{"note": strings.Repeat("y ", maxText/2-10) + secret}}})
	}
	if strings.Contains(said, "horse") || strings.Contains(said, "staple") || !strings.Contains(said, "[redacted]") {
		t.Errorf("shown: %.2000s", said)
	}
	if n := len(said) / 80; n > maxText+2000 {
		t.Errorf("%d bytes for one question", n)
	}
	for _, line := range strings.Split(said, "\n") {
		if len(line) > 80 {
			t.Errorf("a line of %d columns: %q", len(line), line)
		}
	}
}
