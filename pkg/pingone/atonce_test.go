package pingone

import (
	"slices"
	"testing"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// An answer with one of the two tokens is an answer: the check of the tokens
// fails, and nothing else is sent.
func TestOneOfTwoTokensAtOnce(t *testing.T) {
	oneToken := reply{status: 302, location: redirectURI + "#access_token=at&token_type=Bearer&expires_in=60&state=STATE"}
	for name, call := range map[string]func(*Client, *implicit.Request) (*implicit.Response, error){
		"sign-on": func(c *Client, r *implicit.Request) (*implicit.Response, error) {
			return c.SignOn(t.Context(), r, jane)
		},
		"renewal": func(c *Client, r *implicit.Request) (*implicit.Response, error) { return c.Renew(t.Context(), r) },
	} {
		s, c := newScript(t, map[string][]reply{authorizePath: {oneToken}, "GET /as/jwks": {{status: 200, body: `{"keys":[]}`}}})
		req := c.NewRequest("app", redirectURI)
		resp, err := call(c, req)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		_, err = c.Verifier(req).Verify(t.Context(), req, resp)
		var failed *implicit.VerifyError
		if !asKind(err, &failed) || failed.Check.Name != "tokens" {
			t.Errorf("%s: %v", name, err)
		}
		if slices.Contains(s.sent(), "GET /flows/") {
			t.Errorf("%s: sent %q", name, s.sent())
		}
	}
}

// Half of an answer in a flow is completed by resume, also at renewal.
func TestHalfAFlowAtRenewal(t *testing.T) {
	half := reply{status: 200, body: flowBody("COMPLETED", nil, `"authorizeResponse":{"access_token":"at"}`)}
	s, c := newScript(t, map[string][]reply{authorizePath: {half}, resumePath: {toTokens}})
	req := c.NewRequest("app", redirectURI)
	req.ResponseMode = "pi.flow"
	resp, err := c.Renew(t.Context(), req)
	if err != nil || resp.IDToken.Empty() || len(s.sent()) != 2 {
		t.Errorf("%+v, %v; sent %q", resp, err, s.sent())
	}
}
