package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"html"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/internal/sandbox"
	"github.com/implicit-cli/implicit/internal/words"
)

// The names in a server's certificate are the server's text: in a message about
// another host they must not control the terminal.
func TestCertificateNamesDriveNoTerminal(t *testing.T) {
	t.Parallel()
	srv := httptest.NewUnstartedServer(http.NotFoundHandler())
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	cert, authority := certificateFor(t, "\x1b]0;owned\x07\x1b[2Jevil.example")
	srv.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	srv.StartTLS()
	defer srv.Close()
	_, port, _ := net.SplitHostPort(srv.Listener.Addr().String())
	b := newBench(t)
	ca := filepath.Join(b.home, "ca.pem")
	if err := os.WriteFile(ca, authority, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{}, {"-o", "json"}} {
		r := b.run(append(args, "login", "--issuer", "https://localhost:"+port, "--client-id", "c", "--via", "terminal", "--store", "none",
			"--redirect-uri", "https://app.example.com/callback", "--ca-cert", ca)...).exits(6).says("evil.example")
		if strings.ContainsAny(r.errOut+r.out, "\x1b\x07") {
			t.Errorf("the certificate's text controls the terminal: %q", r.errOut)
		}
	}
}

func certificateFor(t *testing.T, name string) (tls.Certificate, []byte) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// A server that repeats the password, in whatever form and at whatever step,
// does not get it into a message.
func TestThePasswordIsInNoMessage(t *testing.T) {
	t.Parallel()
	const password = `pass"word\ & <more>/ü`
	inJSON, _ := json.Marshal(password)
	forms := map[string]string{
		"as it is": password, "JSON": string(inJSON), "URL": url.QueryEscape(password), "path": url.PathEscape(password), "HTML": html.EscapeString(password),
		"base64": base64.StdEncoding.EncodeToString([]byte(password)), "Basic": base64.StdEncoding.EncodeToString([]byte("jane:" + password)),
		"base64 URL": base64.RawURLEncoding.EncodeToString([]byte("ja:" + password)),
	}
	for name, form := range forms {
		for _, step := range []string{"error", "status", "resume", "location"} {
			t.Run(name+" in "+step, func(t *testing.T) {
				srv := echoServer(t, step, form)
				b := newBench(t)
				for name, value := range map[string]string{
					"IMPLICIT_AUTH_URL": srv.URL + "/" + sandbox.EnvironmentID, "IMPLICIT_CLIENT_ID": "c", "IMPLICIT_STORE": "none",
					"IMPLICIT_REDIRECT_URI": "https://app.example.com/callback", "IMPLICIT_USERNAME": "jane", "IMPLICIT_PASSWORD": password,
				} {
					b.set(name, value)
				}
				for _, args := range [][]string{{"login"}, {"login", "-o", "json"}, {"token"}} {
					r := b.run(args...)
					if r.exit == 0 || !strings.Contains(r.errOut, "[redacted]") {
						t.Errorf("%v: exit status %d, standard error %s", args, r.exit, r.errOut)
					}
					for _, part := range []string{"word", form} {
						if said := strings.ReplaceAll(r.errOut, "IMPLICIT_PASSWORD", ""); strings.Contains(said, part) && !strings.Contains("wrong user name or password --password-file", part) {
							t.Errorf("%v: %q is in %s", args, part, said)
						}
					}
				}
			})
		}
	}
}

// echoServer is a PingOne that puts text into its answer at one step.
func echoServer(t *testing.T, step, text string) *httptest.Server {
	t.Helper()
	var srv *httptest.Server
	srv = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		base := srv.URL + "/" + sandbox.EnvironmentID
		answer := func(status int, v map[string]any) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_ = words.JSON(w, v)
		}
		flow := map[string]any{"id": "f-1", "status": "USERNAME_PASSWORD_REQUIRED", "resumeUrl": base + "/as/resume?flowId=f-1",
			"_links": map[string]any{"usernamePassword.check": map[string]string{"href": base + "/flows/f-1"}}}
		switch {
		case strings.HasSuffix(r.URL.Path, "/as/authorize"):
			w.Header().Add("Set-Cookie", "ST=session; Path=/; HttpOnly")
			w.Header().Set("Location", base+"/signon/?flowId=f-1")
			w.WriteHeader(http.StatusFound)
		case strings.HasSuffix(r.URL.Path, "/as/resume") && step == "location":
			w.Header().Set("Location", "https://evil.example/"+url.PathEscape(text))
			w.WriteHeader(http.StatusFound)
		case strings.HasSuffix(r.URL.Path, "/as/resume"):
			sent := url.Values{"error": {"invalid_request"}, "error_description": {"you sent " + text}}
			w.Header().Set("Location", "https://app.example.com/callback#"+sent.Encode())
			w.WriteHeader(http.StatusFound)
		case r.Method == http.MethodGet:
			answer(200, flow)
		case step == "error":
			answer(400, map[string]any{"id": "x", "code": "INVALID_DATA", "message": "you sent " + text})
		case step == "status":
			flow["status"] = "YOU SENT " + text
			answer(200, flow)
		default:
			_, _ = io.Copy(io.Discard, r.Body)
			flow["status"] = "COMPLETED"
			answer(200, flow)
		}
	}))
	t.Cleanup(srv.Close)
	return srv
}
