// Package provider signs on, in Chromium, at an OpenID provider written by
// others, with the program as it is shipped.
package provider

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// openTo is where this test, when it runs as the system's browser, sends the
// address that it was started with.
const openTo = "IMPLICIT_TEST_OPEN_TO"

func TestMain(m *testing.M) {
	if to := os.Getenv(openTo); to != "" {
		resp, err := http.PostForm(to, url.Values{"address": {os.Args[len(os.Args)-1]}})
		if err != nil || resp.StatusCode != http.StatusOK {
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// world is what all cases share.
type world struct {
	t       *testing.T
	binary  string
	ca      string
	issuer  string
	browser context.Context
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, binary: filepath.Join(t.TempDir(), "implicit")}
	w.command("go", "build", "-C", "../..", "-o", w.binary, "./cmd/implicit")
	if _, err := os.Stat("node_modules/oidc-provider"); err != nil {
		w.command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	}
	w.startProvider()
	w.startBrowser()
	return w
}

func (w *world) command(name string, args ...string) {
	w.t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		w.t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

func (w *world) startProvider() {
	w.t.Helper()
	key := w.certificate()
	cmd := exec.Command("node", "provider.mjs", w.ca, key)
	var warnings bytes.Buffer // that this is no provider for production
	cmd.Stderr = &warnings
	stdin, err := cmd.StdinPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { stdin.Close(); cmd.Wait() })
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	var said struct{ Issuer string }
	if err != nil || json.Unmarshal(line, &said) != nil {
		w.t.Fatalf("expected the provider's issuer, found %q, %v\n%s", line, err, warnings.String())
	}
	go io.Copy(io.Discard, stdout)
	w.issuer = said.Issuer
}

// certificate makes one that signs itself, for 127.0.0.1.
func (w *world) certificate() (keyFile string) {
	w.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		w.t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		w.t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		w.t.Fatal(err)
	}
	w.ca = w.write("CERTIFICATE", cert)
	return w.write("PRIVATE KEY", private)
}

func (w *world) write(kind string, der []byte) (file string) {
	w.t.Helper()
	file = filepath.Join(w.t.TempDir(), "file.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return file
}

func (w *world) startBrowser() {
	w.t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil && path == "" {
			path = found
		}
	}
	if path == "" {
		w.t.Fatal("no Chromium is installed, and this test is about one")
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(w.t.TempDir()), chromedp.NoSandbox, chromedp.IgnoreCertErrors)...)
	w.t.Cleanup(stop)
	window, closeWindow := chromedp.NewContext(allocator)
	w.t.Cleanup(func() { _ = chromedp.Cancel(window); closeWindow() }) // it writes to its profile until it is gone
	if err := chromedp.Do(window); err != nil {
		w.t.Fatal(err)
	}
	w.browser = window
}

// window is one with cookies of its own.
type window struct {
	t   *testing.T
	ctx context.Context
}

func (w *world) window(t *testing.T) window {
	t.Helper()
	ctx, cancel := chromedp.NewContext(w.browser, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	return window{t, ctx}
}

func (b window) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("browser: %v", err)
	}
}

// shows waits for a page that says text.
func (b window) shows(text string) {
	b.t.Helper()
	var all string
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(b.ctx, 5*time.Second)
		all, _ = chromedp.Run(ctx, chromedp.Evaluate[string]("document.body.innerText"))
		cancel()
		if strings.Contains(all, text) {
			return
		}
	}
	b.t.Fatalf("expected a page that says %q, found %q", text, all)
}

// signOn fills in the provider's two pages.
func (b window) signOn() {
	b.t.Helper()
	b.shows("Sign-in")
	b.do(chromedp.SendKeys(chromedp.CSS("input[name=login]"), "alice"),
		chromedp.SendKeys(chromedp.CSS("input[name=password]"), "any"),
		chromedp.Click(chromedp.CSS("button[type=submit]")))
	b.consent()
}

func (b window) consent() {
	b.t.Helper()
	b.shows("Authorize")
	b.do(chromedp.Click(chromedp.CSS("button[type=submit]")))
}

// outcome is how the program ended.
type outcome struct {
	status         int
	stdout, stderr string
}

// login runs the program; b is its browser, and person uses it.
func (w *world) login(t *testing.T, b window, person func(), args ...string) outcome {
	t.Helper()
	opened := make(chan string, 1)
	desk := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { opened <- r.FormValue("address") }))
	defer desk.Close()
	home := t.TempDir()
	cmd := exec.Command(w.binary, append([]string{"login", "--via", "browser", "--issuer", w.issuer, "--ca-cert", w.ca,
		"--store", "none", "--wait", "2m", "--output", "json"}, args...)...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "BROWSER=" + os.Args[0], openTo + "=" + desk.URL}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { cmd.Wait(); close(ended) }()
	select {
	case address := <-opened:
		b.do(chromedp.Navigate(address))
		person()
	case <-ended:
	}
	<-ended
	return outcome{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

func TestLogin(t *testing.T) {
	w := newWorld(t)
	for _, mode := range []string{"fragment", "form_post"} {
		for _, kind := range []string{"id_token", "id_token token"} {
			for _, method := range []string{"GET", "POST"} {
				t.Run(mode+" "+kind+" "+method, func(t *testing.T) {
					b := w.window(t)
					out := w.login(t, b, func() { b.signOn(); b.shows("Signed in") },
						"--client-id", "RS256", "--response-mode", mode, "--response-type", kind, "--method", method)
					out.valid(t, kind, "RS256")
				})
			}
		}
	}
	for _, algorithm := range []string{"ES256", "EdDSA"} {
		t.Run(algorithm, func(t *testing.T) {
			b := w.window(t)
			w.login(t, b, func() { b.signOn(); b.shows("Signed in") }, "--client-id", algorithm, "--response-type", "id_token token").
				valid(t, "id_token token", algorithm)
		})
	}
	t.Run("the session is there the second time", func(t *testing.T) {
		b := w.window(t)
		args := []string{"--client-id", "RS256", "--response-type", "id_token token"}
		w.login(t, b, func() { b.signOn(); b.shows("Signed in") }, args...).valid(t, "id_token token", "RS256")
		w.login(t, b, func() { b.consent(); b.shows("Signed in") }, args...).valid(t, "id_token token", "RS256")
	})
	t.Run("nobody is signed in", func(t *testing.T) {
		b := w.window(t)
		out := w.login(t, b, func() { b.shows("Not signed in") }, "--client-id", "RS256", "--response-type", "id_token", "--prompt", "none")
		out.fails(t, 4, "login_required")
	})
	t.Run("the person refuses", func(t *testing.T) {
		b := w.window(t)
		out := w.login(t, b, func() {
			b.shows("Sign-in")
			b.do(chromedp.Click(chromedp.CSS(`a[href$="/abort"]`)))
			b.shows("Not signed in")
		}, "--client-id", "RS256", "--response-type", "id_token")
		out.fails(t, 3, "access_denied")
	})
}

// valid checks the result object.
func (o outcome) valid(t *testing.T, kind, algorithm string) {
	t.Helper()
	var result struct {
		Valid       bool
		AccessToken string `json:"access_token"`
		Claims      struct {
			IDToken struct{ Sub string } `json:"id_token"`
		}
		Checks []struct{ Name, Status, Detail string }
	}
	if err := json.Unmarshal([]byte(o.stdout), &result); err != nil || o.status != 0 {
		t.Fatalf("status %d, %v\n%s%s", o.status, err, o.stdout, o.stderr)
	}
	if !result.Valid || result.Claims.IDToken.Sub != "alice" || (result.AccessToken != "") != strings.Contains(kind, " token") {
		t.Errorf("found %s", o.stdout)
	}
	status := map[string]string{}
	for _, c := range result.Checks {
		status[c.Name] = c.Status
		if c.Name == "algorithm" && !strings.Contains(c.Detail, algorithm) {
			t.Errorf("expected the algorithm %s, found %s", algorithm, c.Detail)
		}
	}
	for _, name := range []string{"state", "nonce", "signature", "issuer", "audience", "expiry"} {
		if status[name] != "pass" {
			t.Errorf("check %s: %q", name, status[name])
		}
	}
	if strings.Contains(kind, " token") && status["at_hash"] != "pass" {
		t.Errorf("at_hash: %q", status["at_hash"])
	}
}

func (o outcome) fails(t *testing.T, status int, code string) {
	t.Helper()
	if o.status != status || !strings.Contains(o.stderr, code) || o.stdout != "" {
		t.Errorf("expected status %d and %s, found %d\n%s%s", status, code, o.status, o.stdout, o.stderr)
	}
}
