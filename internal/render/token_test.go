package render

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

func sampleToken() Token {
	return Token{
		AccessToken: implicit.NewSecret("at.1~2"), IDToken: implicit.NewSecret("id.3_4"),
		TokenType: "Bearer", Scope: "openid email",
		ExpiresAt: time.Date(2026, 1, 2, 4, 4, 5, 6, time.FixedZone("", 3600)),
		Result:    []byte(`{"valid": true, "access_token": "at.1~2", "expires_in": 3600}`),
	}
}

func TestTokenFormats(t *testing.T) {
	const execCredential = `{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"expirationTimestamp":"2026-01-02T03:04:05Z","token":"`
	for _, row := range []struct {
		format, shell string
		idToken       bool
		want          string
	}{
		{"raw", "", false, "at.1~2\n"},
		{"raw", "", true, "id.3_4\n"},
		{"json", "", false, `{"valid":true,"access_token":"at.1~2","expires_in":3600}` + "\n"},
		{"header", "", false, "Authorization: Bearer at.1~2\n"},
		{"header", "", true, "Authorization: Bearer id.3_4\n"},
		{"curl", "", false, `header = "Authorization: Bearer at.1~2"` + "\n"},
		{"exec-credential", "", false, execCredential + `at.1~2"}}` + "\n"},
		{"exec-credential", "", true, execCredential + `id.3_4"}}` + "\n"},
		{"env", "", false, "export ACCESS_TOKEN='at.1~2'\nexport ID_TOKEN='id.3_4'\nexport TOKEN_TYPE='Bearer'\nexport SCOPE='openid email'\nexport EXPIRES_AT='2026-01-02T03:04:05Z'\n"},
		{"export", "", false, "export ACCESS_TOKEN='at.1~2'\nexport ID_TOKEN='id.3_4'\nexport TOKEN_TYPE='Bearer'\nexport SCOPE='openid email'\nexport EXPIRES_AT='2026-01-02T03:04:05Z'\n"},
		{"dotenv", "", false, "ACCESS_TOKEN='at.1~2'\nID_TOKEN='id.3_4'\nTOKEN_TYPE='Bearer'\nSCOPE='openid email'\nEXPIRES_AT='2026-01-02T03:04:05Z'\n"},
		{"env", "fish", false, "set -gx ACCESS_TOKEN 'at.1~2'\nset -gx ID_TOKEN 'id.3_4'\nset -gx TOKEN_TYPE 'Bearer'\nset -gx SCOPE 'openid email'\nset -gx EXPIRES_AT '2026-01-02T03:04:05Z'\n"},
		{"env", "powershell", false, "$env:ACCESS_TOKEN = 'at.1~2'\n$env:ID_TOKEN = 'id.3_4'\n$env:TOKEN_TYPE = 'Bearer'\n$env:SCOPE = 'openid email'\n$env:EXPIRES_AT = '2026-01-02T03:04:05Z'\n"},
	} {
		token := sampleToken()
		token.IDTokenWanted = row.idToken
		var out strings.Builder
		if err := token.Write(&out, row.format, row.shell, nil); err != nil || out.String() != row.want {
			t.Errorf("%s %s: got %q, %v; want %q", row.format, row.shell, out.String(), err, row.want)
		}
	}
}

func TestTokenOfUnknownExpiry(t *testing.T) {
	token := sampleToken()
	token.ExpiresAt, token.IDToken = time.Time{}, implicit.Secret{}
	for format, want := range map[string]string{
		"exec-credential": `{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"at.1~2"}}` + "\n",
		// Empty and not left out: what an earlier call set must not stay.
		"env": "export ACCESS_TOKEN='at.1~2'\nexport ID_TOKEN=''\nexport TOKEN_TYPE='Bearer'\nexport SCOPE='openid email'\nexport EXPIRES_AT=''\n",
	} {
		var out strings.Builder
		if err := token.Write(&out, format, "sh", nil); err != nil || out.String() != want {
			t.Errorf("%s: got %q, %v; want %q", format, out.String(), err, want)
		}
	}
}

func TestTokenRefused(t *testing.T) {
	with := func(change func(*Token)) Token {
		token := sampleToken()
		change(&token)
		return token
	}
	lineInToken := with(func(k *Token) { k.AccessToken = implicit.NewSecret("at\n::set-env name=PATH::/tmp") })
	for name, row := range map[string]struct {
		token         Token
		format, shell string
		problem       string
	}{
		"unknown format":                 {sampleToken(), "xml", "", "--format: expected raw, json"},
		"no format":                      {sampleToken(), "", "", "--format"},
		"unknown shell":                  {sampleToken(), "env", "csh", "--shell: expected sh, fish, powershell"},
		"no access token":                {with(func(k *Token) { k.AccessToken = implicit.Secret{} }), "raw", "", "no access token"},
		"no ID token":                    {with(func(k *Token) { k.IDToken, k.IDTokenWanted = implicit.Secret{}, true }), "header", "", "no ID token"},
		"no result":                      {with(func(k *Token) { k.Result = nil }), "json", "", "no result"},
		"a result cut off":               {with(func(k *Token) { k.Result = []byte(`{"a":`) }), "json", "", "JSON"},
		"a line in a raw token":          {lineInToken, "raw", "", "printable ASCII"},
		"a line in a header":             {lineInToken, "header", "", "printable ASCII"},
		"a line in a curl configuration": {lineInToken, "curl", "", "printable ASCII"},
		"a workflow command in a token":  {lineInToken, "github", "", "printable ASCII"},
		"a line in the token beside":     {with(func(k *Token) { k.IDToken = implicit.NewSecret("a\r\nb") }), "github", "", "id_token"},
		"a quote for dotenv":             {with(func(k *Token) { k.Scope = "it's" }), "dotenv", "", "single quote"},
		"NUL in a scope":                 {with(func(k *Token) { k.Scope = "a\x00b" }), "env", "", "scope"},
		"text that turns round a scope":  {with(func(k *Token) { k.Scope = "a\u202eb" }), "env", "", "scope"},
		"github outside a workflow":      {sampleToken(), "github", "", "GITHUB_OUTPUT"},
	} {
		var out strings.Builder
		err := row.token.Write(&out, row.format, row.shell, nil)
		if err == nil || !strings.Contains(err.Error(), row.problem) {
			t.Errorf("%s: got %v, want %q", name, err, row.problem)
		} else if strings.Contains(err.Error(), "at.1") || strings.Contains(err.Error(), "PATH") {
			t.Errorf("%s: the error gives the token away: %v", name, err)
		}
		if out.Len() > 0 {
			t.Errorf("%s: %q was written", name, out.String())
		}
	}
}

func TestTokenForGitHub(t *testing.T) {
	token := sampleToken()
	token.AccessToken = implicit.NewSecret("50%0A::debug::ghadelimiter")
	var out, outputs bytes.Buffer
	if err := token.Write(&out, "github", "", &outputs); err != nil {
		t.Fatal(err)
	}
	if want := "::add-mask::50%250A::debug::ghadelimiter\n::add-mask::id.3_4\n"; out.String() != want {
		t.Errorf("commands %q, want %q", out.String(), want)
	}
	got := readGitHubOutput(t, outputs.String())
	want := map[string]string{"access_token": "50%0A::debug::ghadelimiter", "id_token": "id.3_4",
		"token_type": "Bearer", "scope": "openid email", "expires_at": "2026-01-02T03:04:05Z"}
	for name, value := range want {
		if got[name] != value {
			t.Errorf("output %s is %q, want %q", name, got[name], value)
		}
	}
	if len(got) != len(want) {
		t.Errorf("outputs %q, want those of %q", got, want)
	}
}

func TestTokenForGitHubIsNotSetUnmasked(t *testing.T) {
	var outputs bytes.Buffer
	if err := sampleToken().Write(fullDisk{}, "github", "", &outputs); err == nil || outputs.Len() > 0 {
		t.Errorf("error %v, outputs %q; want an error and nothing set", err, outputs.String())
	}
	if err := sampleToken().Write(&outputs, "github", "", fullDisk{}); err == nil {
		t.Error("no error though the outputs were not set")
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left") }

// readGitHubOutput reads name<<DELIMITER blocks as the runner does.
func readGitHubOutput(t *testing.T, file string) map[string]string {
	t.Helper()
	values := map[string]string{}
	lines := strings.Split(strings.TrimSuffix(file, "\n"), "\n")
	for len(lines) > 0 {
		name, end, ok := strings.Cut(lines[0], "<<")
		if !ok {
			t.Fatalf("no block begins with %q", lines[0])
		}
		var value []string
		for lines = lines[1:]; len(lines) > 0 && lines[0] != end; lines = lines[1:] {
			value = append(value, lines[0])
		}
		if len(lines) == 0 {
			t.Fatalf("the block of %s has no end", name)
		}
		values[name], lines = strings.Join(value, "\n"), lines[1:]
	}
	return values
}

// TestKubernetesAPI: kubectl refuses an answer in another version than it asked for.
func TestKubernetesAPI(t *testing.T) {
	for _, row := range []struct{ info, want, problem string }{
		{"", "", ""},
		{`{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":{"interactive":false}}`, "client.authentication.k8s.io/v1", ""},
		{`{"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredential"}`, "client.authentication.k8s.io/v1beta1", ""},
		{`{"apiVersion":"client.authentication.k8s.io/v2","kind":"ExecCredential"}`, "", "expected apiVersion"},
		{`{"kind":"Pod"}`, "", "expected an ExecCredential"},
		{`no JSON`, "", "expected an ExecCredential"},
	} {
		got, err := KubernetesAPI(row.info)
		if got != row.want || (err == nil) != (row.problem == "") || err != nil && !strings.Contains(err.Error(), row.problem) {
			t.Errorf("%s: got %q, %v", row.info, got, err)
		}
	}
	token := sampleToken()
	token.KubernetesAPI = "client.authentication.k8s.io/v1beta1"
	var b strings.Builder
	if err := token.Write(&b, "exec-credential", "", nil); err != nil || !strings.Contains(b.String(), `"apiVersion":"client.authentication.k8s.io/v1beta1"`) {
		t.Errorf("got %s, %v", b.String(), err)
	}
}

func FuzzKubernetesAPI(f *testing.F) {
	f.Add(`{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential"}`)
	f.Add(`{"kind":1}`)
	f.Fuzz(func(t *testing.T, info string) {
		api, err := KubernetesAPI(info)
		if err == nil && api != "" && !slices.Contains(kubernetesAPIs(), api) {
			t.Errorf("%q is answered with %q", info, api)
		}
	})
}
