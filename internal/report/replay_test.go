package report

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/implicit-cli/implicit/internal/wire"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// replayOf replays a HAR; jwks may be empty.
func replayOf(t *testing.T, har, jwks string) *Replay {
	t.Helper()
	p, err := tryReplay(t, har, jwks)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func tryReplay(t *testing.T, har, jwks string) (*Replay, error) {
	t.Helper()
	a, err := ReadHAR([]byte(har))
	if err != nil {
		t.Fatal(err)
	}
	var keys *implicit.KeySet
	if jwks != "" {
		if keys, err = implicit.NewStaticKeySet([]byte(jwks)); err != nil {
			t.Fatal(err)
		}
	}
	return NewReplay(context.Background(), a, Given{Keys: keys})
}

func hasLack(p *Replay, code string) bool {
	return slices.ContainsFunc(p.Lacks, func(l Lack) bool { return l.Code == code })
}

// harFixture reads a file of testdata/recordings.
func harFixture(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "testdata", "recordings", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestReplayOfBrowsersFiles(t *testing.T) {
	jwks := harFixture(t, "jwks.json")
	for _, c := range []struct{ file, place, lacks string }{
		{"chromium-fragment.har", "the Location of entry 4", ""},
		{"chromium-fragment-sanitized.har", "the Location of entry 4", "cookies"},
		{"chromium-form-post.har", "the posted form of entry 5", ""},
		{"firefox-fragment.har", "the Location of entry 4", ""},
	} {
		p := replayOf(t, harFixture(t, c.file), jwks)
		if p.Place != c.place || p.Valid == nil || !*p.Valid || len(p.Unchecked) > 0 {
			t.Errorf("%s: found in %s, valid %v, unchecked %v, checks %v", c.file, p.Place, p.Valid, p.Unchecked, p.Checks)
		}
		if codes := codesOf(p.Lacks); codes != c.lacks {
			t.Errorf("%s lacks %q, expected %q", c.file, codes, c.lacks)
		}
		if p := replayOf(t, harFixture(t, c.file), ""); p.Valid != nil || !slices.Equal(p.Unchecked, []string{"signature"}) {
			t.Errorf("%s without keys: valid %v, unchecked %v", c.file, p.Valid, p.Unchecked)
		}
	}
}

func codesOf(lacks []Lack) string {
	var codes []string
	for _, l := range lacks {
		codes = append(codes, l.Code)
	}
	return strings.Join(codes, " ")
}

// Safari's files have no redirect: neither the authorize request nor a fragment.
func TestReplayOfSafarisFiles(t *testing.T) {
	p := replayOf(t, harFixture(t, "webkit-form-post.har"), harFixture(t, "jwks.json"))
	if p.Place != "the posted form of entry 3" || p.Valid != nil || codesOf(p.Lacks) != "request" {
		t.Errorf("form_post: found in %s, valid %v, lacks %v", p.Place, p.Valid, p.Lacks)
	}
	if c, failed := p.Failed(); failed {
		t.Errorf("what the recording lacks is a failed check: %v", c)
	}
	_, err := tryReplay(t, harFixture(t, "webkit-fragment.har"), "")
	var refused *HARError
	if !errors.As(err, &refused) || !strings.Contains(refused.Problem, "Safari") {
		t.Errorf("fragment: %v", err)
	}
}

// A page of a real application makes hundreds of calls, some with tokens of others.
func TestSignOnIsFoundAmongOthers(t *testing.T) {
	noise := func(i int) map[string]any {
		address := fmt.Sprintf("https://cdn.example.net/%d.js?error=x&state=%d", i, i)
		if i%3 == 0 {
			address = "https://api.example.net/v1/me?access_token=another"
		}
		if i%5 == 0 {
			address = "https://login.example.net/authorize?response_type=code&client_id=other&state=s&redirect_uri=https%3A%2F%2Fapp.example.net"
		}
		return map[string]any{"startedDateTime": fmt.Sprintf("2026-11-25T14:%02d:%02d.000Z", 10+i/60, i%60),
			"request":  map[string]any{"method": "GET", "url": address},
			"response": map[string]any{"status": 302, "headers": []any{map[string]any{"name": "location", "value": "https://app.example.net/?code=c&state=s"}}}}
	}
	text := edited(t, harFixture(t, "chromium-fragment.har"), func(entries []any) []any {
		for i := range 900 {
			entries = append(entries, noise(i))
		}
		return entries
	})
	p := replayOf(t, text, harFixture(t, "jwks.json"))
	if p.Valid == nil || !*p.Valid || p.SignOns != 1 {
		t.Errorf("sign-ons %d, response in %s, checks %v", p.SignOns, p.Place, p.Checks)
	}
}

// The last sign-on counts; a silent one only without another, and an error only
// without tokens for the same request.
func TestWhichSignOnIsReplayed(t *testing.T) {
	const start = `{"log":{"entries":[`
	at := 0
	hop := func(request, location string) string {
		at++
		return fmt.Sprintf(`{"startedDateTime":"2026-11-25T14:00:%02dZ","request":{"method":"GET","url":"https://a.example/as/%s"},"response":{"status":302,"redirectURL":"https://b.example/cb#%s"}}`, at, request, location)
	}
	authorize := func(state, more, location string) string {
		return hop("authorize?client_id=c&response_type=token&redirect_uri=https%3A%2F%2Fb.example%2Fcb&state="+state+more, location)
	}
	tokens := func(state string) string { return "access_token=" + state + "&token_type=Bearer&state=" + state }
	for what, c := range map[string]struct {
		hops []string
		want string
	}{
		"the last of two":                {[]string{authorize("s1", "", tokens("s1")), authorize("s2", "", tokens("s2"))}, "s2"},
		"a refusal after a success":      {[]string{authorize("s1", "", tokens("s1")), authorize("s2", "", "error=access_denied&state=s2")}, "s2"},
		"a silent attempt before":        {[]string{authorize("s1", "&prompt=none", "error=login_required&state=s1"), authorize("s2", "", tokens("s2"))}, "s2"},
		"a silent renewal after":         {[]string{authorize("s1", "", tokens("s1")), authorize("s2", "&prompt=none", "error=login_required&state=s2")}, "s1"},
		"a silent one alone":             {[]string{authorize("s1", "&prompt=none", "error=login_required&state=s1")}, "s1"},
		"two tabs, answers crossed":      {[]string{authorize("s1", "", ""), authorize("s2", "", ""), hop("resume?a", tokens("s2")), hop("resume?b", tokens("s1"))}, "s2"},
		"tokens of a request not known":  {[]string{authorize("s1", "", tokens("s1")), `{"startedDateTime":"2026-11-25T15:00:00Z","request":{"method":"GET","url":"https://other.example/cb#access_token=x&state=y"}}`}, "s1"},
		"a code request between the two": {[]string{authorize("s1", "", tokens("s1")), hop("authorize?client_id=c&response_type=code&state=s3", "")}, "s1"},
	} {
		p := replayOf(t, start+strings.Join(c.hops, ",")+"]}}", "")
		if p.Response == nil || p.Response.State != c.want || p.Request["state"] != c.want {
			t.Errorf("%s: response %v, request %v", what, p.Response, p.Request)
		}
	}
}

// edited changes the entries of a HAR.
func edited(t *testing.T, har string, change func(entries []any) []any) string {
	t.Helper()
	var file struct {
		Log map[string]any `json:"log"`
	}
	if err := json.Unmarshal([]byte(har), &file); err != nil {
		t.Fatal(err)
	}
	file.Log["entries"] = change(file.Log["entries"].([]any))
	text, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestReplayFindsWhatIsWrong(t *testing.T) {
	har, jwks := harFixture(t, "chromium-fragment.har"), harFixture(t, "jwks.json")
	for _, c := range []struct{ what, old, new, check string }{
		{"another state was requested", "state=a-state-of-the-test", "state=another", "state"},
		{"another nonce was requested", "nonce=a-nonce-of-the-test", "nonce=another", "nonce"},
		{"another client asked", "client_id=c11e0000-0000-4000-8000-000000000001&", "client_id=other&", "audience"},
		{"recorded after a year", "2026-11-25T", "2027-11-25T", "expiry"},
	} {
		changed := strings.ReplaceAll(har, c.old, c.new)
		if !strings.HasSuffix(c.old, "T") {
			changed = edited(t, har, func(entries []any) []any {
				request := entries[0].(map[string]any)["request"].(map[string]any)
				request["url"] = strings.Replace(request["url"].(string), c.old, c.new, 1)
				return entries
			})
		}
		for _, keys := range []string{jwks, ""} {
			p := replayOf(t, changed, keys)
			if failed, ok := p.Failed(); !ok || failed.Name != c.check || p.Valid == nil || *p.Valid {
				t.Errorf("%s (keys: %v): failed %v, valid %v", c.what, keys != "", failed, p.Valid)
			}
		}
	}
}

// A browser's recording, redacted for others, holds no secret and says the same.
func TestRedactedRecordingIsReplayed(t *testing.T) {
	for _, name := range []string{"chromium-fragment.har", "chromium-form-post.har", "firefox-fragment.har"} {
		har := harFixture(t, name)
		a, err := ReadHAR([]byte(har))
		if err != nil {
			t.Fatal(err)
		}
		before := replayOf(t, har, "")
		var file bytes.Buffer
		if err := (Run{Command: "replay", Recording: a.Redacted(wire.NewRedactor(nil, wire.Options{}))}).HAR(&file); err != nil {
			t.Fatal(err)
		}
		tokens := before.Response.AccessToken.Reveal()
		secrets := map[string]string{"password": "fake-password-1", "state": "a-state-of-the-test", "nonce": "a-nonce-of-the-test", "signature": tokens[strings.LastIndexByte(tokens, '.')+1:]}
		for what, secret := range secrets {
			if strings.Contains(file.String(), secret) || strings.Contains(file.String(), url.QueryEscape(secret)) {
				t.Errorf("%s: the redacted file holds the %s", name, what)
			}
		}
		p := replayOf(t, file.String(), harFixture(t, "jwks.json"))
		if p.Valid != nil || !slices.Equal(p.Unchecked, []string{"signature", "at_hash"}) || !hasLack(p, "tokens") {
			t.Errorf("%s redacted: valid %v, unchecked %v, lacks %v", name, p.Valid, p.Unchecked, p.Lacks)
		}
		if failed, ok := p.Failed(); ok {
			t.Errorf("%s redacted: failed %v", name, failed)
		}
		for _, c := range p.Checks {
			if slices.Contains([]string{"state", "nonce", "issuer", "audience", "expiry"}, c.Name) && c.Status != implicit.StatusPass {
				t.Errorf("%s redacted: %v", name, c)
			}
		}
	}
}

// What a file says about its checks proves nothing: anyone can write it.
func TestRecordedChecksDecideNothing(t *testing.T) {
	har := harFixture(t, "chromium-fragment.har")
	lying := strings.Replace(har, `"log": {`, `"log": {"_implicit":{"checks":[{"name":"signature","status":"pass","detail":"RS256"},{"name":"state","status":"fail","detail":"no"}],"verdict":{"valid":true}},`, 1)
	p := replayOf(t, lying, "")
	if p.Valid != nil || !slices.Contains(p.Unchecked, "signature") {
		t.Errorf("valid %v, unchecked %v", p.Valid, p.Unchecked)
	}
	for _, c := range p.Checks {
		if c.Name == "signature" && c.Status != implicit.StatusSkip || c.Status == implicit.StatusFail {
			t.Errorf("check %v", c)
		}
	}
}

func TestReadHARRefuses(t *testing.T) {
	for what, text := range map[string]string{
		"no JSON": "HTTP/1.1 200 OK", "no log": `{"id":"x"}`, "no entries": `{"log":{}}`, "another type": `{"log":{"entries":[{"request":7}]}}`,
		"too many entries": `{"log":{"entries":[` + strings.Repeat("{},", 20_000) + `{}]}}`,
	} {
		var refused *HARError
		if _, err := ReadHAR([]byte(text)); !errors.As(err, &refused) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func FuzzReadHAR(f *testing.F) {
	// Small seeds: the files of browsers are too large to be mutated.
	f.Add([]byte(`{"log":{"entries":[{"startedDateTime":"2026-11-25T14:21:43.663Z","request":{"url":"https://a.example/as/authorize?client_id=c&response_type=token&state=s&redirect_uri=https://b.example/"},"response":{"status":302,"headers":[{"name":"Location","value":"https://b.example/#access_token=a&token_type=Bearer&state=s"}]}}]}}`))
	f.Add([]byte(`{"log":{"_implicit":{},"entries":[{"_implicit":{"kind":"pasted","url":"https://a.example/#access_token=«1»&state=«2»"},"response":{"status":302,"redirectURL":"a#id_token=a.b.«c»"}}]}}`))
	f.Add([]byte(`{"log":{"entries":[{"time":1e300,"startedDateTime":"x","request":{"postData":{"params":[{"name":"access_token","value":"%zz"}]},"method":"POST"},"response":{"status":200,"content":{"encoding":"base64","text":"PGZvcm0"}}}]}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		a, err := ReadHAR(text)
		if err != nil {
			return
		}
		p, err := NewReplay(context.Background(), a, Given{})
		if err != nil {
			return
		}
		if p.Valid != nil && *p.Valid && len(p.Checks) > 0 && !p.Response.IDToken.Empty() {
			t.Errorf("tokens are valid without a key: %v", p.Checks)
		}
		a.Redacted(wire.NewRedactor(nil, wire.Options{}))
	})
}

// What a recording does not hold, its user may know.
func TestReplayOfWhatIsGiven(t *testing.T) {
	a, err := ReadHAR([]byte(harFixture(t, "webkit-form-post.har")))
	if err != nil {
		t.Fatal(err)
	}
	status := func(g Given, check string) string {
		t.Helper()
		p, err := NewReplay(context.Background(), a, g)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(p.Checks, func(c implicit.Check) bool { return c.Name == check })
		return string(p.Checks[i].Status)
	}
	for _, check := range []string{"issuer", "audience"} {
		if got := status(Given{}, check); got != "skip" {
			t.Errorf("%s: %s, though nothing says what to expect", check, got)
		}
		if got := status(Given{Issuer: "https://other.example.com/as", ClientID: "another"}, check); got != "fail" {
			t.Errorf("%s of another: %s", check, got)
		}
	}
}
