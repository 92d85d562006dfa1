package pingone

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

func TestSessionCollectsCookies(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	rows := []struct {
		name    string
		answers [][]string // Set-Cookie lines of each answer
		want    string     // Cookie header
	}{
		{"ST and its twin", [][]string{{"ST=a; Path=/x; Secure; HttpOnly; SameSite=None", "ST-NO-SS=a; Path=/x; Secure"}}, "ST=a; ST-NO-SS=a"},
		{"a later answer replaces", [][]string{{"ST=a", "ST-NO-SS=a"}, {"ST=b"}}, "ST-NO-SS=a; ST=b"},
		{"the last of two in one answer", [][]string{{"ST=a", "ST=b"}}, "ST=b"},
		{"load balancer", [][]string{{"AWSELB=lb; Path=/"}, {"ST=a"}}, "AWSELB=lb; ST=a"},
		{"another path", [][]string{{"ST=a; Path=/elsewhere"}}, "ST=a"},
		{"a foreign Domain changes nothing", [][]string{{"ST=a; Domain=evil.example.com"}}, "ST=a"},
		{"deleted by Max-Age", [][]string{{"ST=a"}, {"ST=x; Max-Age=0"}}, ""},
		{"deleted by an old date", [][]string{{"ST=a"}, {"ST=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT"}}, ""},
		{"deleted by an empty value", [][]string{{"ST=a"}, {"ST=; Path=/x"}}, ""},
		{"Max-Age is stronger than an old date", [][]string{{"ST=a; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT"}}, "ST=a"},
		{"a date to come", [][]string{{"ST=a; Expires=Fri, 02 Jan 2026 04:00:00 GMT"}}, "ST=a"},
		{"no cookie at all", [][]string{{"nonsense"}, {""}, {"=x"}}, ""},
		{"a name that is none", [][]string{{"S T=a", "a\x00b=c"}}, ""},
		{"a value that would begin another cookie", [][]string{{"ST=a, b"}}, "ST=a, b"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			var s Session
			for _, lines := range row.answers {
				s.collect(http.Header{"Set-Cookie": lines}, now)
			}
			if got := s.header(); got != row.want {
				t.Errorf("sends %q, expected %q", got, row.want)
			}
		})
	}
}

func TestSessionIsBounded(t *testing.T) {
	var s Session
	for _, c := range strings.Split(strings.Repeat("x", 200), "") {
		for i := range 100 {
			s.collect(http.Header{"Set-Cookie": {c + string(rune('a'+i%26)) + string(rune('a'+i/26)) + "=v"}}, time.Now())
		}
	}
	if n := len(s.Cookies()); n > maxCookies {
		t.Errorf("%d cookies are kept", n)
	}
}

func TestSessionFromToken(t *testing.T) {
	s := SessionFromToken(implicit.NewSecret("abc"))
	if got := s.header(); got != "ST=abc; ST-NO-SS=abc" {
		t.Error(got)
	}
}

// A cookie of a server never breaks out of its own name and value.
func FuzzSession(f *testing.F) {
	for _, line := range []string{"ST=a; Path=/; Secure", "ST=; Max-Age=0", "ST=\"a b\"", "a=b=c; x", ";;;", "ST=a\r\nX: y", "\xff=\xfe"} {
		f.Add(line, line)
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		var s Session
		s.collect(http.Header{"Set-Cookie": {first}}, time.Unix(0, 0))
		s.collect(http.Header{"Set-Cookie": {second}}, time.Unix(0, 0))
		header := s.header()
		if strings.ContainsAny(header, "\r\n\x00") {
			t.Errorf("%q and %q make the header %q", first, second, header)
		}
		if n := strings.Count(header, ";"); len(s.cookies) > 0 && n != len(s.cookies)-1 {
			t.Errorf("%q and %q make %d cookies of %q", first, second, n+1, header)
		}
	})
}
