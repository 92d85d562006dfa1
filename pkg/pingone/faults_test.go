package pingone_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/internal/sandbox"
	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// harmless are the faults of the sandbox after which the tokens of a sign-on are
// genuine all the same.
var harmless = []string{
	"cool-down",            // there is no passcode
	"login-form-307",       // only a browser sees it
	"new-password-refused", // no new password is asked for
	"no-origins",           // only a script in a browser sees it
	"passcode-gone",        // there is no passcode
	"rotated-key",          // the keys are fetched again
	"scope-narrowed",       // fewer scopes are granted
	"session-gone",         // there is no session yet
	"session-other-user",   // the same
	"session-mismatch",     // the password is the only step
	"signoff-refused",      // nothing signs off
	"truncated:authorize",  // it has no body
	"truncated:resume",     // the same
	"userinfo-jwt",         // below
	"userinfo-other-sub",   // below
}

// program is what a caller of the library writes who looks at nothing but err.
type program struct {
	client *pingone.Client
	req    *implicit.Request
	user   sandbox.User
}

func (p *program) tokens(ctx context.Context) (*implicit.Result, error) {
	resp, err := p.client.SignOn(ctx, p.req, pingone.Answers{
		pingone.FieldUsername: implicit.NewSecret(p.user.Username),
		pingone.FieldPassword: implicit.NewSecret(p.user.Password),
	})
	if err != nil {
		return nil, err
	}
	return p.client.Verifier(p.req).Verify(ctx, p.req, resp)
}

func newProgram(t *testing.T, switches ...string) *program {
	t.Helper()
	s, err := sandbox.New(sandbox.Options{Switches: switches})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	its := s.Settings()
	env, err := pingone.ParseEnvironment(srv.URL + "/" + its.EnvironmentID)
	if err != nil {
		t.Fatal(err)
	}
	client := &pingone.Client{Environment: env, HTTP: &implicit.Client{Transport: srv.Client().Transport, Timeout: 20 * time.Second,
		Sleep: func(context.Context, time.Duration) error { return nil }}}
	req := client.NewRequest(its.ClientID, "https://app.example.com/callback")
	hour := int64(3600)
	req.MaxAge, req.ACRValues = &hour, "Single_Factor"
	return &program{client, req, its.Users[0]}
}

// genuine asks the sandbox itself, and reads the ID token without the verifier.
func (p *program) genuine(t *testing.T, r *implicit.Result) {
	t.Helper()
	if !r.Valid() || r.AccessToken.Empty() || r.IDToken.Empty() || r.Expires.IsZero() {
		t.Errorf("no error, and the result is %+v", r)
		return
	}
	if _, err := p.client.UserInfo(t.Context(), r.AccessToken); err != nil {
		t.Errorf("userinfo refuses the access token: %v", err)
	}
	claims, err := implicit.DecodeUnverified(r.IDToken.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	if claims.Text("iss") != p.client.Environment.Issuer() || claims.Text("nonce") != p.req.Nonce || claims.Text("aud") != p.req.ClientID {
		t.Errorf("the ID token is another's: %s", claims.Payload())
	}
}

// Whatever goes wrong at the server, a program that looks at err alone never
// holds a token that is not genuine.
func TestErrAloneKeepsForgedTokensOut(t *testing.T) {
	for _, name := range faults(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProgram(t, name)
			bare, leg, _ := strings.Cut(name, ":")
			if bare == "slow" || bare == "drip" {
				p.client.HTTP.Timeout = 500 * time.Millisecond
			}
			result, err := p.tokens(t.Context())
			repeated := strings.HasSuffix(bare, "-once") && (leg == "flow" || leg == "jwks")
			switch {
			case err == nil && (slices.Contains(harmless, name) || repeated):
				p.genuine(t, result)
			case err == nil:
				t.Error("no error")
			case slices.Contains(harmless, name) || repeated:
				t.Errorf("refused: %v", err)
			case result != nil && (result.Valid() || !result.AccessToken.Empty() || !result.IDToken.Empty() || result.IDTokenClaims != nil || result.AccessTokenClaims != nil):
				t.Errorf("with the error %v the result holds tokens: %+v", err, result)
			}
		})
	}
}

// faults are all of the sandbox that a sign-on can meet; with -short a few.
func faults(t *testing.T) (names []string) {
	t.Helper()
	if testing.Short() {
		return []string{"wrong-key", "wrong-nonce", "bad-at-hash", "alg-none", "wrong-state", "rotated-key", "html-502-once:flow"}
	}
	for _, sw := range sandbox.Switches() {
		switch {
		case sw.Group != "fault", sw.Name == "userinfo-refused": // genuine asks userinfo
		case len(sw.Legs) == 0:
			names = append(names, sw.Name)
		default:
			for _, leg := range []string{"authorize", "flow", "action", "resume", "jwks"} {
				if slices.Contains(sw.Legs, leg) {
					names = append(names, sw.Name+":"+leg)
				}
			}
		}
	}
	if len(names) < 100 {
		t.Errorf("only %d faults", len(names))
	}
	return names
}

func TestForgedUserInfo(t *testing.T) {
	for name, valid := range map[string]bool{"userinfo-jwt": true, "userinfo-other-sub": false} {
		p := newProgram(t, name)
		result, err := p.tokens(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		info, err := p.client.UserInfo(t.Context(), result.AccessToken)
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.client.Verifier(p.req).VerifyUserInfo(t.Context(), info, result.IDTokenClaims.Subject())
		if (err == nil) != valid || (got.UserInfo != nil) != valid {
			t.Errorf("%s: %v %+v", name, err, got)
		}
	}
}

func TestRenew(t *testing.T) {
	p := newProgram(t)
	first, err := p.tokens(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p.req = p.client.NewRequest(p.req.ClientID, p.req.RedirectURI)
	resp, err := p.client.Renew(t.Context(), p.req)
	if err != nil {
		t.Fatal(err)
	}
	e := p.req.Expected(time.Now().Add(time.Minute))
	e.Subject = first.IDTokenClaims.Subject()
	renewed, err := p.client.Verifier(p.req).VerifyResponse(t.Context(), e, resp)
	if err != nil {
		t.Fatal(err)
	}
	p.genuine(t, renewed)

	var refused *implicit.VerifyError
	e.Subject = "another"
	if _, err := p.client.Verifier(p.req).VerifyResponse(t.Context(), e, resp); !errors.As(err, &refused) || refused.Check.Name != implicit.CheckSubject {
		t.Errorf("another user's session: %v", err)
	}
}

func TestRenewWithoutASession(t *testing.T) {
	p := newProgram(t)
	resp, err := p.client.Renew(t.Context(), p.req)
	var interaction *implicit.InteractionRequiredError
	if !errors.As(err, &interaction) {
		t.Errorf("%v, %v", resp, err)
	}
}
