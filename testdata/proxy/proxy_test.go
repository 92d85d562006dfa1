// Package proxy runs a Postman and a Bruno collection, by their own command-line
// runners, through the program as it is shipped, to an API that verifies the tokens.
package proxy

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

func TestCollections(t *testing.T) {
	w := newWorld(t)
	environment := w.file("environment.json", fmt.Sprintf(`{"name": "proxy", "values": [{"key": "address", "value": %q, "enabled": true}, {"key": "key", "value": %q, "enabled": true}]}`, w.address, w.key))
	w.run("newman", "", "newman", "run", "postman_collection.json", "--environment", environment, "--iteration-count", "4", "--delay-request", "1000", "--color", "off")
	w.run("bru", "bruno", "bru", "run", "--delay", "2000")
}

// run runs a collection, whose tests must pass, and looks at what the API was sent.
func (w *world) run(name, dir, program string, args ...string) {
	w.t.Run(name, func(t *testing.T) {
		w.api.reset()
		bin, _ := filepath.Abs(filepath.Join("node_modules", ".bin", program))
		cmd := exec.CommandContext(t.Context(), bin, args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "PROXY_ADDRESS="+w.address, "PROXY_KEY="+w.key)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s\nthe proxy's log:\n%s", err, out, w.log)
		}
		w.api.mu.Lock()
		defer w.api.mu.Unlock()
		t.Logf("%d requests with %d tokens, one after the other", w.api.requests, len(w.api.tokens))
		if len(w.api.tokens) < 2 || len(w.api.problems) > 0 {
			t.Errorf("the API was sent %d tokens over an expiry; %q\n%s", len(w.api.tokens), w.api.problems, out)
		}
		for _, secret := range append(w.api.tokens, w.key) {
			if log := w.log.String(); strings.Contains(log, secret) {
				t.Errorf("a secret in the proxy's log:\n%s", log)
			}
			if name == "newman" && bytes.Contains(out, []byte(secret)) {
				t.Errorf("a secret in the output of %s", name)
			}
		}
	})
}

// world is a sandbox, an API and a proxy to it.
type world struct {
	t            *testing.T
	dir, binary  string
	api          *api
	address, key string
	log          *buffer
}

func newWorld(t *testing.T) *world {
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			if strings.Contains(os.Getenv("IMPLICIT_TEST_REQUIRE"), "documents") {
				t.Fatalf("needs %s, and IMPLICIT_TEST_REQUIRE asks for it", tool)
			}
			t.Skipf("needs %s, which is not installed here", tool)
		}
	}
	w := &world{t: t, dir: t.TempDir(), log: new(buffer)}
	w.binary = filepath.Join(w.dir, "implicit")
	w.command("go", "build", "-C", "../..", "-o", w.binary, "./cmd/implicit")
	if _, err := os.Stat("node_modules/.bin/bru"); err != nil {
		w.command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	}
	var sandbox struct {
		AuthURL     string `json:"auth_url"`
		ClientID    string `json:"client_id"`
		RedirectURI string `json:"redirect_uri"`
		CACert      string `json:"ca_cert"`
		Users       []struct{ Username, Password string }
	}
	w.start(nil, &sandbox, "sandbox", "--tenant", "tenant.yaml")
	w.api = newAPI(t, sandbox.AuthURL, sandbox.CACert)
	var proxy struct{ URL, Key string }
	w.start([]string{"IMPLICIT_AUTH_URL=" + sandbox.AuthURL, "IMPLICIT_CLIENT_ID=" + sandbox.ClientID, "IMPLICIT_REDIRECT_URI=" + sandbox.RedirectURI,
		"IMPLICIT_CA_CERT=" + sandbox.CACert, "IMPLICIT_USERNAME=" + sandbox.Users[0].Username, "IMPLICIT_PASSWORD=" + sandbox.Users[0].Password},
		&proxy, "proxy", "--to", w.api.URL+"/v1", "--min-ttl", "1s", "--log", "text")
	w.address, w.key = proxy.URL, proxy.Key
	w.api.secrets = append(w.api.secrets, w.key)
	return w
}

func (w *world) command(name string, args ...string) {
	w.t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		w.t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

func (w *world) file(name, text string) string {
	w.t.Helper()
	file := filepath.Join(w.dir, name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return file
}

// start runs a server of ours until the test ends, and reads the line that says it is
// ready.
func (w *world) start(env []string, ready any, args ...string) {
	w.t.Helper()
	cmd := exec.Command(w.binary, args...)
	cmd.Env = append([]string{"HOME=" + w.dir, "IMPLICIT_STORE=file"}, env...)
	cmd.Stderr = w.log
	out, err := cmd.StdoutPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { cmd.Process.Signal(syscall.SIGTERM); cmd.Wait() })
	if err := json.NewDecoder(out).Decode(ready); err != nil {
		w.t.Fatalf("%s: %v\n%s", args[0], err, w.log)
	}
	go io.Copy(io.Discard, out)
}

// buffer is written by several processes.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) { b.mu.Lock(); defer b.mu.Unlock(); return b.b.Write(p) }
func (b *buffer) String() string              { b.mu.Lock(); defer b.mu.Unlock(); return b.b.String() }

// api verifies the token of each request, with the provider's keys and no code of
// ours, and answers with its subject and the request's body.
type api struct {
	*httptest.Server
	keys   map[string]*rsa.PublicKey
	issuer string

	mu       sync.Mutex
	requests int
	tokens   []string // each once
	secrets  []string
	problems []string
}

func newAPI(t *testing.T, auth, ca string) *api {
	t.Helper()
	a := &api{issuer: auth + "/as", keys: map[string]*rsa.PublicKey{}}
	roots := x509.NewCertPool()
	pem, err := os.ReadFile(ca)
	if err != nil || !roots.AppendCertsFromPEM(pem) {
		t.Fatal("no certificate", err)
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	resp, err := client.Get(a.issuer + "/jwks")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var set struct{ Keys []struct{ Kid, N, E string } }
	if err := json.NewDecoder(resp.Body).Decode(&set); err != nil {
		t.Fatal(err)
	}
	for _, k := range set.Keys {
		n, _ := base64.RawURLEncoding.DecodeString(k.N)
		e, _ := base64.RawURLEncoding.DecodeString(k.E)
		a.keys[k.Kid] = &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}
	}
	a.Server = httptest.NewServer(a)
	t.Cleanup(a.Close)
	return a
}

func (a *api) reset() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.requests, a.tokens, a.problems = 0, nil, nil
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	subject, err := a.verify(token)
	body, _ := io.ReadAll(r.Body)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.requests++
	if err != nil {
		a.problems = append(a.problems, err.Error())
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return
	}
	if len(a.tokens) == 0 || a.tokens[len(a.tokens)-1] != token {
		a.tokens = append(a.tokens, token)
	}
	if r.URL.Path != "/v1/orders" || r.Header.Get("Implicit-Proxy-Key") != "" {
		a.problems = append(a.problems, "the request for "+r.URL.Path+" has the headers "+fmt.Sprint(r.Header))
	}
	processes, _ := exec.Command("ps", "-eo", "args").Output() // while the runner waits
	for _, secret := range append(a.secrets, token) {
		if bytes.Contains(processes, []byte(secret)) {
			a.problems = append(a.problems, "a secret is in the list of processes")
		}
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(map[string]string{"sub": subject, "body": string(body)})
}

// verify returns the subject of a token that is signed by the provider and has not
// expired.
func (a *api) verify(token string) (subject string, err error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return "", errors.New("no token")
	}
	var header struct{ Alg, Kid string }
	var claims struct {
		Iss, Sub string
		Exp      int64
	}
	read := func(part string, v any) []byte {
		raw, decodeErr := base64.RawURLEncoding.DecodeString(part)
		if v != nil && decodeErr == nil {
			decodeErr = json.Unmarshal(raw, v)
		}
		err = errors.Join(err, decodeErr)
		return raw
	}
	read(parts[0], &header)
	read(parts[1], &claims)
	signature := read(parts[2], nil)
	key := a.keys[header.Kid]
	if err != nil || key == nil || header.Alg != "RS256" || claims.Iss != a.issuer {
		return "", fmt.Errorf("a foreign token: %w", err)
	}
	if !time.Now().Before(time.Unix(claims.Exp, 0)) {
		return "", errors.New("expired")
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	return claims.Sub, rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature)
}
