package implicit_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

var update = flag.Bool("update", false, "make the vectors of testdata/tokens anew, with new keys")

const vectorDir = "../../testdata/tokens"

// vector is two answers that differ in one thing: the verifier takes the valid
// one, and refuses the faulty one by the named check and no other.
type vector struct {
	Name      string   `json:"name"`
	RefusedBy string   `json:"refused_by"` // a check, or "parse" where the answer cannot even be read
	At        string   `json:"at"`
	Settings  settings `json:"settings"`
	Expected  expected `json:"expected"`
	Valid     twin     `json:"valid"`
	Faulty    twin     `json:"faulty"`
}

// settings are the fields of a Verifier.
type settings struct {
	Issuer           string   `json:"issuer"`
	ClientID         string   `json:"client_id"`
	Algorithms       []string `json:"algorithms,omitempty"`
	TrustedAudiences []string `json:"trusted_audiences,omitempty"`
	Audience         string   `json:"audience,omitempty"`
	Scopes           []string `json:"scopes,omitempty"`
	Require          []string `json:"require,omitempty"`
	IssuerInResponse bool     `json:"issuer_in_response,omitempty"`
	ACRPromised      bool     `json:"acr_promised,omitempty"`
}

// expected are the fields of Expected.
type expected struct {
	ResponseType string `json:"response_type,omitempty"`
	ResponseMode string `json:"response_mode,omitempty"`
	State        string `json:"state,omitempty"`
	Nonce        string `json:"nonce,omitempty"`
	ACRValues    string `json:"acr_values,omitempty"`
	MaxAge       *int64 `json:"max_age,omitempty"`
	Subject      string `json:"subject,omitempty"`
	RequestedAt  int64  `json:"requested_at,omitempty"`
}

// twin is one answer: a redirect URL, or a token alone.
type twin struct {
	Keys        json.RawMessage `json:"keys"`
	URL         string          `json:"url,omitempty"`
	IDToken     string          `json:"id_token,omitempty"`
	AccessToken string          `json:"access_token,omitempty"`
}

func TestVectors(t *testing.T) {
	if *update {
		writeVectors(t)
	}
	counted := 0
	for check, rows := range vectorRows(nil) {
		t.Run(check, func(t *testing.T) {
			vectors := readVectors(t, check)
			if len(vectors) != len(rows) {
				t.Errorf("%d vectors for %d rows: go test ./pkg/implicit -run TestVectors -update makes them anew", len(vectors), len(rows))
			}
			for _, v := range vectors {
				counted++
				t.Run(v.Name, func(t *testing.T) { testVector(t, check, v) })
			}
		})
	}
	t.Logf("%d vectors", counted)
}

func testVector(t *testing.T, check string, v vector) {
	if !differInOne(v.Valid, v.Faulty) {
		t.Error("the twins differ in more than one thing, or in none")
	}
	result, err := v.verify(v.Valid)
	if err != nil || !result.Valid() {
		t.Fatalf("the valid twin is refused: %v %v", err, failures(result))
	}
	result, err = v.verify(v.Faulty)
	if v.RefusedBy == "parse" {
		var malformed *implicit.ParseError
		if !errors.As(err, &malformed) {
			t.Fatalf("expected a parse error, got %v", err)
		}
		return
	}
	if err != nil {
		t.Fatalf("the faulty twin is not decided: %v", err)
	}
	if got := failures(result); len(got) != 1 || got[0].Name != v.RefusedBy {
		t.Fatalf("the faulty twin is refused by %v, expected %s alone", got, v.RefusedBy)
	}
	if v.RefusedBy != check {
		t.Errorf("the vector stands in the file of %s", check)
	}
	var refused *implicit.VerifyError
	if !errors.As(result.Err(), &refused) || refused.Check.Name != v.RefusedBy {
		t.Errorf("Err is %v", result.Err())
	}
}

// A verifier that keeps its memory finds the same, whatever token it had before.
func TestReusing(t *testing.T) {
	for check := range vectorRows(nil) {
		for _, v := range readVectors(t, check) {
			fresh, err := v.verifier(v.Valid.Keys)
			if err != nil {
				t.Fatal(err)
			}
			reusing := fresh.Reusing()
			for i, tw := range []twin{v.Valid, v.Faulty, v.Valid, v.Faulty, v.Faulty} {
				if fresh, err = v.verifier(tw.Keys); err != nil {
					continue // the key set is what is faulty
				}
				reusing.Keys = fresh.Keys
				if want, got := seen(v.verifyWith(fresh, tw)), seen(v.verifyWith(reusing, tw)); got != want {
					t.Errorf("%s: %s, %d: found\n%s\nwithout reuse\n%s", check, v.Name, i, got, want)
				}
			}
		}
	}
}

// seen is all that a caller sees of a result.
func seen(r *implicit.Result, err error) string {
	text, _ := json.Marshal(r)
	tokens := ""
	if r != nil {
		tokens = r.IDToken.Reveal() + " " + r.AccessToken.Reveal()
	}
	return fmt.Sprint(string(text), r.Valid(), tokens, err)
}

func failures(r *implicit.Result) (failed []implicit.Check) {
	if r == nil {
		return nil
	}
	for _, c := range r.Checks {
		if c.Status == implicit.StatusFail {
			failed = append(failed, c)
		}
	}
	return failed
}

func differInOne(a, b twin) bool {
	differences := 0
	for _, same := range []bool{string(a.Keys) == string(b.Keys), a.URL == b.URL, a.IDToken == b.IDToken, a.AccessToken == b.AccessToken} {
		if !same {
			differences++
		}
	}
	return differences == 1
}

func (v vector) verify(tw twin) (*implicit.Result, error) {
	verifier, err := v.verifier(tw.Keys)
	if err != nil {
		return nil, err
	}
	return v.verifyWith(verifier, tw)
}

func (v vector) verifyWith(verifier *implicit.Verifier, tw twin) (*implicit.Result, error) {
	ctx, e := context.Background(), v.expected()
	switch {
	case tw.URL != "":
		resp, err := implicit.ParseURL(tw.URL, "")
		if err != nil {
			return nil, err
		}
		return reported(verifier.VerifyResponse(ctx, e, resp))
	case tw.IDToken != "":
		return reported(verifier.VerifyIDToken(ctx, implicit.NewSecret(tw.IDToken), e))
	}
	return reported(verifier.VerifyAccessToken(ctx, implicit.NewSecret(tw.AccessToken), e))
}

func (v vector) verifier(keys []byte) (*implicit.Verifier, error) {
	at, err := time.Parse(time.RFC3339, v.At)
	if err != nil {
		return nil, err
	}
	set, err := implicit.NewStaticKeySet(keys)
	if err != nil {
		return nil, err
	}
	verifier := &implicit.Verifier{
		Issuer: v.Settings.Issuer, ClientID: v.Settings.ClientID, Keys: set,
		Algorithms: v.Settings.Algorithms, TrustedAudiences: v.Settings.TrustedAudiences,
		AccessToken:      implicit.AccessPolicy{Audience: v.Settings.Audience, Scopes: v.Settings.Scopes},
		IssuerInResponse: v.Settings.IssuerInResponse, ACRPromised: v.Settings.ACRPromised,
		Now: func() time.Time { return at },
	}
	for _, text := range v.Settings.Require {
		r := implicit.ClaimRequirement{}
		r.Claim, r.Value, _ = strings.Cut(text, "=")
		for _, token := range []string{implicit.KindIDToken, implicit.KindAccessToken} {
			if claim, ok := strings.CutPrefix(r.Claim, token+"."); ok {
				r.Token, r.Claim = token, claim
			}
		}
		verifier.Require = append(verifier.Require, r)
	}
	return verifier, nil
}

func (v vector) expected() implicit.Expected {
	e := implicit.Expected{
		Partial: true, ResponseType: v.Expected.ResponseType, ResponseMode: v.Expected.ResponseMode,
		State: v.Expected.State, Nonce: v.Expected.Nonce, ACRValues: v.Expected.ACRValues,
		MaxAge: v.Expected.MaxAge, Subject: v.Expected.Subject,
	}
	if v.Expected.RequestedAt != 0 {
		e.RequestedAt = time.Unix(v.Expected.RequestedAt, 0)
	}
	return e
}

func readVectors(t *testing.T, check string) []vector {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(vectorDir, check+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var vectors []vector
	if err := json.Unmarshal(text, &vectors); err != nil {
		t.Fatal(err)
	}
	return vectors
}

func writeVectors(t *testing.T) {
	t.Helper()
	key := newSigner(t, "RS256", "4f0c5b3e-6b0e-11f0-8de9-0242ac120002")
	others := make(map[string]*signer)
	other := func(name string) *signer {
		if others[name] == nil {
			alg, _, _ := strings.Cut(name, " ")
			others[name] = newSigner(t, alg, "0b7e9c1d-6b0e-11f0-8de9-0242ac120002")
		}
		return others[name]
	}
	for check, rows := range vectorRows(other) {
		vectors := make([]vector, 0, len(rows))
		for _, row := range rows {
			vectors = append(vectors, row.make(t, check, key))
		}
		text, err := json.MarshalIndent(vectors, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(vectorDir, check+".json"), append(text, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// vectorRow makes a vector: both twins come of setup, the faulty one also of
// fault.
type vectorRow struct {
	name  string
	setup func(*scene)
	fault func(*scene)
}

func (row vectorRow) make(t *testing.T, check string, key *signer) vector {
	t.Helper()
	build := func(steps ...func(*scene)) *scene {
		s := newScene(key)
		switch {
		case slices.Contains(wholeAnswers, check):
			s.access, s.opaque = nil, opaque
		case strings.HasPrefix(check, "access_token."):
			s.alone = "access_token"
		default:
			s.alone = "id_token"
		}
		for _, step := range steps {
			if step != nil {
				step(s)
			}
		}
		return s
	}
	valid := build(row.setup)
	v := vector{Name: row.name, RefusedBy: check, At: moment.Format(time.RFC3339)}
	v.Settings = settings{
		Issuer: valid.verifier.Issuer, ClientID: valid.verifier.ClientID, Algorithms: valid.verifier.Algorithms,
		TrustedAudiences: valid.verifier.TrustedAudiences, Audience: valid.verifier.AccessToken.Audience,
		Scopes: valid.verifier.AccessToken.Scopes, IssuerInResponse: valid.verifier.IssuerInResponse, ACRPromised: valid.verifier.ACRPromised,
	}
	for _, r := range valid.verifier.Require {
		v.Settings.Require = append(v.Settings.Require, map[string]string{"": "", "id_token": "id_token.", "access_token": "access_token."}[r.Token]+r.Claim+"="+r.Value)
	}
	e := valid.expected
	v.Expected = expected{ACRValues: e.ACRValues, MaxAge: e.MaxAge, Subject: e.Subject}
	if valid.alone == "" {
		v.Expected.ResponseType, v.Expected.ResponseMode, v.Expected.State = e.ResponseType, e.ResponseMode, e.State
	}
	if valid.alone != "access_token" {
		v.Expected.Nonce = e.Nonce
	}
	if !e.RequestedAt.IsZero() {
		v.Expected.RequestedAt = e.RequestedAt.Unix()
	}
	v.Valid = valid.answer(t)
	v.Faulty = build(row.setup, row.fault).answer(t)
	return v
}

// wholeAnswers are the checks whose vectors are redirect URLs.
var wholeAnswers = []string{"parse", "channel", "state", "iss_parameter", "tokens", "token_type", "at_hash"}
