package report

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/internal/wire"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// signedOn is a sign-on of one authorize request and its response, a fragment.
type signedOn struct {
	request, response url.Values
	at                string // # or ? before the response
}

func goodSignOn() signedOn {
	return signedOn{
		request: url.Values{"client_id": {sampleClient}, "response_type": {"token id_token"}, "scope": {"openid"}, "redirect_uri": {sampleTarget}, "state": {stateMark}, "nonce": {nonceMark}},
		response: url.Values{"access_token": {recordedToken(`{"alg":"RS256","typ":"at+jwt"}`, sampleAccessClaim)}, "id_token": {recordedToken(sampleHeader, sampleIDClaims)},
			"token_type": {"Bearer"}, "expires_in": {"3600"}, "scope": {"openid"}, "state": {stateMark}},
		at: "#",
	}
}

func (s signedOn) entries() []wire.Entry {
	return []wire.Entry{
		call(0, implicit.LegAuthorize, "GET", sampleBase+"/as/authorize?"+s.request.Encode(), nil, redirect("https://apps.pingone.eu/x/signon/?flowId=f")),
		call(time.Second, implicit.LegResume, "GET", sampleBase+"/as/resume?flowId=f", nil, redirect(sampleTarget+s.at+s.response.Encode())),
	}
}

func (s signedOn) token(name, old, replaced string) {
	header, claims := sampleHeader, sampleIDClaims
	if name == "access_token" {
		header, claims = `{"alg":"RS256","typ":"at+jwt"}`, sampleAccessClaim
	}
	s.response.Set(name, recordedToken(strings.Replace(header, old, replaced, 1), strings.Replace(claims, old, replaced, 1)))
}

func codes(findings []Finding) (codes []string) {
	for _, f := range findings {
		codes = append(codes, f.Code)
	}
	return codes
}

func TestLintOfAGoodSignOnFindsNothing(t *testing.T) {
	if found := Lint(goodSignOn().entries()); len(found) > 0 {
		t.Errorf("found %+v", found)
	}
	if found := Lint(nil); len(found) > 0 {
		t.Errorf("found %+v in an empty recording", found)
	}
}

func TestLint(t *testing.T) {
	for _, test := range []struct {
		code   string
		change func(s *signedOn)
		says   string
	}{
		{LintNoNonce, func(s *signedOn) { s.request.Del("nonce") }, "without a nonce"},
		{LintNoOpenID, func(s *signedOn) { s.request.Set("scope", "profile"); s.response.Set("scope", "profile") }, `"profile"`},
		{LintPlainHTTP, func(s *signedOn) { s.request.Set("redirect_uri", "http://app.example.com/cb") }, "app.example.com"},
		{LintHeaderSize, func(s *signedOn) { s.request.Set("login_hint", strings.Repeat("x", 6000)) }, "6.0 KB"},
		{LintTokensInQuery, func(s *signedOn) { s.at = "?" }, "query"},
		{LintTokenTypeMissing, func(s *signedOn) { s.response.Del("token_type") }, "token_type"},
		{LintScopeNarrowed, func(s *signedOn) { s.request.Set("scope", "openid email") }, `"email"`},
		{LintExpiresIn, func(s *signedOn) { s.response.Set("expires_in", "7200") }, "7200"},
		{LintAuthTime, func(s *signedOn) { s.token("id_token", `"auth_time":1795615387`, `"auth_time":1795615`) }, "1970"},
		{LintAuthTime, func(s *signedOn) { s.token("id_token", `"auth_time":1795615387`, `"auth_time":1795619387`) }, "later than its iat"},
		{LintCaseVariant, func(s *signedOn) { s.token("id_token", `"org":`, `"Sub":`) }, `"Sub" (sub)`},
		{LintAccessTokenType, func(s *signedOn) { s.token("access_token", `"typ":"at+jwt"`, `"typ":"JWT"`) }, `"JWT"`},
		{LintOtherAPI, func(s *signedOn) { s.token("access_token", "https://api.pingone.eu", "orders") }, "orders"},
	} {
		s := goodSignOn()
		test.change(&s)
		found := Lint(s.entries())
		if !slices.Equal(codes(found), []string{test.code}) {
			t.Errorf("%s: found %+v", test.code, found)
			continue
		}
		f := found[0]
		if !strings.Contains(f.Message, test.says) || f.Clause == "" || f.Consequence == "" {
			t.Errorf("%s: %+v", test.code, f)
		}
	}
}

func TestLintOfErrors(t *testing.T) {
	for name, test := range map[string]struct {
		mode, at string
		tokens   bool
		found    []string
	}{
		"fragment":             {"fragment", "#", false, nil},
		"query":                {"fragment", "?", false, []string{LintErrorPlace}},
		"query, asked for":     {"query", "?", false, nil},
		"no mode asked for":    {"", "#", false, nil},
		"tokens with an error": {"fragment", "#", true, []string{LintErrorPlace}},
	} {
		s := goodSignOn()
		if s.at = test.at; !test.tokens {
			s.response = url.Values{}
		}
		s.request.Set("response_mode", test.mode)
		s.response.Set("error", "access_denied")
		if found := Lint(s.entries()); !slices.Equal(codes(found), test.found) {
			t.Errorf("%s: found %+v", name, found)
		}
	}
}

// PingOne's own page has an error in its address that is no response.
func TestLintOfAHostedError(t *testing.T) {
	s := goodSignOn()
	entries := s.entries()[:1]
	entries[0].Response = redirect(`https://apps.pingone.eu/x/signon/?error=%7B%22code%22%3A%22NOT_FOUND%22%7D`)
	if found := Lint(entries); len(found) > 0 {
		t.Errorf("found %+v", found)
	}
	if h := (Run{Recording: &wire.Recording{Entries: entries}}).hops()[0]; !h.failed || !strings.Contains(h.answer, "NOT_FOUND") {
		t.Errorf("the hop: %+v", h)
	}
}

// A response is found wherever a response mode puts it.
func TestSignOnIsFound(t *testing.T) {
	form := []wire.Field{{Name: "id_token", Value: "x"}, {Name: "state", Value: "y"}}
	for channel, e := range map[string]wire.Entry{
		"fragment": {Kind: wire.KindPasted, Request: &wire.Message{URL: sampleTarget + "#id_token=x&state=y"}},
		"query":    {Kind: wire.KindExchange, Request: &wire.Message{}, Response: redirect(sampleTarget + "?id_token=x&state=y")},
		"form":     {Kind: wire.KindReceived, Request: &wire.Message{Method: "POST", URL: sampleTarget, Body: wire.Body{Form: form}}},
		"flow":     {Kind: wire.KindExchange, Request: &wire.Message{}, Response: jsonAnswer(200, `{"status":"COMPLETED","authorizeResponse":{"id_token":"x","state":"y"}}`)},
	} {
		s := findSignOn([]wire.Entry{e})
		if s.channel != channel || value(s.response, "id_token") != "x" || value(s.response, "state") != "y" {
			t.Errorf("%s: found %+v", channel, s)
		}
	}
}
