package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strings"
	"testing"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// The vector of RFC 7636 appendix B.
func TestCodeRequestOfTheRFC(t *testing.T) {
	t.Parallel()
	const verifier, challenge = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
	secret, err := base64.RawURLEncoding.DecodeString(verifier)
	if err != nil {
		t.Fatal(err)
	}
	req := implicit.NewRequest("https://id.example.com/authorize?tenant=a", "app", "https://app.example.com/callback")
	p, err := codeRequest(req, bytes.NewReader(secret))
	if err != nil {
		t.Fatal(err)
	}
	if p.verifier != verifier || !strings.HasSuffix(p.address(), "&code_challenge="+challenge+"&code_challenge_method=S256") {
		t.Errorf("verifier %s, request %s", p.verifier, p.address())
	}
	if !strings.HasPrefix(p.address(), req.Endpoint+"&response_type=code&client_id=app&") {
		t.Errorf("the endpoint's query is lost: %s", p.address())
	}
	if _, err := codeRequest(req, bytes.NewReader(secret[:31])); err == nil {
		t.Error("a short verifier is taken")
	}
}

// The request is the same but for the grant; nothing is sent, and only --dry-run prints
// what is secret.
func TestAuthorizeAsCode(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	args := []string{"authorize", "--state", "fake-state-1234", "--nonce", "fake-nonce-1234", "--scope", "openid profile", "--acr-values", "Single_Factor", "--param", "x=y z"}
	query := func(args ...string) (url.Values, map[string]any) {
		object := b.run(append(args, "--dry-run", "-o", "json")...).exits(0).object()
		u, err := url.Parse(object["url"].(string))
		if err != nil {
			t.Fatal(err)
		}
		return u.Query(), object
	}
	before, _ := query(args...)
	after, object := query(append(args, "--as", "code")...)
	hash := sha256.Sum256([]byte(object["code_verifier"].(string)))
	for name, want := range map[string]string{"response_type": "code", "response_mode": "", "code_challenge_method": "S256", "code_challenge": base64.RawURLEncoding.EncodeToString(hash[:])} {
		if after.Get(name) != want {
			t.Errorf("%s is %q, expected %q", name, after.Get(name), want)
		}
		before.Del(name)
		after.Del(name)
	}
	if before.Encode() != after.Encode() {
		t.Errorf("the rest differs: %v, %v", before, after)
	}
	if shown := b.run(append(args, "--as", "code")...).exits(0).out; strings.Contains(shown, "fake-") || !strings.Contains(shown, "S256_REQUIRED") {
		t.Errorf("without --dry-run: %s", shown)
	}
	text := b.run(append(args, "--as", "code", "--dry-run")...).exits(0).out
	if lines := strings.Split(text, "\n"); len(lines) != 3 || !strings.HasPrefix(lines[1], "code_verifier: ") {
		t.Errorf("with --dry-run: %s", text)
	}
	for _, mode := range []string{"form_post", "pi.flow"} {
		if q, _ := query("authorize", "--as", "code", "--response-mode", mode); q.Get("response_mode") != mode {
			t.Errorf("%s: %v", mode, q)
		}
	}
	for _, wrong := range [][]string{{"--as", "token"}, {"--as="}, {"--as", "code", "--param", "code_challenge=x"}, {"--as", "code", "--response-mode", "query", "--issuer", "https://127.0.0.1:1"}} {
		b.run(append([]string{"authorize"}, wrong...)...).exits(2)
	}
	if lines := b.seen.lines(); len(lines) > 0 {
		t.Errorf("sent: %q", lines)
	}
}

// Another provider has no PingOne console.
func TestAuthorizeAsCodeElsewhere(t *testing.T) {
	t.Parallel()
	shown := newBench(t).withProvider(newOtherProvider(t)).run("authorize", "--as", "code").exits(0).out
	if !strings.Contains(shown, "token_endpoint_auth_method") || strings.Contains(shown, "PingOne") {
		t.Errorf("shown: %s", shown)
	}
}
