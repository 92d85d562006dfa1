package words

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

func TestWhen(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for distance, want := range map[time.Duration]string{
		0: "now", 400 * time.Millisecond: "now", time.Second: "in 1 second", -time.Minute: "1 minute ago", 90 * time.Minute: "in 90 minutes",
		3 * time.Hour: "in 3 hours", -49 * time.Hour: "2 days ago", 47 * time.Hour: "in 47 hours",
	} {
		at := now.Add(distance)
		if got := When(at, now); got != at.Format("2006-01-02 15:04:05 UTC")+" ("+want+")" {
			t.Errorf("%v: %s, expected %s", distance, got, want)
		}
	}
	if got := Span(10 * time.Millisecond); got != "less than a second" {
		t.Errorf("10 ms: %s", got)
	}
}

func TestTextQuotesWhatIsNotPlain(t *testing.T) {
	for text, want := range map[string]string{
		"jane doé": "jane doé", "": `""`, " x": `" x"`, `a"b`: `"a\"b"`, "a\nb": `"a\nb"`, "\x1b[31m": `"\x1b[31m"`, "a\u202eb": `"a\u202eb"`, "\xff": `"\xff"`,
	} {
		if got := Text(text); got != want {
			t.Errorf("%q: %s, expected %s", text, got, want)
		}
	}
}

func TestJSONDrivesNoTerminal(t *testing.T) {
	var b strings.Builder
	if err := JSON(&b, "<a>\x1b\u009b\x7f\u202e\u2028\U000e0041\xff"); err != nil {
		t.Fatal(err)
	}
	if want := `"<a>\u001b\u009b\u007f\u202e\u2028\udb40\udc41\ufffd"` + "\n"; b.String() != want {
		t.Errorf("%s, expected %s", b.String(), want)
	}
}

// A server chooses what is scrubbed: no text may take long.
func TestScrubOfManyEscapesIsQuick(t *testing.T) {
	s := scrubberOf(longSecrets...)
	began := time.Now()
	s.Scrub(strings.Repeat(`%2525\\\u0041&amp;amp;+`, 3000))
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %v", took)
	} else {
		t.Log(took)
	}
}

// A claim that is null or no text names no one: OpenID Connect Core section 5.3.2.
func TestWhoIsNamedByTextAlone(t *testing.T) {
	for claims, want := range map[string]string{
		`{"preferred_username":null,"email":7,"name":"Alice"}`:     "Alice",
		`{"preferred_username":null,"email":null,"name":null}`:     "",
		`{"preferred_username":["a"],"email":{"a":1},"name":true}`: "",
		`{"preferred_username":"","email":"a@example.com"}`:        "a@example.com",
	} {
		enc := base64.RawURLEncoding.EncodeToString
		token, err := implicit.DecodeUnverified(enc([]byte(`{"alg":"none"}`)) + "." + enc([]byte(claims)) + ".")
		if err != nil {
			t.Fatal(err)
		}
		if got := Who(&implicit.Result{Unverified: implicit.Unverified{IDToken: token}}, nil); got != want {
			t.Errorf("%s names %q", claims, got)
		}
		if got := Who(new(implicit.Result), token); got != want {
			t.Errorf("%s of userinfo names %q", claims, got)
		}
	}
}
