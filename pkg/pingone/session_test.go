package pingone

import (
	"fmt"
	"net/http"
	"slices"
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
		{"an empty value is a value", [][]string{{"AWSELB=; Path=/x"}}, "AWSELB="},
		{"quotes are part of the value", [][]string{{`ST="a b"`}}, `ST="a b"`},
		{"a quote, a backslash, a tab, other letters", [][]string{{"a=x\"y", `b=x\y`, "c=x\ty", "d=\u00fc", "e=\xfc"}}, "a=x\"y; b=x\\y; c=x\ty; d=\u00fc; e=\xfc"},
		{"odd names", [][]string{{"a b=1", "a@b=2", "\u00fc=3", `"q"=4`}}, "a b=1; a@b=2; \u00fc=3; \"q\"=4"},
		{"white space round name and value", [][]string{{" ST \t=  a  ; Path=/"}}, "ST=a"},
		{"the first = divides", [][]string{{"ST=a=b=="}}, "ST=a=b=="},
		{"names have letter case", [][]string{{"ST=a", "st=b"}}, "ST=a; st=b"},
		{"deleted by a year of two digits", [][]string{{"ST=a"}, {"ST=x; Expires=Thu, 01-Jan-70 00:00:01 GMT"}}, ""},
		{"a year of two digits to come", [][]string{{"ST=a; Expires=Fri, 02-Jan-69 03:04:06 GMT"}}, "ST=a"},
		{"deleted by asctime's date", [][]string{{"ST=a"}, {"ST=x; expires=Thu Jan  1 00:00:00 1970"}}, ""},
		{"deleted by a date without a zone", [][]string{{"ST=a"}, {"ST=x; Expires=1 January 1999 10:00:00"}}, ""},
		{"a date that is none", [][]string{{"ST=a; Expires=Thu, 31 Feb 1999 00:00:00 GMT", "a=b; Expires=soon"}}, "ST=a; a=b"},
		{"deleted by a negative Max-Age", [][]string{{"ST=a"}, {"ST=x; max-age=-5"}}, ""},
		{"a Max-Age that is no number", [][]string{{"ST=a; Max-Age=1h"}}, "ST=a"},
		{"a Max-Age beyond all numbers", [][]string{{"ST=a; Max-Age=99999999999999999999999999"}}, "ST=a"},
		{"the last of two attributes", [][]string{{"ST=a"}, {"ST=x; Max-Age=60; Max-Age=0"}}, ""},
		{"Max-Age is stronger than an old date", [][]string{{"ST=a; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT"}}, "ST=a"},
		{"a date to come", [][]string{{"ST=a; Expires=Fri, 02 Jan 2026 04:00:00 GMT"}}, "ST=a"},
		{"no cookie at all", [][]string{{"nonsense"}, {""}, {"=x"}}, ""},
		{"a control character", [][]string{{"a\x00b=c", "ST=a\x7f", "ST=a\x01; Path=/"}}, ""},
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

// ST and its twin are sent whatever else a server sets, and when.
func TestSessionIsBounded(t *testing.T) {
	many := make([]string, 60)
	for i := range many {
		many[i] = fmt.Sprintf("c%d=v", i)
	}
	long := []string{"a=" + strings.Repeat("x", 4000), "b=" + strings.Repeat("x", 4000), "c=v"}
	session := []string{"ST=a", "ST-NO-SS=a"}
	for name, row := range map[string]struct {
		lines []string
		kept  int
		gone  string // one that is dropped
	}{
		"21 cookies":          {append(slices.Clone(many[:20]), session...), 22, ""},
		"too many before":     {append(slices.Clone(many), session...), 50, "c59"},
		"too many after":      {append(slices.Clone(session), many...), 50, "c59"},
		"too long before":     {append(slices.Clone(long), session...), 4, "b"},
		"too long after":      {append(slices.Clone(session), long...), 4, "b"},
		"too long by itself":  {[]string{"ST=" + strings.Repeat("x", 7000), "a=b"}, 1, "ST"},
		"replaced by shorter": {append(slices.Clone(long), "b=v"), 3, ""},
	} {
		var s Session
		s.collect(http.Header{"Set-Cookie": row.lines}, time.Now())
		if n := len(s.Cookies); n != row.kept || len(s.header()) > maxCookieBytes {
			t.Errorf("%s: %d cookies are kept", name, n)
		}
		if got := s.Dropped; row.gone == "" && len(got) > 0 || row.gone != "" && !slices.Contains(got, row.gone) {
			t.Errorf("%s: dropped %q", name, got)
		}
		if sent := s.header(); row.gone != "ST" && slices.Contains(row.lines, "ST=a") && (!strings.Contains(sent, "ST=a") || !strings.Contains(sent, "ST-NO-SS=a")) {
			t.Errorf("%s: sends %q", name, sent)
		}
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
	for _, line := range []string{"ST=a; Path=/; Secure", "ST=; Max-Age=0", "ST=\"a b\"", "a=b=c; x", ";;;", "ST=a\r\nX: y", "\xff=\xfe",
		"ST=a; Expires=Thu, 01-Jan-70 00:00:01 GMT", "ST=a; Expires=0:0:0x 99 feb 0", "\u0085=\u2028"} {
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
		if len(header) > maxCookieBytes {
			t.Errorf("%d bytes are sent", len(header))
		}
		if n := strings.Count(header, ";"); len(s.Cookies) > 0 && n != len(s.Cookies)-1 {
			t.Errorf("%q and %q make %d cookies of %q", first, second, n+1, header)
		}
	})
}
