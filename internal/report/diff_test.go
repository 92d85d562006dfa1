package report

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/implicit-cli/implicit/internal/wire"
)

// jwtOf is a token with these claims and no signature that holds.
func jwtOf(claims string) string {
	part := base64.RawURLEncoding.EncodeToString
	return part([]byte(`{"alg":"RS256"}`)) + "." + part([]byte(claims)) + ".AAAA"
}

func diffOf(t *testing.T, a, b string, all bool) string {
	t.Helper()
	redactor := wire.NewRedactor(nil, wire.Options{})
	var subjects [2]*Subject
	for i, text := range []string{a, b} {
		var err error
		if subjects[i], err = ReadSubject(context.Background(), []byte(text), redactor); err != nil {
			t.Fatal(err)
		}
	}
	var lines []string
	for _, d := range Diff(subjects[0], subjects[1], all) {
		line := d.Name
		for _, side := range []*string{d.A, d.B} {
			if line += " | "; side != nil {
				line += *side
			}
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func TestDiffOfTokens(t *testing.T) {
	for _, c := range []struct {
		a, b string
		all  bool
		want string
	}{
		{`{"sub":"a","exp":1,"nonce":"n1","jti":"1"}`, `{"jti":"2","nonce":"n2","exp":2,"sub":"a"}`, false, ""},
		{`{"sub":"a"}`, `{"sub":"b"}`, false, "claims.sub | a | b"},
		{`{"aud":["a", "b"]}`, `{"aud":["b","a"]}`, false, `claims.aud | ["a","b"] | ["b","a"]`},
		{`{"n":1}`, `{"n":"1"}`, false, `claims.n | 1 | "1"`},
		{`{"big":12345678901234567890}`, `{"big":12345678901234567891}`, false, "claims.big | 12345678901234567890 | 12345678901234567891"},
		{`{"address":{"country":"DE"}}`, `{"address":{"country":"AT"},"acr":"x"}`, false, "claims.address.country | DE | AT\nclaims.acr |  | x"},
		{`{"exp":1}`, `{"exp":2}`, true, "claims.exp | 1 | 2"},
	} {
		if got := diffOf(t, jwtOf(c.a), jwtOf(c.b), c.all); got != c.want {
			t.Errorf("%s and %s:\n%s\nexpected:\n%s", c.a, c.b, got, c.want)
		}
	}
	if got := diffOf(t, jwtOf(`{"nonce":"secret-1"}`), jwtOf(`{"nonce":"secret-2"}`), true); !strings.Contains(got, "«") || strings.Contains(got, "secret") {
		t.Errorf("a nonce is shown: %s", got)
	}
}

// A hop that is in one recording only does not shift the others.
func TestDiffAlignsHops(t *testing.T) {
	hop := func(path string, status int) string {
		return fmt.Sprintf(`,{"startedDateTime":"2026-11-25T14:00:01Z","request":{"method":"GET","url":"https://a.example%s"},"response":{"status":%d}}`, path, status)
	}
	recording := func(hops ...string) string {
		return `{"log":{"entries":[{"startedDateTime":"2026-11-25T14:00:00Z","request":{"method":"GET","url":"https://a.example/as/authorize?client_id=c&response_type=token"},"response":{"status":302}}` +
			strings.Join(hops, "") + `]}}`
	}
	a := recording(hop("/flows/0e1f2a3b-4c5d-4e6f-8a7b-9c0d1e2f3a4b", 200), hop("/as/resume", 302))
	b := recording(hop("/flows/1e1f2a3b-4c5d-4e6f-8a7b-9c0d1e2f3a4b", 200), hop("/mfa", 200), hop("/as/resume", 400))
	want := "hop |  | GET /mfa\nGET /as/resume status | 302 | 400"
	if got := diffOf(t, a, b, false); got != want {
		t.Errorf("%s\nexpected:\n%s", got, want)
	}
}

func FuzzReadSubject(f *testing.F) {
	f.Add(jwtOf(`{"sub":"a","address":{"a":[1,{}]}}`))
	f.Add(`{"valid":true,"claims":{"id_token":{"sub":"a"}},"checks":[{"name":"state","status":"pass"}]}`)
	f.Add(`{"log":{"entries":[{"request":{"url":"https://a.example/?client_id=c&response_type=token"}}]}}`)
	f.Fuzz(func(t *testing.T, text string) {
		redactor := wire.NewRedactor(nil, wire.Options{})
		s, err := ReadSubject(context.Background(), []byte(text), redactor)
		if err != nil {
			return
		}
		if found := Diff(s, s, true); len(found) > 0 {
			t.Errorf("differs from itself: %v", found)
		}
	})
}
