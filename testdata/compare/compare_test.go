// Package compare shows the vectors of testdata/tokens to other libraries: what
// one of them refuses, the verifier refuses too; where it is stricter is
// written down. It is a module of its own, so that none of them reaches the
// program's go.mod.
package compare

import (
	"context"
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/golang-jwt/jwt/v5"
	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwk"
	"github.com/lestrrat-go/jwx/v2/jws"
	jwxt "github.com/lestrrat-go/jwx/v2/jwt"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

const vectorDir = "../tokens"

type vector struct {
	Name      string `json:"name"`
	RefusedBy string `json:"refused_by"`
	At        string `json:"at"`
	Settings  struct {
		Issuer           string   `json:"issuer"`
		ClientID         string   `json:"client_id"`
		Algorithms       []string `json:"algorithms"`
		TrustedAudiences []string `json:"trusted_audiences"`
		Audience         string   `json:"audience"`
	} `json:"settings"`
	Expected struct {
		Nonce string `json:"nonce"`
	} `json:"expected"`
	Valid  twin `json:"valid"`
	Faulty twin `json:"faulty"`
}

type twin struct {
	Keys        json.RawMessage `json:"keys"`
	URL         string          `json:"url"`
	IDToken     string          `json:"id_token"`
	AccessToken string          `json:"access_token"`
}

// tokens returns the ID token of a twin and its access token.
func (tw twin) tokens() (id, access string) {
	if tw.URL == "" {
		return tw.IDToken, ""
	}
	_, fragment, _ := strings.Cut(tw.URL, "#")
	v, _ := url.ParseQuery(fragment)
	return v.Get("id_token"), v.Get("access_token")
}

// question is one ID token and all that it is verified with.
type question struct {
	id, access string
	keys       []byte
	issuer     string
	client     string
	algorithms []string
	trusted    []string
	nonce      string
	at         time.Time
}

func (v vector) question(t testing.TB, tw twin) question {
	t.Helper()
	at, err := time.Parse(time.RFC3339, v.At)
	if err != nil {
		t.Fatal(err)
	}
	q := question{keys: tw.Keys, issuer: v.Settings.Issuer, client: v.Settings.ClientID, trusted: v.Settings.TrustedAudiences,
		algorithms: v.Settings.Algorithms, nonce: v.Expected.Nonce, at: at}
	if q.algorithms == nil {
		q.algorithms = []string{"RS256"}
	}
	q.id, q.access = tw.tokens()
	return q
}

// ours is the verifier, without a skew: none of the others has one.
func ours(q question) error {
	_, err := verified(q)
	return err
}

func verified(q question) (*implicit.Result, error) {
	keys, err := implicit.NewStaticKeySet(q.keys)
	if err != nil {
		return nil, err
	}
	v := &implicit.Verifier{Issuer: q.issuer, ClientID: q.client, Keys: keys, Algorithms: q.algorithms,
		TrustedAudiences: q.trusted, Skew: -1, Now: func() time.Time { return q.at }}
	return v.VerifyIDToken(context.Background(), implicit.NewSecret(q.id),
		implicit.Expected{Partial: true, Nonce: q.nonce, AccessToken: implicit.NewSecret(q.access)})
}

// libraries verify a token, each used as its documentation says.
var libraries = map[string]func(question) error{
	"go-oidc":    goOIDC,
	"golang-jwt": golangJWT,
	"jwx":        jwx,
}

func goOIDC(q question) error {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(q.keys) }))
	defer server.Close()
	ctx := context.Background()
	verifier := oidc.NewVerifier(q.issuer, oidc.NewRemoteKeySet(ctx, server.URL), &oidc.Config{
		ClientID: q.client, SupportedSigningAlgs: q.algorithms, Now: func() time.Time { return q.at },
	})
	token, err := verifier.Verify(ctx, q.id)
	if err != nil {
		return err
	}
	if token.Nonce != q.nonce {
		return errors.New("nonce")
	}
	if q.access != "" {
		return token.VerifyAccessToken(q.access)
	}
	return nil
}

func golangJWT(q question) error {
	set, err := jwk.Parse(q.keys)
	if err != nil {
		return err
	}
	keyOf := func(token *jwt.Token) (any, error) {
		kid, ok := token.Header["kid"].(string)
		var keys jwt.VerificationKeySet
		for i := range set.Len() {
			key, _ := set.Key(i)
			var raw any
			if ok && key.KeyID() != kid || key.Raw(&raw) != nil {
				continue
			}
			keys.Keys = append(keys.Keys, raw.(crypto.PublicKey))
		}
		return keys, nil
	}
	token, err := jwt.NewParser(jwt.WithValidMethods(q.algorithms), jwt.WithIssuer(q.issuer), jwt.WithAudience(q.client),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithStrictDecoding(), jwt.WithTimeFunc(func() time.Time { return q.at }),
	).Parse(q.id, keyOf)
	if err != nil {
		return err
	}
	if token.Claims.(jwt.MapClaims)["nonce"] != q.nonce {
		return errors.New("nonce")
	}
	return nil
}

func jwx(q question) error {
	set, err := jwk.Parse(q.keys)
	if err != nil {
		return err
	}
	for i := range set.Len() {
		if key, _ := set.Key(i); key.Algorithm().String() == "" {
			if err := key.Set(jwk.AlgorithmKey, jwa.SignatureAlgorithm(q.algorithms[0])); err != nil {
				return err
			}
		}
	}
	token, err := jwxt.Parse([]byte(q.id), jwxt.WithKeySet(set, jws.WithUseDefault(true)), jwxt.WithIssuer(q.issuer), jwxt.WithAudience(q.client),
		jwxt.WithClock(jwxt.ClockFunc(func() time.Time { return q.at })), jwxt.WithRequiredClaim("exp"), jwxt.WithClaimValue("nonce", q.nonce))
	if err != nil {
		return err
	}
	if token.Subject() == "" {
		return errors.New("sub")
	}
	return nil
}

// TestNeverLaxer asks all about every ID token among the vectors.
func TestNeverLaxer(t *testing.T) {
	stricter := map[string][]string{} // by library: what it takes and the verifier refuses
	asked := 0
	each(t, func(file string, v vector) {
		for kind, tw := range map[string]twin{"valid": v.Valid, "faulty": v.Faulty} {
			q := v.question(t, tw)
			if q.id == "" {
				continue
			}
			asked++
			our := ours(q)
			for name, verify := range libraries {
				their := verify(q)
				switch {
				case our == nil && their != nil:
					t.Errorf("%s refuses the %s twin of %s: %s, and the verifier takes it: %v", name, kind, file, v.Name, their)
				case our != nil && their == nil && kind == "faulty":
					stricter[name] = append(stricter[name], file+": "+v.Name)
				}
			}
		}
	})
	t.Logf("%d tokens", asked)
	compareList(t, stricter)
}

func each(t testing.TB, visit func(file string, v vector)) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(vectorDir, "*.json"))
	if err != nil || len(paths) == 0 {
		t.Fatal("no vectors", err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var vectors []vector
		if err := json.Unmarshal(text, &vectors); err != nil {
			t.Fatal(err)
		}
		for _, v := range vectors {
			visit(strings.TrimSuffix(filepath.Base(path), ".json"), v)
		}
	}
}

// compareList holds stricter.txt to what was found: it is the list of all
// tokens that a library accepts and the verifier refuses.
func compareList(t *testing.T, stricter map[string][]string) {
	t.Helper()
	var b strings.Builder
	for _, name := range []string{"go-oidc", "golang-jwt", "jwx"} {
		slices.Sort(stricter[name])
		fmt.Fprintf(&b, "%s accepts, but the verifier refuses (%d):\n", name, len(stricter[name]))
		for _, what := range stricter[name] {
			fmt.Fprintf(&b, "  %s\n", what)
		}
	}
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile("stricter.txt", []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile("stricter.txt")
	if err != nil || string(have) != b.String() {
		t.Errorf("stricter.txt is not what was found (UPDATE=1 writes it): %v\n%s", err, b.String())
	}
}
