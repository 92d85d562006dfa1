package pingonetest_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingonetest"
)

// signOnAs signs a user on at the first application, and verifies the response.
func signOnAs(t *testing.T, s *pingonetest.Server, user pingonetest.User) (*implicit.Result, error) {
	t.Helper()
	req := implicit.NewRequest(s.Issuer+"/authorize", s.ClientID, "https://app.example.com/callback")
	address, err := req.URL()
	if err != nil {
		t.Fatal(err)
	}
	location, _, err := s.SignOn(t.Context(), address, user)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := implicit.ParseURL(location, "https://app.example.com/callback")
	if err != nil {
		t.Fatal(err)
	}
	keys := implicit.NewRemoteKeySet(&implicit.Client{Transport: s.Client().Transport}, s.Issuer+"/jwks", nil)
	return (&implicit.Verifier{Issuer: s.Issuer, ClientID: s.ClientID, Keys: keys}).Verify(t.Context(), req, resp)
}

func TestUsersOfATest(t *testing.T) {
	t.Parallel()
	s := pingonetest.Start(t)
	ada := pingonetest.Account{Username: "ada", Password: "Sandbox-Ada-1", Claims: map[string]any{"plan": "gold"}}
	if err := s.PutUsers(ada); err != nil {
		t.Fatal(err)
	}
	result, err := signOnAs(t, s, pingonetest.User{Username: "ada", Password: "Sandbox-Ada-1"})
	if err != nil || result.IDTokenClaims.Text("plan") != "gold" {
		t.Errorf("claims %v, %v", result, err)
	}
	ada.Claims = map[string]any{"iss": "x"}
	if err := s.PutUsers(ada); err == nil || !strings.Contains(err.Error(), "users: [0].claims.iss: ") {
		t.Errorf("a reserved claim: %v", err)
	}
	if err := s.PutApplications(pingonetest.Registration{Name: "Shop", ClientID: "shop"}); err != nil {
		t.Error(err)
	}
	for name, err := range map[string]error{"user": s.DeleteUser("ada"), "application": s.DeleteApplication("shop")} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := s.DeleteUser("ada"); err == nil {
		t.Error("ada was deleted twice")
	}
}

func TestRequestsOfATest(t *testing.T) {
	t.Parallel()
	s := pingonetest.Start(t)
	go func() { _, _ = s.Client().Get(s.Issuer + "/authorize?client_id=nobody&nonce=n-1") }()
	r, err := s.WaitForRequest(t.Context(), func(r pingonetest.Request) bool { return r.Parameters.Get("nonce") == "n-1" })
	if err != nil || r.Leg != pingonetest.LegAuthorize || !strings.Contains(r.Explanation, `no application has the client ID "nobody"`) {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := signOnAs(t, s, s.Users[0]); err != nil {
		t.Fatal(err)
	}
	tokens := s.Requests(pingonetest.LegResume, pingonetest.LegPage)
	if last := tokens[len(tokens)-1]; last.Leg != pingonetest.LegResume || last.User != "plain" || last.Application != "Plain" || last.Outcome != "tokens" {
		t.Errorf("the end of the sign-on: %+v", last)
	}
	if form := tokens[len(tokens)-2]; form.Parameters.Get("username") != "plain" || form.Parameters.Get("password") != "[redacted]" {
		t.Errorf("the form: %+v", form)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err = s.WaitForRequest(ctx, func(pingonetest.Request) bool { return false })
	if err == nil || !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "GET /as/resume: 302 tokens") {
		t.Errorf("nothing matched, but the error is %v", err)
	}
	for range 30 {
		resp, err := s.Client().Get(s.Issuer + "/jwks")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
	if _, err = s.WaitForRequest(ctx, func(pingonetest.Request) bool { return false }); strings.Count(err.Error(), "/as/jwks") != 20 {
		t.Errorf("the list has no end: %v", err)
	}
	if err := s.Reset(); err != nil || len(s.Requests()) != 0 {
		t.Errorf("after a reset: %d requests, %v", len(s.Requests()), err)
	}
}

func TestFaultForOneRequest(t *testing.T) {
	t.Parallel()
	s := pingonetest.Start(t)
	s.SetFor(pingonetest.WrongNonce, 1, "Plain")
	if _, err := signOnAs(t, s, s.Users[0]); err == nil {
		t.Error("the wrong nonce was not noticed")
	}
	if _, err := signOnAs(t, s, s.Users[0]); err != nil {
		t.Errorf("the second sign-on: %v", err)
	}
	if n := s.ExpireSessions("plain"); n != 2 {
		t.Errorf("%d sessions ended", n)
	}
	if n := s.ExpireFlows(""); n != 0 {
		t.Errorf("%d flows ended", n)
	}
	s.Advance(2 * time.Hour)
	if result, err := signOnAs(t, s, s.Users[0]); err == nil {
		t.Errorf("a token of in two hours is valid: %v", result)
	}
}

func TestMint(t *testing.T) {
	t.Parallel()
	s := pingonetest.Start(t)
	keys := implicit.NewRemoteKeySet(&implicit.Client{Transport: s.Client().Transport}, s.Issuer+"/jwks", nil)
	verifier := &implicit.Verifier{Issuer: s.Issuer, ClientID: s.ClientID, Keys: keys}
	for name, row := range map[string]struct {
		token pingonetest.Token
		check string // that fails; empty: none
	}{
		"valid":          {pingonetest.Token{User: "staff", Claims: map[string]any{"plan": "gold"}}, ""},
		"expired":        {pingonetest.Token{Switches: []pingonetest.Switch{pingonetest.Expired}}, "expiry"},
		"wrong audience": {pingonetest.Token{Claims: map[string]any{"aud": "another"}}, "audience"},
		"no subject":     {pingonetest.Token{Claims: map[string]any{"sub": nil}}, "subject"},
		"alg none":       {pingonetest.Token{Switches: []pingonetest.Switch{pingonetest.AlgorithmNone}}, "algorithm"},
		"wrong key":      {pingonetest.Token{Switches: []pingonetest.Switch{pingonetest.WrongKey}}, "signature"},
	} {
		token, err := s.Mint(row.token)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		_, err = verifier.VerifyIDToken(t.Context(), implicit.NewSecret(token), implicit.Expected{Partial: true})
		if (err == nil) != (row.check == "") || err != nil && !strings.Contains(err.Error(), row.check) {
			t.Errorf("%s: %v; want %q", name, err, row.check)
		}
	}
	if _, err := s.Mint(pingonetest.Token{Access: true, User: "nobody"}); err == nil {
		t.Error("a token of no user was made")
	}
}
