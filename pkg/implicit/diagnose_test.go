package implicit_test

import (
	"context"
	"testing"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// Diagnose checks everything but signatures, and its result is never valid.
func TestDiagnoseNeverVouches(t *testing.T) {
	key := newSigner(t, "RS256", "one")
	v, tw := stage(t, newScene(key))
	for what, keys := range map[string]*implicit.KeySet{"with keys": v.Keys, "without keys": nil} {
		v.Keys = keys
		r, err := v.Diagnose(context.Background(), request().Expected(moment.AddDate(1, 0, 0)), response(t, tw))
		if err != nil {
			t.Fatal(err)
		}
		if r.Valid() || r.Err() == nil || !r.IDToken.Empty() || !r.AccessToken.Empty() || r.IDTokenClaims != nil {
			t.Errorf("%s: valid %v, tokens on the result", what, r.Valid())
		}
		for _, c := range r.Checks {
			if c.Status == implicit.StatusFail {
				t.Errorf("%s: failed %v", what, c)
			}
		}
		for name, want := range map[string]implicit.Status{
			"state": "pass", "nonce": "pass", "audience": "pass", "at_hash": "pass", "expiry": "pass", "key": "skip", "signature": "skip", "access_token.issuer": "pass",
		} {
			if c := named(r, name); c.Status != want {
				t.Errorf("%s: %v, expected %s", what, c, want)
			}
		}
	}
	req := request()
	req.Nonce = "other"
	r, err := v.Diagnose(context.Background(), req.Expected(moment.AddDate(1, 0, 0)), response(t, tw))
	if err != nil || named(r, "nonce").Status != implicit.StatusFail {
		t.Errorf("another nonce: %v, %v", named(r, "nonce"), err)
	}
}

func TestDiagnoseOfARefusal(t *testing.T) {
	v := &implicit.Verifier{Issuer: "https://login.example.com", ClientID: client}
	resp, err := implicit.Parse("#error=access_denied&state=other", "")
	if err != nil {
		t.Fatal(err)
	}
	r, err := v.Diagnose(context.Background(), implicit.Expected{State: state}, resp)
	if err != nil || named(r, "state").Status != implicit.StatusFail {
		t.Errorf("another state: %v, %v", named(r, "state"), err)
	}
}
