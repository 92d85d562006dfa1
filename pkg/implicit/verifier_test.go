package implicit_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// stage signs a scene and returns what verifies it, with the answer.
func stage(t *testing.T, s *scene) (*implicit.Verifier, twin) {
	t.Helper()
	tw := s.answer(t)
	keys, err := implicit.NewStaticKeySet(tw.Keys)
	if err != nil {
		t.Fatal(err)
	}
	v := s.verifier
	v.Keys = keys
	v.Now = func() time.Time { return moment }
	return &v, tw
}

func response(t *testing.T, tw twin) *implicit.Response {
	t.Helper()
	resp, err := implicit.ParseURL(tw.URL, "https://app.example.com/callback")
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

func request() *implicit.Request {
	req := implicit.NewRequest("https://auth.pingone.eu/env/as/authorize", client, "https://app.example.com/callback")
	req.State, req.Nonce = state, nonce
	return req
}

// failed returns the first check that failed; the zero Check where none did.
func failed(r *implicit.Result) implicit.Check {
	var refused *implicit.VerifyError
	errors.As(r.Err(), &refused)
	if refused == nil {
		return implicit.Check{}
	}
	return refused.Check
}

func named(r *implicit.Result, name string) implicit.Check {
	for _, c := range r.Checks {
		if c.Name == name {
			return c
		}
	}
	return implicit.Check{}
}

func TestVerifyDemandsWhatTheRequestSays(t *testing.T) {
	key := newSigner(t, "RS256", "one")
	seconds := int64(60)
	for _, row := range []struct {
		name   string
		change func(*implicit.Request)
		want   string // the check that refuses; "" for none
	}{
		{"the request that was sent", func(*implicit.Request) {}, ""},
		{"the response type in the other order", func(r *implicit.Request) { r.ResponseType = "id_token token" }, ""},
		{"another state", func(r *implicit.Request) { r.State = "other" }, "state"},
		{"no state at all", func(r *implicit.Request) { r.State = "" }, "state"},
		{"another nonce", func(r *implicit.Request) { r.Nonce = "other" }, "nonce"},
		{"no nonce at all", func(r *implicit.Request) { r.Nonce = "" }, "nonce"},
		{"the access token alone", func(r *implicit.Request) { r.ResponseType = "token" }, "tokens"},
		{"the ID token alone", func(r *implicit.Request) { r.ResponseType = "id_token" }, "tokens"},
		{"the form", func(r *implicit.Request) { r.ResponseMode = "form_post" }, ""},
		{"another policy", func(r *implicit.Request) { r.ACRValues = "Multi_Factor" }, "acr"},
		{"this policy among others", func(r *implicit.Request) { r.ACRValues = "Multi_Factor Single_Factor" }, ""},
		{"a recent sign-on", func(r *implicit.Request) { r.MaxAge = &seconds }, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			v, tw := stage(t, newScene(key))
			req := request()
			row.change(req)
			result, err := reported(v.Verify(context.Background(), req, response(t, tw)))
			if err != nil {
				t.Fatal(err)
			}
			if c := failed(result); c.Name != row.want || result.Valid() != (row.want == "") {
				t.Errorf("refused by %q (%s), expected %q", c.Name, c.Detail, row.want)
			}
		})
	}
}

func TestAllChecksOfAnAnswer(t *testing.T) {
	v, tw := stage(t, newScene(newSigner(t, "RS256", "one")))
	result, err := reported(v.Verify(context.Background(), request(), response(t, tw)))
	if err != nil || result.Err() != nil {
		t.Fatal(err, result.Err())
	}
	var got []string
	for _, c := range result.Checks {
		got = append(got, c.Name)
		if c.Detail == "" {
			t.Errorf("%s says nothing", c.Name)
		}
	}
	want := []string{"channel", "state", "iss_parameter", "tokens", "token_type",
		"format", "type", "header", "algorithm", "key", "signature", "issuer", "audience", "authorized_party", "subject",
		"expiry", "issued_at", "not_before", "nonce", "at_hash", "auth_time", "acr",
		"access_token.format", "access_token.type", "access_token.header", "access_token.algorithm", "access_token.key",
		"access_token.signature", "access_token.issuer", "access_token.audience", "access_token.authorized_party",
		"access_token.subject", "access_token.expiry", "access_token.issued_at", "access_token.not_before", "access_token.scope"}
	if !slices.Equal(got, want) {
		t.Errorf("checks\n%v\nexpected\n%v", got, want)
	}
	if result.IDTokenClaims.Subject() != person || !strings.HasPrefix(result.AccessTokenClaims.Text("scope"), "openid") || result.Unverified.Response == nil ||
		result.IDToken.Reveal() != tw.IDToken && tw.IDToken != "" || result.AccessToken.Empty() || result.IDToken.Empty() {
		t.Error("the result lacks what was verified")
	}
}

// The claims of a token whose signature does not hold are nobody's: none of
// them is said to be right or wrong.
func TestNoClaimIsJudgedBehindAFailedSignature(t *testing.T) {
	s := newScene(newSigner(t, "RS256", "one"))
	s.id.signer = newSigner(t, "RS256", "one")
	s.id.claims["exp"] = 1
	s.verifier.Require = []implicit.ClaimRequirement{{Token: "id_token", Claim: "acr", Value: "Single_Factor"}}
	v, tw := stage(t, s)
	result, err := reported(v.Verify(context.Background(), request(), response(t, tw)))
	if err != nil {
		t.Fatal(err)
	}
	behind := false
	for _, c := range result.Checks {
		if strings.HasPrefix(c.Name, "access_token.") {
			behind = false
		}
		if behind && c.Status != implicit.StatusSkip || c.Name == "claim.acr" && c.Status != implicit.StatusSkip {
			t.Errorf("%s is %s", c.Name, c.Status)
		}
		behind = behind || c.Name == "signature"
	}
	if c := named(result, "expiry"); !strings.Contains(c.Detail, "signature failed") {
		t.Errorf("expiry says %q", c.Detail)
	}
}

func TestTheProvidersErrorIsNoVerdict(t *testing.T) {
	v, _ := stage(t, newScene(newSigner(t, "RS256", "one")))
	resp, err := implicit.ParseURL("https://app.example.com/callback#error=access_denied&iss=https%3A%2F%2Fevil.example.com", "")
	if err != nil {
		t.Fatal(err)
	}
	result, err := v.Verify(context.Background(), request(), resp)
	if c := failures(result); !isVerifyError(err) || len(c) != 1 || c[0].Name != "iss_parameter" {
		t.Errorf("iss of another issuer: %v %v", err, c)
	}
	for given, want := range map[string]bool{"": false, "&state=" + state: false, "&state=another": true} {
		resp, err := implicit.ParseURL("https://app.example.com/callback#error=access_denied"+given, "")
		if err != nil {
			t.Fatal(err)
		}
		_, err = v.Verify(context.Background(), request(), resp)
		var refusal *implicit.AuthorizeError
		if isVerifyError(err) != want || errors.As(err, &refusal) == want {
			t.Errorf("%q: %v", given, err)
		}
	}
}

func isVerifyError(err error) bool {
	var refused *implicit.VerifyError
	return errors.As(err, &refused)
}

func TestAVerifierThatCouldRefuseNobody(t *testing.T) {
	good, tw := stage(t, newScene(newSigner(t, "RS256", "one")))
	resp := response(t, tw)
	for _, row := range []struct {
		name   string
		change func(*implicit.Verifier)
	}{
		{"no issuer", func(v *implicit.Verifier) { v.Issuer = "" }},
		{"no client", func(v *implicit.Verifier) { v.ClientID = "" }},
		{"no keys", func(v *implicit.Verifier) { v.Keys = nil }},
	} {
		t.Run(row.name, func(t *testing.T) {
			v := *good
			row.change(&v)
			if result, err := reported(v.Verify(context.Background(), request(), resp)); err == nil {
				t.Errorf("verified: %v", result)
			}
			if _, err := reported(v.VerifyIDToken(context.Background(), resp.IDToken, implicit.Expected{Partial: true})); err == nil {
				t.Error("an ID token was verified")
			}
		})
	}
	if new(implicit.Result).Err() == nil {
		t.Error("a result that nobody made is no error")
	}
}

func TestAnEmptyTokenIsNoToken(t *testing.T) {
	v, _ := stage(t, newScene(newSigner(t, "RS256", "one")))
	id, err := reported(v.VerifyIDToken(context.Background(), implicit.Secret{}, implicit.Expected{Partial: true}))
	if c := failed(id); err != nil || c.Name != "format" {
		t.Errorf("ID token: %v %+v", err, id)
	}
	access, err := reported(v.VerifyAccessToken(context.Background(), implicit.Secret{}, implicit.Expected{Partial: true}))
	if c := failed(access); err != nil || c.Name != "access_token.format" {
		t.Errorf("access token: %v %+v", err, access)
	}
}

func TestWhatIsUnknownIsSkippedAndSaysSo(t *testing.T) {
	v, tw := stage(t, newScene(newSigner(t, "RS256", "one")))
	result, err := reported(v.VerifyResponse(context.Background(), implicit.Expected{Partial: true}, response(t, tw)))
	if err != nil || !result.Valid() {
		t.Fatal(err, failures(result))
	}
	for _, name := range []string{"state", "nonce", "iss_parameter"} {
		if c := named(result, name); c.Status != implicit.StatusSkip || c.Detail == "" {
			t.Errorf("%s is %s: %q", name, c.Status, c.Detail)
		}
	}
	if c := named(result, "at_hash"); c.Status != implicit.StatusPass {
		t.Errorf("at_hash is %s", c.Status)
	}
}

func TestTokensInAQueryNeedToBeAskedFor(t *testing.T) {
	key := newSigner(t, "RS256", "one")
	for mode, want := range map[string]implicit.Status{"": implicit.StatusFail, "fragment": implicit.StatusFail, "query": implicit.StatusPass} {
		s := newScene(key)
		s.rewrite = func(u string) string { return strings.Replace(u, "#", "?", 1) }
		v, tw := stage(t, s)
		result, err := reported(v.VerifyResponse(context.Background(), implicit.Expected{ResponseMode: mode, Partial: true}, response(t, tw)))
		if err != nil {
			t.Fatal(err)
		}
		if c := named(result, "channel"); c.Status != want {
			t.Errorf("mode %q: %s", mode, c.Status)
		}
	}
}

// What stands in a flow came on the connection that asked: nothing else needs to
// tie it to the request, but what is there must be right.
func TestAFlowNeedsNoState(t *testing.T) {
	key := newSigner(t, "RS256", "one")
	for given, want := range map[string]implicit.Status{"": implicit.StatusSkip, state: implicit.StatusPass, "other": implicit.StatusFail} {
		v, tw := stage(t, newScene(key))
		sent := response(t, tw)
		params := map[string]string{"access_token": sent.AccessToken.Reveal(), "id_token": sent.IDToken.Reveal()}
		if given != "" {
			params["state"] = given
		}
		text, err := json.Marshal(params)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := implicit.Parse(string(text), "")
		if err != nil {
			t.Fatal(err)
		}
		result, err := reported(v.Verify(context.Background(), request(), resp))
		if c := named(result, "state"); err != nil || c.Status != want || named(result, "token_type").Status != implicit.StatusSkip {
			t.Errorf("state %q: %v %+v", given, err, c)
		}
	}
}

func TestAnAliasPassesWithAWarning(t *testing.T) {
	s := newScene(newSigner(t, "RS256", "one"))
	s.rewrite = func(u string) string { return strings.Replace(u, "access_token=", "token=", 1) }
	v, tw := stage(t, s)
	result, err := reported(v.Verify(context.Background(), request(), response(t, tw)))
	if c := named(result, "tokens"); err != nil || !result.Valid() || !strings.Contains(c.Detail, "warning") {
		t.Errorf("%v %+v", err, c)
	}
}

func TestClockIsNamed(t *testing.T) {
	key := newSigner(t, "RS256", "one")
	for _, row := range []struct {
		offset time.Duration
		claim  string
		value  int64
		check  string
		says   string
	}{
		{41 * time.Second, "iat", 100, "issued_at", "1 min 40 s from now; your clock is 41 s behind the server"},
		{-3 * time.Hour, "exp", -90, "expiry", "expired 1 min 30 s ago; your clock is 3 h ahead of the server"},
		{0, "exp", -86400 * 2, "expiry", "2 d ago; your clock agrees"},
		{41 * time.Second, "nbf", 3600, "not_before", "41 s behind"},
		{41 * time.Second, "auth_time", 3600, "auth_time", "41 s behind"},
	} {
		s := newScene(key)
		s.alone = "id_token"
		s.id.claims[row.claim] = moment.Unix() + row.value
		v, tw := stage(t, s)
		v.ServerTime = func() (time.Duration, bool) { return row.offset, true }
		result, err := reported(v.VerifyIDToken(context.Background(), implicit.NewSecret(tw.IDToken), implicit.Expected{Partial: true}))
		if err != nil {
			t.Fatal(err)
		}
		if c := named(result, row.check); c.Status != implicit.StatusFail || !strings.Contains(c.Detail, row.says) {
			t.Errorf("%s says %q, expected %q", row.check, c.Detail, row.says)
		}
		v.ServerTime = func() (time.Duration, bool) { return row.offset, false }
		result, _ = reported(v.VerifyIDToken(context.Background(), implicit.NewSecret(tw.IDToken), implicit.Expected{Partial: true}))
		if c := named(result, row.check); strings.Contains(c.Detail, "clock") {
			t.Errorf("%s knows a clock that nobody measured: %q", row.check, c.Detail)
		}
	}
}

func TestSkew(t *testing.T) {
	key := newSigner(t, "RS256", "one")
	for _, row := range []struct {
		skew    time.Duration
		expired int64 // seconds ago
		valid   bool
	}{
		{0, 59, true}, {0, 60, false}, {-1, 0, false}, {-1, -1, true}, {5 * time.Minute, 299, true}, {5 * time.Minute, 300, false},
	} {
		s := newScene(key)
		s.alone = "id_token"
		s.id.claims["exp"] = moment.Unix() - row.expired
		s.verifier.Skew = row.skew
		v, tw := stage(t, s)
		result, err := reported(v.VerifyIDToken(context.Background(), implicit.NewSecret(tw.IDToken), implicit.Expected{Partial: true}))
		if err != nil || result.Valid() != row.valid {
			t.Errorf("skew %v, expired %d s ago: valid %v", row.skew, row.expired, result.Valid())
		}
	}
}

func TestEveryAlgorithm(t *testing.T) {
	for _, alg := range implicit.Algorithms() {
		t.Run(alg, func(t *testing.T) {
			s := newScene(newSigner(t, alg, "one"))
			v, tw := stage(t, s)
			result, err := reported(v.Verify(context.Background(), request(), response(t, tw)))
			if c := failed(result); err != nil || alg != "RS256" && c.Name != "algorithm" {
				t.Errorf("not pinned to RS256: %v %v", err, c)
			}
			v.Algorithms = []string{alg}
			result, err = reported(v.Verify(context.Background(), request(), response(t, tw)))
			if err != nil || !result.Valid() {
				t.Error(err, failures(result))
			}
		})
	}
}

func TestOpaqueAccessTokens(t *testing.T) {
	key := newSigner(t, "RS256", "one")
	for _, row := range []struct {
		token  string
		status implicit.Status
	}{
		{opaque, implicit.StatusSkip},
		{"a.b.c", implicit.StatusSkip},
		{"eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.a.b.c.d", implicit.StatusSkip}, // encrypted
		{"eyJhbGciOiJSUzI1NiJ9.e30", implicit.StatusFail},                               // a broken JWT
		{"eyJhbGciOiJSUzI1NiJ9=.e30.", implicit.StatusFail},
		{enc.EncodeToString([]byte(`  {"alg":"none"}`)) + ".e30.", implicit.StatusFail},
	} {
		v, _ := stage(t, newScene(key))
		result, err := reported(v.VerifyAccessToken(context.Background(), implicit.NewSecret(row.token), implicit.Expected{Partial: true}))
		if err != nil {
			t.Fatal(err)
		}
		c := result.Checks[0]
		if row.status == implicit.StatusSkip && (len(result.Checks) != 1 || !strings.Contains(c.Detail, "opaque") || result.Unverified.AccessToken != nil) {
			t.Errorf("%s: %+v", row.token, result.Checks)
		}
		if result.Valid() != (row.status == implicit.StatusSkip) {
			t.Errorf("%s: valid %v", row.token, result.Valid())
		}
	}
}

func TestWhatIsDemandedOfAnAbsentAccessToken(t *testing.T) {
	key := newSigner(t, "RS256", "one")
	for _, change := range []func(*implicit.Verifier){
		func(v *implicit.Verifier) { v.AccessToken.JWT = true },
		func(v *implicit.Verifier) { v.AccessToken.Audience = "https://api.example.com" },
		func(v *implicit.Verifier) { v.AccessToken.Scopes = []string{"openid"} },
		func(v *implicit.Verifier) {
			v.Require = []implicit.ClaimRequirement{{Token: "access_token", Claim: "env", Value: "x"}}
		},
	} {
		s := newScene(key)
		s.alone = "id_token"
		v, tw := stage(t, s)
		change(v)
		result, err := reported(v.VerifyIDToken(context.Background(), implicit.NewSecret(tw.IDToken), implicit.Expected{Nonce: nonce}))
		if c := failed(result); err != nil || c.Name != "access_token.format" {
			t.Errorf("%v %+v", err, c)
		}
	}
}

func TestAPairOfTokens(t *testing.T) {
	s := newScene(newSigner(t, "RS256", "one"))
	s.id.claims["at_hash"] = hashHalf("RS256", s.access.token(t))
	v, tw := stage(t, s)
	resp := response(t, tw)
	for _, row := range []struct{ access, want string }{{resp.AccessToken.Reveal(), ""}, {opaque, "at_hash"}} {
		e := implicit.Expected{Nonce: nonce, AccessToken: implicit.NewSecret(row.access)}
		result, err := reported(v.VerifyIDToken(context.Background(), resp.IDToken, e))
		if c := failed(result); err != nil || c.Name != row.want {
			t.Errorf("refused by %q, expected %q", c.Name, row.want)
		}
		if row.want == "" && result.AccessTokenClaims == nil {
			t.Error("the access token was not looked into")
		}
	}
}

// An azp is not required: OpenID Connect Core 1.0 with errata set 2.
func TestAudiencesWithoutAuthorizedParty(t *testing.T) {
	const trusted = "https://api.example.com"
	key := newSigner(t, "RS256", "one")
	for _, row := range []struct {
		name string
		aud  []string
		azp  any
		want string // the check that refuses
	}{
		{"a trusted audience", []string{client, trusted}, nil, ""},
		{"the client twice", []string{client, client}, nil, ""},
		{"a trusted audience and the client's azp", []string{client, trusted}, client, ""},
		{"an audience that is not trusted", []string{client, "https://evil.example.com"}, nil, "audience"},
		{"an audience that is not trusted, with azp", []string{client, "https://evil.example.com"}, client, "audience"},
		{"another client's azp", []string{client, trusted}, "other", "authorized_party"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newScene(key)
			s.verifier.TrustedAudiences = []string{trusted}
			s.id.claims["aud"] = row.aud
			if row.azp != nil {
				s.id.claims["azp"] = row.azp
			}
			v, tw := stage(t, s)
			result, _ := v.Verify(context.Background(), request(), response(t, tw))
			if c := failed(result); c.Name != row.want {
				t.Errorf("refused by %q, expected %q", c.Name, row.want)
			}
		})
	}
}

func TestAnAbsentHashIsCalledAbsent(t *testing.T) {
	s := newScene(newSigner(t, "RS256", "one"))
	withoutHash(s)
	v, tw := stage(t, s)
	result, _ := v.Verify(context.Background(), request(), response(t, tw))
	if c := failed(result); c.Name != "at_hash" || !strings.Contains(c.Detail, "absent") {
		t.Errorf("%+v", c)
	}
}

// Without a promise acr is a voluntary claim: OpenID Connect Core section 5.5.1.
func TestMissingACR(t *testing.T) {
	key := newSigner(t, "RS256", "one")
	for _, row := range []struct {
		name     string
		acr      any // nil: none
		promised bool
		require  bool
		want     string // the check that refuses
		warns    bool
	}{
		{"none", nil, false, false, "", true},
		{"none, though promised", nil, true, false, "acr", false},
		{"none, though required", nil, false, true, "claim.acr", true},
		{"another", "Multi_Factor", false, false, "acr", false},
		{"another, though one was promised", "Multi_Factor", true, false, "acr", false},
		{"the one requested", "Single_Factor", false, true, "", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newScene(key)
			s.verifier.ACRPromised = row.promised
			delete(s.id.claims, "acr")
			if row.acr != nil {
				s.id.claims["acr"] = row.acr
			}
			if row.require {
				require("", "acr", "Single_Factor")(s)
			}
			v, tw := stage(t, s)
			req := request()
			req.ACRValues = "Single_Factor"
			result, _ := v.Verify(context.Background(), req, response(t, tw))
			if c := failed(result); c.Name != row.want || warned(result, "acr_missing") != row.warns {
				t.Errorf("refused by %q, warnings %v", c.Name, result.Warnings)
			}
		})
	}
}

func TestUserInfo(t *testing.T) {
	key, stranger := newSigner(t, "RS256", "one"), newSigner(t, "RS256", "one")
	signed := func(by *signer, change func(claims)) string {
		c := claims{"iss": issuer, "aud": client, "sub": person, "email": "alice@example.com"}
		change(c)
		return (&draft{signer: by, header: claims{"alg": "RS256", "kid": "one"}, claims: c}).token(t)
	}
	for _, row := range []struct {
		name, contentType, body string
		status                  implicit.Status
		says                    string
	}{
		{"plain", "application/json;charset=UTF-8", `{"sub":"` + person + `","email":"a"}`, implicit.StatusPass, ""},
		{"somebody else", "application/json", `{"sub":"other"}`, implicit.StatusFail, "different user"},
		{"no sub", "application/json", `{"email":"` + person + `"}`, implicit.StatusFail, "sub is required"},
		{"sub in other letters in addition", "application/json", `{"Sub":"other","sub":"` + person + `"}`, implicit.StatusPass, ""},
		{"sub in other letters alone", "application/json", `{"Sub":"` + person + `"}`, implicit.StatusFail, "sub is required"},
		{"sub twice", "application/json", `{"sub":"other","sub":"` + person + `"}`, implicit.StatusFail, "more than once"},
		{"signed", "application/jwt", signed(key, func(claims) {}) + "\n", implicit.StatusPass, ""},
		{"signed, without iss and aud", "application/jwt", signed(key, func(c claims) { delete(c, "iss"); delete(c, "aud") }), implicit.StatusPass, ""},
		{"signed by a stranger", "application/jwt", signed(stranger, func(claims) {}), implicit.StatusFail, "signature"},
		{"signed by another issuer", "application/jwt", signed(key, func(c claims) { c["iss"] = "https://evil.example.com" }), implicit.StatusFail, "issuer"},
		{"signed for another client", "application/jwt", signed(key, func(c claims) { c["aud"] = []string{"other"} }), implicit.StatusFail, "client"},
		{"signed, expired", "application/jwt", signed(key, func(c claims) { c["exp"] = moment.Unix() - 60 }), implicit.StatusFail, "expired"},
		{"signed, not yet valid", "application/jwt", signed(key, func(c claims) { c["nbf"] = moment.Unix() + 61 }), implicit.StatusFail, "becomes valid"},
		{"signed, issued in the future", "application/jwt", signed(key, func(c claims) { c["iat"] = moment.Unix() + 61 }), implicit.StatusFail, "issued"},
		{"signed, exp is text", "application/jwt", signed(key, func(c claims) { c["exp"] = "soon" }), implicit.StatusFail, "exp"},
		{"signed, nbf is null", "application/jwt", signed(key, func(c claims) { c["nbf"] = nil }), implicit.StatusFail, "nbf"},
		{"signed, iat is an object", "application/jwt", signed(key, func(c claims) { c["iat"] = claims{} }), implicit.StatusFail, "iat"},
		{"signed, with good times", "application/jwt", signed(key, func(c claims) {
			c["exp"], c["nbf"], c["iat"] = moment.Unix()+1, moment.Unix(), moment.Unix()
		}), implicit.StatusPass, ""},
		{"signed, somebody else", "application/jwt", signed(key, func(c claims) { c["sub"] = "other" }), implicit.StatusFail, "different user"},
	} {
		t.Run(row.name, func(t *testing.T) {
			v, tw := stage(t, newScene(key))
			result, err := reported(v.Verify(context.Background(), request(), response(t, tw)))
			if err != nil || !result.Valid() {
				t.Fatal(err, failures(result))
			}
			got, err := v.VerifyUserInfo(context.Background(), &implicit.UserInfo{ContentType: row.contentType, Body: []byte(row.body)}, result.IDTokenClaims.Subject())
			c := named(got, "userinfo")
			if isVerifyError(err) != (row.status == implicit.StatusFail) || c.Status != row.status || !strings.Contains(c.Detail, row.says) {
				t.Errorf("%v: %+v", err, c)
			}
			if (got.UserInfo != nil) != (row.status == implicit.StatusPass) || got.Valid() != (row.status == implicit.StatusPass) {
				t.Errorf("claims %v, valid %v", got.UserInfo, got.Valid())
			}
		})
	}
	for contentType, body := range map[string]string{
		"text/html": "<html>", "application/json": signed(key, func(claims) {}), "application/json;a": "", "application/json;b": "[]", "application/json;c": "null", "": "{}",
	} {
		v, _ := stage(t, newScene(key))
		var unusable *implicit.HTTPError
		if result, err := v.VerifyUserInfo(context.Background(), &implicit.UserInfo{ContentType: contentType, Body: []byte(body)}, person); !errors.As(err, &unusable) || result != nil {
			t.Errorf("%s %q: %v", contentType, body, err)
		}
	}
	v, _ := stage(t, newScene(key))
	result, err := v.VerifyUserInfo(context.Background(), &implicit.UserInfo{ContentType: "application/json", Body: []byte(`{"sub":"a"}`)}, "")
	if err != nil || result.Checks[0].Status != implicit.StatusSkip {
		t.Errorf("without an ID token: %v %+v", err, result.Checks)
	}
}

// Whatever stands in a token, no check passes a byte of it on that could drive
// a terminal, nor a secret.
func TestChecksAreSafeToPrint(t *testing.T) {
	const wild = "\x1b]0;pwned\x07\u202e\u0085\x7f"
	s := newScene(newSigner(t, "RS256", "one"))
	s.drop = []string{"token_type"}
	s.params.Set("iss", wild)
	s.params.Set("expires_in", wild)
	for _, name := range []string{"iss", "aud", "sub", "azp", "exp", "iat", "nbf", "auth_time", "acr", "at_hash"} {
		s.id.claims[name] = wild
	}
	s.id.header["typ"], s.access.header["alg"], s.access.header["typ"] = "JWT", wild, "JWT"
	v, tw := stage(t, s)
	v.Require = []implicit.ClaimRequirement{{Claim: "acr", Value: wild}}
	req := request()
	req.State = "a-state-of-its-own-that-nobody-sees"
	resp := response(t, tw)
	result, err := reported(v.Verify(context.Background(), req, resp))
	if err != nil || result.Valid() {
		t.Fatal(err)
	}
	text := fmt.Sprint(result.Checks, result.Err())
	if i := strings.IndexFunc(text, func(c rune) bool { return c < ' ' || c >= 0x7f && c < 0xa0 || c == 0x202e }); i >= 0 {
		t.Errorf("wild text in %q", text[max(0, i-40):i+10])
	}
	for _, secret := range []string{req.State, req.Nonce, state, resp.AccessToken.Reveal(), resp.IDToken.Reveal()} {
		if strings.Contains(text, secret) {
			t.Errorf("%.12s… is shown", secret)
		}
	}
}

func TestCheckInJSON(t *testing.T) {
	text, err := json.Marshal([]implicit.Check{{Name: "nonce", Status: implicit.StatusSkip}, {"a", implicit.StatusFail, "b", "c", "d", "e"}})
	const want = `[{"name":"nonce","status":"skip","detail":""},{"name":"a","status":"fail","detail":"b","expected":"c","found":"d","clause":"e"}]`
	if err != nil || string(text) != want {
		t.Errorf("%s", text)
	}
}

func TestVerifyErrorSaysAll(t *testing.T) {
	err := error(&implicit.VerifyError{Check: implicit.Check{Name: "nonce", Detail: "it differs", Expected: "this", Found: "that", Clause: "RFC 1"}})
	if got := err.Error(); got != "validation failed: nonce: it differs; expected this; found that (RFC 1)" {
		t.Error(got)
	}
}

// reported drops the error of a failed check, for tests that look at the result.
func reported(r *implicit.Result, err error) (*implicit.Result, error) {
	var refused *implicit.VerifyError
	if errors.As(err, &refused) && r != nil && !r.Valid() {
		return r, nil
	}
	return r, err
}
