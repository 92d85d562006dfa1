package config

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestCheck(t *testing.T) {
	pem := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(pem, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ name, good, bad string }{
		{"environment-id", environment, "8f1c2d3e"},
		{"region", "com.au", "ZZ"},
		{"auth-url", "https://login.example.com", "http://login.example.com"},
		{"auth-url", "https://auth.pingone.eu/" + environment, "https://auth.pingone.eu"},
		{"issuer", "https://id.example.com/a", "https://id.example.com/?a"},
		{"client-id", "1a2b", "1a 2b"},
		{"sandbox", "true", "perhaps"},
		{"redirect-uri", "com.example.app:/cb", "https://app.example.com/#x"},
		{"scope", "openid p1:read:user", `openid "`},
		{"response-type", "id_token token", "code"},
		{"response-mode", "form_post", "jwt"},
		{"method", "post", "PUT"},
		{"max-age", "0", "-1"},
		{"acr-values", "Single_Factor Multi_Factor", "a\x1b[2J"},
		{"algorithms", "RS256 ES256", "HS256"},
		{"clock-skew", "0", "1 minute"},
		{"timeout", "10", "0s"},
		{"wait", "5m", "-5m"},
		{"store", "helper:pass", "helper:"},
		{"store", "none", "vault"},
		{"ca-cert", "", pem},
	} {
		if _, err := (Profile{row.name: row.good}).Check(); err != nil {
			t.Errorf("%s %q is refused: %v", row.name, row.good, err)
		}
		_, err := Profile{row.name: row.bad}.Check()
		var wrong *Error
		if !errors.As(err, &wrong) || wrong.Name != row.name || wrong.Source != "" {
			t.Errorf("%s %q: got %v, want an error about it", row.name, row.bad, err)
		}
	}
	if _, err := (Profile{"issuer": "https://id.example.com", "response-mode": "query"}).Check(); err != nil {
		t.Errorf("query with another provider is refused: %v", err)
	}
	if _, err := (Profile{"issuer": "https://id.example.com", "response-mode": "pi.flow"}).Check(); err == nil {
		t.Error("pi.flow with another provider is taken")
	}
}

func TestStorableNamesFilesWhole(t *testing.T) {
	got, err := Storable("CA_cert", "ca.pem")
	if err != nil || !filepath.IsAbs(got) || filepath.Base(got) != "ca.pem" {
		t.Errorf("got %q, %v", got, err)
	}
}
