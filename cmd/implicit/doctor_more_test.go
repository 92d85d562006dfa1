package main

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/implicit-cli/implicit/internal/sandbox"
)

// What doctor --fit writes is what sandbox --tenant takes.
func TestDoctorFits(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	file := filepath.Join(b.home, "tenant.yaml")
	b.run("doctor", "--sandbox", "--switch", "redirect-303", "--switch", "more-claims", "--fit", file).exits(0).says("sandbox --tenant")
	tenant, err := b.app(strings.NewReader(""), io.Discard, io.Discard).loadTenant([]string{file})
	if err != nil {
		t.Fatal(err)
	}
	srv, err := sandbox.New(sandbox.Options{Tenant: tenant, Keys: sandbox.SharedKeys()})
	if err != nil {
		t.Fatal(err)
	}
	its, answer := srv.Settings(), httptest.NewRecorder()
	srv.ServeHTTP(answer, httptest.NewRequest("GET", its.AuthURL+"/as/authorize?response_type=token&client_id="+its.ClientID+"&redirect_uri="+url.QueryEscape(its.RedirectURI), nil))
	if answer.Code != http.StatusSeeOther {
		t.Errorf("the sandbox of this file answers %d", answer.Code)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	b.run("doctor", "--sandbox", "--find-region", "--checks").exits(0).shows("the settings name a host") // and asks no region
	b.run("doctor", "--issuer", "https://login.example.com", "--client-id", "c", "--fit", file).exits(2).says("--fit")
}

func TestDoctorComparesTheApplication(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plain := sandbox.Applications()[0]
	app := map[string]any{"id": plain.ClientID, "name": "Plain", "enabled": true, "type": "NATIVE_APP", "protocol": "OPENID_CONNECT",
		"grantTypes": []string{"AUTHORIZATION_CODE"}, "responseTypes": []string{"TOKEN", "ID_TOKEN"}, "redirectUris": plain.RedirectURIs}
	text, err := json.Marshal(app)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(b.home, "app.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	b.run("doctor", "--sandbox", "--application", file).exits(3).shows("tick Implicit").shows("application_grant")
	b.run("doctor", "--sandbox", "--application", file+".missing").exits(2).says("--application")
	b.run("doctor", "--sandbox", "--client-id", "another", "--application", file).exits(2).shows("application_id")
}

// Evidence shows what was sent and received, and not the environment's name.
func TestEvidence(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	file := filepath.Join(b.home, "evidence.har")
	b.run("doctor", "--sandbox", "--scope", "openid profile email", "--evidence", file).exits(0).says("attach it to an issue")
	text, err := os.ReadFile(file)
	if err != nil || !json.Valid(text) {
		t.Fatalf("%v: %.100s", err, text)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	plain, user := sandbox.Applications()[0], sandbox.Users()[0]
	shown := clear(string(text))
	for _, hidden := range []string{"https://127.0.0.1", sandbox.EnvironmentID, plain.ClientID, user.Username + "\"", user.Password, "Plain", "x5c\": [", b.home} {
		if strings.Contains(shown, hidden) {
			t.Errorf("the evidence shows %q", hidden)
		}
	}
	for _, id := range regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`).FindAllString(shown, -1) {
		if !strings.HasPrefix(id, "00000000-0000-0000-") {
			t.Errorf("the evidence shows the ID %s", id)
		}
	}
	for _, kept := range []string{"/as/authorize", "USERNAME_PASSWORD_REQUIRED", "issues/new", "\"auth_time\""} {
		if !strings.Contains(shown, kept) {
			t.Errorf("the evidence lacks %s", kept)
		}
	}
	b.run("replay", file).exits(0)
	b.run("doctor", "--sandbox", "--evidence", filepath.Join(b.home, "no", "such", "folder")).exits(2).says("--evidence")
}

// clear is a text with what is in base64url in it decoded.
func clear(text string) string {
	return regexp.MustCompile(`eyJ[A-Za-z0-9_-]+`).ReplaceAllStringFunc(text, func(part string) string {
		raw, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil {
			return part
		}
		return string(raw)
	})
}

// shows asserts on standard output.
func (r ran) shows(text string) ran {
	r.t.Helper()
	if !strings.Contains(r.out, text) {
		r.t.Errorf("expected %q in:\n%s", text, r.out)
	}
	return r
}
