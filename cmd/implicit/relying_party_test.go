package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/implicit-cli/implicit/internal/fault"
)

// The OpenID Foundation's tests of a relying party, for the profiles implicit
// and form-post implicit: github.com/openid-certification/conformance-suite,
// OIDCCClientImplicitTestPlan, OIDCCClientFormPostImplicitTestPlan, and of
// OIDCCClientTestPlan and OIDCCClientConfigTestPlan what has a meaning for
// them. What is left out is about codes (client secrets, c_hash, refresh),
// request objects, registration, WebFinger, encryption, aggregated and
// distributed claims, log-out, and the access token in the body.

const (
	idOnly    = "id_token"
	withToken = "id_token token"
	both      = idOnly + "," + withToken

	eachMode = "fragment,form_post"
)

// relyingPartyTest is one of them. The login at the provider as set must be
// valid; where there is a fault, the one after it has the outcome.
type relyingPartyTest struct {
	id  string // of the module
	old string // of the test that it replaced
	in  string // response types
	by  string // modes; empty: each

	args  []string
	set   func(*faultyProvider)
	fault func(*faultyProvider) // one thing more

	exit int
	code string // the error's code; of a refused token the check that refused it

	seen func(*testing.T, *faultyProvider, map[string]any) // after a valid login
}

func relyingPartyTests(keys signingKeys) []relyingPartyTest {
	claim := func(name string, value any) func(*faultyProvider) {
		return func(p *faultyProvider) { p.claims[name] = value }
	}
	signedBy := func(k signingKey, kid any) func(*faultyProvider) {
		return func(p *faultyProvider) { p.signer, p.header["kid"] = k, kid }
	}
	algorithms := func(names ...string) func(*faultyProvider) {
		return func(p *faultyProvider) { p.metadata["id_token_signing_alg_values_supported"] = names }
	}
	curve := func(p *faultyProvider) {
		algorithms("RS256", "ES256")(p)
		p.signer, p.keys = keys.ec, []map[string]any{keys.first.jwk(), keys.ec.jwk()}
	}
	spoiled := func(p *faultyProvider) { p.spoiled = true }
	withoutKid := func(p *faultyProvider) {
		p.header["kid"] = nil
		p.keys = []map[string]any{changed(keys.first.jwk(), map[string]any{"kid": nil})}
	}
	shared := signingKey{alg: "HS256", secret: []byte("the-secret-of-the-client-0123456789")}

	return []relyingPartyTest{
		// The certification profiles.
		{id: "oidcc-client-test", old: "rp-response_type-id_token, rp-response_type-id_token+token", in: both},
		{id: "oidcc-client-test-invalid-iss", old: "rp-id_token-issuer-mismatch", in: both,
			fault: claim("iss", "https://other.example.com"), exit: 5, code: "issuer"},
		{id: "oidcc-client-test-missing-sub", old: "rp-id_token-sub", in: both, fault: claim("sub", nil), exit: 5, code: "subject"},
		{id: "oidcc-client-test-invalid-aud", old: "rp-id_token-aud", in: both, fault: claim("aud", "another"), exit: 5, code: "audience"},
		{id: "oidcc-client-test-missing-iat", old: "rp-id_token-iat", in: both, fault: claim("iat", nil), exit: 5, code: "issued_at"},
		{id: "oidcc-client-test-kid-absent-single-jwks", old: "rp-id_token-kid-absent-single-jwks", in: both, set: withoutKid},
		{id: "oidcc-client-test-kid-absent-multiple-jwks", old: "rp-id_token-kid-absent-multiple-jwks", in: both, set: withoutKid,
			fault: func(p *faultyProvider) {
				p.keys = append(p.keys, changed(keys.second.jwk(), map[string]any{"kid": nil}))
			},
			exit: 5, code: "key"},
		{id: "oidcc-client-test-idtoken-sig-rs256", old: "rp-id_token-sig-rs256", in: both},
		{id: "oidcc-client-test-invalid-sig-rs256", old: "rp-id_token-bad-sig-rs256", in: both, fault: spoiled, exit: 5, code: "signature"},
		{id: "oidcc-client-test-invalid-athash", old: "rp-id_token-bad-at_hash", in: withToken,
			fault: claim("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"), exit: 5, code: "at_hash"},
		{id: "oidcc-client-test-missing-athash", old: "rp-id_token-missing-at_hash", in: withToken,
			fault: claim("at_hash", nil), exit: 5, code: "at_hash"},
		{id: "oidcc-client-test-userinfo-invalid-sub", old: "rp-userinfo-bad-sub-claim", in: withToken, args: []string{"--userinfo"},
			fault: func(p *faultyProvider) { p.userInfo["sub"] = "somebody else" }, exit: 5, code: "userinfo"},
		{id: "oidcc-client-test-nonce-unless-code-flow", old: "rp-nonce-unless-code-flow", in: both, seen: sawNonce},
		{id: "oidcc-client-test-nonce-invalid", old: "rp-nonce-invalid", in: both, fault: claim("nonce", "another"), exit: 5, code: "nonce"},
		{id: "oidcc-client-test-scope-userinfo-claims", old: "rp-scope-userinfo-claims", in: idOnly,
			args: []string{"--scope", "openid profile email"}, seen: showsPersonOfIDToken},
		{id: "oidcc-client-test-scope-userinfo-claims", old: "rp-scope-userinfo-claims", in: withToken,
			args: []string{"--scope", "openid profile email", "--userinfo"},
			set:  func(p *faultyProvider) { p.userInfo = userOf("profile email") }, seen: showsPersonOfUserInfo},

		// The comprehensive plan, and older lists.
		{id: "oidcc-client-test-missing-aud", old: "rp-id_token-aud", in: both, fault: claim("aud", nil), exit: 5, code: "audience"},
		{id: "oidcc-client-test", old: "rp-id_token-sig-es256", in: both, set: curve},
		{id: "oidcc-client-test-invalid-sig-es256", old: "rp-id_token-bad-sig-es256", in: both, set: curve, fault: spoiled, exit: 5, code: "signature"},
		{id: "oidcc-client-test", old: "rp-id_token-sig-hs256", in: both, set: algorithms("RS256", "HS256"),
			fault: signedBy(shared, nil), exit: 5, code: "algorithm"},
		{id: "oidcc-client-test-invalid-sig-hs256", old: "rp-id_token-bad-sig-hs256", in: both, set: algorithms("RS256", "HS256"),
			fault: func(p *faultyProvider) { signedBy(shared, nil)(p); spoiled(p) }, exit: 5, code: "algorithm"},
		{id: "oidcc-client-test-idtoken-sig-none", old: "rp-id_token-sig-none", in: both, set: algorithms("RS256", "none"),
			fault: signedBy(signingKey{alg: "none"}, nil), exit: 5, code: "algorithm"},
		{id: "oidcc-client-test", old: "rp-response_mode-form_post", in: both, by: "form_post"},
		{id: "oidcc-client-test-form-post-error", old: "rp-response_mode-form_post-error", in: both, by: "form_post",
			args:  []string{"--prompt", "none", "--max-age", "0"},
			fault: func(p *faultyProvider) { p.refuses = "login_required" }, exit: 4, code: "login_required"},
		{id: "oidcc-client-test-userinfo-bearer-header", old: "rp-userinfo-bearer-header", in: withToken, args: []string{"--userinfo"},
			seen: func(t *testing.T, p *faultyProvider, _ map[string]any) { askedOnce(t, p, "/op/me") }},
		{id: "oidcc-client-test-userinfo-signed", old: "rp-userinfo-sig", in: withToken, args: []string{"--userinfo"},
			set:   func(p *faultyProvider) { p.signedUserInfo = true },
			fault: func(p *faultyProvider) { p.spoiledUserInfo = true }, exit: 5, code: "userinfo"},

		// Discovery and keys.
		{id: "oidcc-client-test-discovery-openid-config", old: "rp-discovery-openid-configuration", in: idOnly, set: moved,
			seen: func(t *testing.T, p *faultyProvider, _ map[string]any) { askedOnce(t, p, "/elsewhere/authorize") }},
		{id: "oidcc-client-test-discovery-jwks-uri-keys", old: "rp-discovery-jwks_uri-keys", in: idOnly, set: moved,
			seen: func(t *testing.T, p *faultyProvider, _ map[string]any) { askedOnce(t, p, "/elsewhere/keys") }},
		{id: "oidcc-client-test-discovery-issuer-mismatch", old: "rp-discovery-issuer-not-matching-config", in: idOnly,
			fault: func(p *faultyProvider) { p.metadata["issuer"] = p.URL + "/another" }, exit: 5, code: "discovery"},
		{id: "oidcc-client-test-signing-key-rotation", old: "rp-key-rotation-op-sign-key", in: idOnly,
			set:   func(p *faultyProvider) { p.keysHeader = "max-age=3600" },
			fault: (*faultyProvider).rotate, seen: fetchedKeysTwice},
		{id: "oidcc-client-test-signing-key-rotation-just-before-signing", old: "rp-key-rotation-op-sign-key-native", in: idOnly,
			set: func(p *faultyProvider) { p.rotateBefore = true }, seen: fetchedKeysTwice},
		{id: "oidcc-client-test-ignores-unparseable-key-in-jwks", in: idOnly, set: func(p *faultyProvider) {
			p.keys = []map[string]any{{"kty": "AKP", "kid": "quantum", "alg": "ML-DSA-4711", "pub": "AAAA"}, {"kty": "MADE-UP", "kid": "made-up"}, keys.first.jwk()}
		}},
	}
}

func moved(p *faultyProvider) { p.base = "/elsewhere" }

func TestRelyingParty(t *testing.T) {
	t.Parallel()
	keys := newSigningKeys(t)
	for _, test := range relyingPartyTests(keys) {
		modes := test.by
		if modes == "" {
			modes = eachMode
		}
		for mode := range strings.SplitSeq(modes, ",") {
			for kinds := range strings.SplitSeq(test.in, ",") {
				t.Run(fmt.Sprintf("%s/%s/%s/%s", test.id, test.old, kinds, mode), func(t *testing.T) {
					t.Parallel()
					test.run(t, newFaultyProvider(t, keys), kinds, mode)
				})
			}
		}
	}
}

func (test relyingPartyTest) run(t *testing.T, p *faultyProvider, kinds, mode string) {
	b := newBench(t).withFaultyProvider(p)
	args := append([]string{"login", "--via", "terminal", "-o", "json", "--response-type", kinds, "--response-mode", mode}, test.args...)
	if test.set != nil {
		test.set(p)
	}
	r := b.run(args...)
	out := sound(r)
	if test.fault != nil {
		test.fault(p)
		if r = b.run(args...); test.exit == 0 {
			out = sound(r)
		} else {
			refused(r, test.exit, test.code)
		}
	}
	if test.seen != nil {
		test.seen(t, p, out)
	}
	if lines := p.leaks(); lines != nil {
		t.Errorf("the access token is in the address or the body of %q", lines)
	}
	if sent := p.sent(); sent.Get("response_type") != kinds || sent.Get("response_mode") != mode {
		t.Errorf("asked for %q", sent)
	}
}

// sound fails the test unless the login is valid and its signature verified.
func sound(r ran) map[string]any {
	r.t.Helper()
	out := r.exits(0).object()
	if out["valid"] != true || out["id_token"] == nil || statusOf(out, "signature") != "pass" || firstFailed(out) != "" {
		r.t.Fatalf("not valid: %s", r.out)
	}
	return out
}

// refused fails the test unless the login ended so, for that reason, and no
// token was printed.
func refused(r ran, exit int, code string) {
	r.t.Helper()
	var failure struct{ Error fault.Fault }
	if err := json.Unmarshal([]byte(r.exits(exit).errOut), &failure); err != nil {
		r.t.Fatalf("standard error is no JSON object: %v\n%s", err, r.errOut)
	}
	if failure.Error.Code != code || failure.Error.Exit != exit || !strings.Contains(failure.Error.Message, code) {
		r.t.Errorf("refused by %s, expected by %s: %s", failure.Error.Code, code, r.errOut)
	}
	if r.out == "" {
		return
	}
	out := r.object()
	if first := firstFailed(out); first != code || out["valid"] != false {
		r.t.Errorf("the first check that failed is %q, expected %s: %s", first, code, r.out)
	}
	if out["id_token"] != nil || out["access_token"] != nil {
		r.t.Errorf("a refused token is printed: %s", r.out)
	}
}

func firstFailed(out map[string]any) string {
	checks, _ := out["checks"].([]any)
	for _, c := range checks {
		if check, ok := c.(map[string]any); ok && check["status"] == "fail" {
			return check["name"].(string)
		}
	}
	return ""
}

func sawNonce(t *testing.T, p *faultyProvider, _ map[string]any) {
	if nonce := p.sent().Get("nonce"); len(nonce) < 22 {
		t.Errorf("the request carried the nonce %q", nonce)
	}
}

func showsPersonOfIDToken(t *testing.T, _ *faultyProvider, out map[string]any) {
	claims, _ := out["claims"].(map[string]any)
	showsPerson(t, claims["id_token"])
}

func showsPersonOfUserInfo(t *testing.T, _ *faultyProvider, out map[string]any) {
	showsPerson(t, out["userinfo"])
}

func showsPerson(t *testing.T, claims any) {
	shown, _ := claims.(map[string]any)
	if shown["name"] != "Jane Doe" || shown["email"] != "jane@example.com" {
		t.Errorf("shown: %v", claims)
	}
}

func askedOnce(t *testing.T, p *faultyProvider, path string) {
	if n := p.count(path); n != 1 {
		t.Errorf("%s was asked %d times, expected once", path, n)
	}
}

func fetchedKeysTwice(t *testing.T, p *faultyProvider, _ map[string]any) {
	if n := p.count("/op/keys"); n != 2 {
		t.Errorf("the keys were fetched %d times, expected twice", n)
	}
}
