package implicit_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

func TestARefusedResultHoldsNoTokens(t *testing.T) {
	s := newScene(newSigner(t, "RS256", "one"))
	s.id.claims["nonce"] = "another"
	v, tw := stage(t, s)
	resp := response(t, tw)
	result, err := v.Verify(context.Background(), request(), resp)
	if !isVerifyError(err) || result.Valid() {
		t.Fatalf("%v, %v", result, err)
	}
	if !result.IDToken.Empty() || !result.AccessToken.Empty() || result.IDTokenClaims != nil || result.AccessTokenClaims != nil || !result.Expires.IsZero() {
		t.Errorf("%+v", result)
	}
	if result.Unverified.Response != resp || result.Unverified.IDToken == nil || result.Unverified.AccessToken == nil {
		t.Error("a report lacks what was refused")
	}
}

func TestNoOneButAVerifierMakesAValidResult(t *testing.T) {
	forged := &implicit.Result{Checks: []implicit.Check{{Name: "format", Status: implicit.StatusPass}}, AccessToken: implicit.NewSecret("forged")}
	if forged.Valid() || forged.Err() == nil || (*implicit.Result)(nil).Valid() {
		t.Error("it is valid")
	}
	if r, err := forged.With(implicit.Check{Name: "mine", Status: implicit.StatusPass}); err == nil || r.Valid() || !r.AccessToken.Empty() {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestWithFurtherChecks(t *testing.T) {
	v, tw := stage(t, newScene(newSigner(t, "RS256", "one")))
	result, err := v.Verify(context.Background(), request(), response(t, tw))
	if err != nil {
		t.Fatal(err)
	}
	checks := len(result.Checks)
	more, err := result.With(implicit.Check{Name: "a", Status: implicit.StatusPass}, implicit.Check{Name: "b", Status: implicit.StatusSkip})
	if err != nil || !more.Valid() || more.IDToken.Empty() || len(more.Checks) != checks+2 {
		t.Errorf("%+v, %v", more, err)
	}
	worse, err := more.With(implicit.Check{Name: "c", Status: implicit.StatusFail})
	if !isVerifyError(err) || worse.Valid() || !worse.IDToken.Empty() || worse.Unverified.Response == nil {
		t.Errorf("%+v, %v", worse, err)
	}
	if !result.Valid() || len(result.Checks) != checks || !more.Valid() {
		t.Error("the result before was changed")
	}
}

// Between the request and the response a server keeps what it expects as JSON.
func TestExpectedSurvivesJSON(t *testing.T) {
	v, tw := stage(t, newScene(newSigner(t, "RS256", "one")))
	for _, row := range []struct {
		name   string
		change func(*implicit.Request)
		kept   time.Duration
		want   string
	}{
		{"in time", func(*implicit.Request) {}, time.Minute, ""},
		{"without a limit", func(*implicit.Request) {}, 0, ""},
		{"expired", func(*implicit.Request) {}, -time.Second, "state"},
		{"expired a moment ago", func(*implicit.Request) {}, -time.Nanosecond, "state"},
		{"without a state", func(r *implicit.Request) { r.State = "" }, time.Minute, "state"},
		{"without a nonce", func(r *implicit.Request) { r.Nonce = "" }, time.Minute, "nonce"},
		{"of another session", func(r *implicit.Request) { r.State, r.Nonce = "other", "other" }, time.Minute, "state"},
	} {
		t.Run(row.name, func(t *testing.T) {
			req := request()
			row.change(req)
			expires := moment.Add(row.kept)
			if row.kept == 0 {
				expires = time.Time{}
			}
			text, err := json.Marshal(req.Expected(expires))
			if err != nil {
				t.Fatal(err)
			}
			var kept implicit.Expected
			if err := json.Unmarshal(text, &kept); err != nil {
				t.Fatal(err)
			}
			result, err := v.VerifyResponse(context.Background(), kept, response(t, tw))
			c := failed(result)
			if c.Name != row.want || isVerifyError(err) != (row.want != "") {
				t.Errorf("refused by %q: %v", c.Name, err)
			}
		})
	}
	expired := implicit.Expected{Nonce: nonce, Expires: moment}
	if _, err := v.VerifyIDToken(context.Background(), response(t, tw).IDToken, expired); !isVerifyError(err) {
		t.Errorf("an ID token: %v", err)
	}
	if _, err := v.VerifyAccessToken(context.Background(), response(t, tw).AccessToken, expired); !isVerifyError(err) {
		t.Errorf("an access token: %v", err)
	}
}

// A session that holds nothing must not verify anything.
func TestTheZeroExpectedAcceptsNothing(t *testing.T) {
	v, tw := stage(t, newScene(newSigner(t, "RS256", "one")))
	resp := response(t, tw)
	result, err := v.VerifyResponse(context.Background(), implicit.Expected{}, resp)
	if c := failed(result); !isVerifyError(err) || c.Name != implicit.CheckState {
		t.Errorf("a response: %v", err)
	}
	if _, err := v.VerifyIDToken(context.Background(), resp.IDToken, implicit.Expected{}); !isVerifyError(err) {
		t.Errorf("an ID token: %v", err)
	}
}

func TestWhenTokensExpire(t *testing.T) {
	key := newSigner(t, "RS256", "one")
	for _, row := range []struct {
		name   string
		change func(*scene)
		want   time.Duration
	}{
		{"exp is earlier", func(s *scene) { s.access.claims["exp"] = moment.Unix() + 60 }, time.Minute},
		{"expires_in is earlier", func(s *scene) { s.params.Set("expires_in", "30") }, 30 * time.Second},
	} {
		s := newScene(key)
		row.change(s)
		v, tw := stage(t, s)
		result, err := v.Verify(context.Background(), request(), response(t, tw))
		if err != nil || !result.Expires.Equal(moment.Add(row.want)) {
			t.Errorf("%s: %v, %v", row.name, result.Expires, err)
		}
	}
}

func TestParseFormRequest(t *testing.T) {
	const form = "application/x-www-form-urlencoded"
	for _, row := range []struct{ name, method, media, body, says string }{
		{"a response", "POST", form, "access_token=a&state=s", ""},
		{"with a charset", "POST", "Application/X-WWW-Form-URLencoded; charset=utf-8", "id_token=a", ""},
		{"a refusal", "POST", form, "error=access_denied", ""},
		{"another method", "GET", form, "access_token=a", "expected a POST"},
		{"another type", "POST", "multipart/form-data; boundary=x", "access_token=a", "content type"},
		{"no type", "POST", "", "access_token=a", "content type"},
		{"a parameter more than once", "POST", form, "access_token=a&access_token=b", "more than once"},
		{"no response", "POST", form, "username=jane&password=x", "neither"},
		{"too large", "POST", form, "access_token=a&x=" + strings.Repeat("a", 1<<20), "too large"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := httptest.NewRequest(row.method, "/callback?access_token=in-the-query", strings.NewReader(row.body))
			r.Header.Set("Content-Type", row.media)
			resp, err := implicit.ParseFormRequest(r)
			var malformed *implicit.ParseError
			switch {
			case row.says == "" && (err != nil || resp.Channel != implicit.ChannelForm):
				t.Errorf("%v, %v", resp, err)
			case row.says != "" && (!errors.As(err, &malformed) || resp != nil || !strings.Contains(err.Error(), row.says)):
				t.Errorf("%v, %v", resp, err)
			}
		})
	}
}

func TestParseHTTPResponse(t *testing.T) {
	const uri = "https://app.example.com/callback"
	redirect := func(to string) *http.Response {
		return &http.Response{StatusCode: http.StatusFound, Header: http.Header{"Location": {to}}, Body: http.NoBody}
	}
	page := func(text string) *http.Response {
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"text/html"}}, Body: io.NopCloser(strings.NewReader(text))}
	}
	const form = `<form method="post" action="` + uri + `"><input type="hidden" name="id_token" value="x"></form>`
	for _, row := range []struct {
		name string
		resp *http.Response
		ok   bool
		none bool
	}{
		{"a redirect", redirect(uri + "#id_token=x"), true, false},
		{"a refusal", redirect(uri + "#error=access_denied"), true, false},
		{"a form", page(form), true, false},
		{"a form that posts elsewhere", page(strings.Replace(form, "app.example", "evil.example", 1)), false, false},
		{"tokens for another address", redirect("https://evil.example.com/callback#id_token=x"), false, false},
		{"the sign-on page", redirect("https://login.example.com/?flowId=1"), false, true},
		{"a page", page("<title>Sign on</title>"), false, true},
	} {
		resp, err := implicit.ParseHTTPResponse(row.resp, uri)
		var malformed *implicit.ParseError
		if (resp != nil) != row.ok || (err == nil) != row.ok || errors.Is(err, implicit.ErrNoResponse) != row.none ||
			err != nil && !row.none && !errors.As(err, &malformed) {
			t.Errorf("%s: %v, %v", row.name, resp, err)
		}
	}
	again := page(form)
	_, _ = implicit.ParseHTTPResponse(again, uri)
	if body, err := io.ReadAll(again.Body); err != nil || string(body) != form {
		t.Errorf("the body cannot be read again: %q, %v", body, err)
	}
}

func TestParseJSON(t *testing.T) {
	resp, err := implicit.Parse(`{"access_token":"a","expires_in":3600,"other":[1],"none":null,"state":"s"}`, "")
	if err != nil || resp.AccessToken.Reveal() != "a" || resp.State != "s" || resp.Channel != implicit.ChannelFlow ||
		!slices.Equal(resp.Names(), []string{"access_token", "expires_in", "state"}) {
		t.Errorf("%v, %v", resp, err)
	}
	for _, text := range []string{"{", "{}", `{"access_token":"a","access_token":"b"}`, `{"access_token":7`, `{"code":"a"}`} {
		var malformed *implicit.ParseError
		if _, err := implicit.Parse(text, ""); !errors.As(err, &malformed) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// Every code that asks for the user is one error, for errors.As.
func TestInteractionRequired(t *testing.T) {
	for code, want := range map[string]bool{
		"login_required": true, "interaction_required": true, "consent_required": true, "account_selection_required": true,
		"access_denied": false, "": false, "LOGIN_REQUIRED": false,
	} {
		var interaction *implicit.InteractionRequiredError
		got := errors.As(&implicit.AuthorizeError{Code: code}, &interaction)
		if got != want || want && interaction.Code != code {
			t.Errorf("%q: %v", code, interaction)
		}
	}
}

// A transport that records calls knows what each is for.
func TestCallsKnowTheirLeg(t *testing.T) {
	provider := startProvider()
	defer provider.Close()
	var legs []string
	client := &implicit.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		legs = append(legs, implicit.Leg(r.Context()))
		return http.DefaultTransport.RoundTrip(r)
	})}
	found, err := implicit.Discover(t.Context(), client, provider.URL)
	if err != nil {
		t.Fatal(err)
	}
	req := implicit.NewRequest(found.AuthorizationEndpoint, "my-client", "https://app.example.com/callback")
	resp, err := req.Send(t.Context(), client)
	if err != nil {
		t.Fatal(err)
	}
	v := &implicit.Verifier{Issuer: found.Issuer, ClientID: req.ClientID, Keys: implicit.NewRemoteKeySet(client, found.JWKSURI, nil)}
	if _, err := v.Verify(t.Context(), req, resp); err != nil {
		t.Fatal(err)
	}
	_, _ = implicit.FetchUserInfo(t.Context(), client, provider.URL+"/userinfo", resp.AccessToken)
	if want := []string{implicit.LegDiscovery, implicit.LegAuthorize, implicit.LegKeys, implicit.LegUserInfo}; !slices.Equal(legs, want) {
		t.Errorf("%q, expected %q", legs, want)
	}
	if leg := implicit.Leg(context.Background()); leg != "" {
		t.Error(leg)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
