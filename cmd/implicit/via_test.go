package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/internal/sandbox"
)

// visitor signs on in a browser that is a plain HTTP client: it follows the
// sandbox's addresses by hand and plays the relay page's script. A real browser
// does the same in internal/loopback and testdata/provider.
type visitor struct {
	t      *testing.T
	client *http.Client
	srv    *sandbox.Server
	user   sandbox.User
	at     sync.WaitGroup // visits under way: a command does not wait for its browser
	page   string         // the last one shown; look once wait has returned
}

func (p *visitor) wait() { p.at.Wait() }

// shown returns the last page.
func (p *visitor) shown() string {
	p.wait()
	return p.page
}

func newVisitor(b *bench, name string) *visitor {
	b.t.Helper()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(b.srv.CACert)
	jar, err := cookiejar.New(nil)
	if err != nil {
		b.t.Fatal(err)
	}
	p := &visitor{t: b.t, srv: b.srv, client: &http.Client{
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}, Jar: jar, Timeout: 10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	for _, u := range sandbox.Users() {
		if u.Username == name {
			p.user = u
		}
	}
	return p
}

// send makes one request and returns where it leads and what it shows.
func (p *visitor) send(method, address, contentType, body string, header ...string) (location, page string, err error) {
	req, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		return "", "", err
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := p.client.Do(req)
	if err != nil {
		return "", "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp.Header.Get("Location"), string(text), err
}

// start opens the listener's start page, keeps its cookie and returns the
// authorize URL that it leads to.
func (p *visitor) start(address string) (authorize string, err error) {
	authorize, page, err := p.send("GET", address, "", "")
	if err == nil && authorize == "" {
		err = fmt.Errorf("the start page leads nowhere: %s", page)
	}
	return authorize, err
}

// signOn goes from the authorize URL to the address the sign-on ends on.
func (p *visitor) signOn(authorize string) (ends string, err error) {
	location, _, err := p.send("GET", authorize, "", "")
	if err != nil {
		return "", err
	}
	u, err := url.Parse(location)
	if err != nil || u.Query().Get("flowId") == "" {
		return location, err
	}
	base, flow := p.srv.Settings().AuthURL, u.Query().Get("flowId")
	_, _, err = p.send("POST", base+"/flows/"+flow, "application/vnd.pingidentity.usernamePassword.check+json",
		fmt.Sprintf(`{"username":%q,"password":%q}`, p.user.Username, p.user.Password))
	if err != nil {
		return "", err
	}
	ends, _, err = p.send("GET", base+"/as/resume?flowId="+flow, "", "")
	return ends, err
}

var relayMain = regexp.MustCompile(`data-token="([^"]+)" data-to="([^"]+)"`)

// open is the browser: open the start page, sign on, return to the loopback
// address, and do what its script says.
func (p *visitor) open(_ context.Context, address string) error {
	p.at.Add(1)
	defer p.at.Done()
	authorize, err := p.start(address)
	if err != nil {
		return err
	}
	ends, err := p.signOn(authorize)
	if err != nil {
		return err
	}
	return p.land(ends)
}

func (p *visitor) land(address string) error {
	where, fragment, _ := strings.Cut(address, "#")
	_, page, err := p.send("GET", where, "", "")
	if err != nil {
		return err
	}
	relay := relayMain.FindStringSubmatch(page)
	if relay == nil {
		return fmt.Errorf("the page is no relay: %s", page)
	}
	u, err := url.Parse(where)
	if err != nil {
		return err
	}
	origin := u.Scheme + "://" + u.Host
	_, to, err := p.send("POST", origin+relay[2], "text/plain", "#"+fragment, "Relay-Token", relay[1], "Origin", origin)
	if err != nil {
		return err
	}
	_, p.page, err = p.send("GET", origin+to, "", "")
	return err
}

// browserBench is a machine with a browser and a person, and no password.
func browserBench(t *testing.T, name string) (*bench, *visitor) {
	b := newBench(t).withSandbox().set("IMPLICIT_STORE", "file").set("IMPLICIT_USERNAME", "").set("IMPLICIT_PASSWORD", "").
		set("IMPLICIT_REDIRECT_URI", "").set("BROWSER", "fake").set("IMPLICIT_WAIT", "5s")
	p := newVisitor(b, name)
	b.open = p.open
	t.Cleanup(p.wait)
	return b, p
}

func TestBrowserLogin(t *testing.T) {
	t.Parallel()
	b, p := browserBench(t, "plain")
	r := b.run("login", "--scope", "openid profile", "-o", "json").exits(0)
	if r.object()["valid"] != true {
		t.Errorf("not valid: %s", r.out)
	}
	if !strings.Contains(p.shown(), "Signed in") {
		t.Errorf("the browser's last page says nothing of it: %s", p.shown())
	}
	if !strings.Contains(r.errOut, "\nhttp://127.0.0.1:") {
		t.Errorf("the address is not on a line of its own:\n%s", r.errOut)
	}
	b.set("BROWSER", "").run("token", "--scope", "openid profile").exits(0) // it was stored
}

func TestBrowserShowsWhatFailed(t *testing.T) {
	t.Parallel()
	b, p := browserBench(t, "plain")
	if err := b.srv.Set("wrong-nonce", true); err != nil {
		t.Fatal(err)
	}
	b.run("login").exits(5).says("nonce")
	if strings.Contains(p.shown(), "You are signed in") || !strings.Contains(p.shown(), "nonce") {
		t.Errorf("the browser's last page does not say what failed: %s", p.shown())
	}
	b.run("status").exits(4)
}

func TestBrowserSignsOnADifferentUser(t *testing.T) {
	t.Parallel()
	b, p := browserBench(t, "plain")
	b.run("login", "--login-hint", "staff", "--userinfo", "--scope", "openid profile").exits(0).says("warning: no claim is the login_hint", `"staff"`, `"plain"`)
	p.wait()
	b.run("login", "--login-hint", "plain", "--userinfo", "--scope", "openid profile").exits(0)
}

func TestBrowserRefusal(t *testing.T) {
	t.Parallel()
	b, _ := browserBench(t, "plain")
	b.run("login", "--prompt", "none").exits(4).says("login_required")
}

func TestNoResponseFromTheBrowser(t *testing.T) {
	t.Parallel()
	b, _ := browserBench(t, "plain")
	b.open = func(context.Context, string) error { return nil }
	b.run("login", "--wait", "50ms").exits(6).says("no response was received from the browser", "register exactly http://127.0.0.1:")
}

func TestForeignRequestsDoNotEndTheWait(t *testing.T) {
	t.Parallel()
	b, p := browserBench(t, "plain")
	b.open = func(ctx context.Context, address string) error {
		authorize, err := p.start(address)
		if err != nil {
			return err
		}
		u, err := url.Parse(authorize)
		if err != nil {
			return err
		}
		callback := u.Query().Get("redirect_uri")
		for _, stray := range []string{"?error=access_denied", "?error=x&state=guessed", "/favicon.ico", "?access_token=x"} {
			if _, _, err := p.send("GET", callback+stray, "", ""); err != nil {
				return err
			}
		}
		if _, _, err := p.send("POST", callback, "application/x-www-form-urlencoded", "access_token=evil&state=guessed"); err != nil {
			return err
		}
		return p.open(ctx, address)
	}
	b.run("login").exits(0).says("a response to another login", `the error "access_denied" without state`, "the login is still waiting, Ctrl-C ends it")
}

// An error without the start page's cookie does not end the login: any program
// could send it.
func TestErrorFromAnotherBrowserIsReported(t *testing.T) {
	t.Parallel()
	b, p := browserBench(t, "plain")
	other := newVisitor(b, "plain")
	b.open = func(ctx context.Context, address string) error {
		authorize, err := p.start(address)
		if err != nil {
			return err
		}
		u, err := url.Parse(authorize)
		if err != nil {
			return err
		}
		if _, _, err := other.send("GET", u.Query().Get("redirect_uri")+"?error=access_denied&state="+u.Query().Get("state"), "", ""); err != nil {
			return err
		}
		return p.open(ctx, address)
	}
	b.run("login").exits(0).says(`the error "access_denied"`, "a browser that did not start this login")
}

// What decides a login is in no argument list and not on standard error.
func TestBrowserIsOpenedWithoutTheRequest(t *testing.T) {
	t.Parallel()
	b, p := browserBench(t, "plain")
	opened, authorize := "", ""
	b.open = func(ctx context.Context, address string) (err error) {
		opened = address
		if authorize, err = p.start(address); err != nil {
			return err
		}
		return p.open(ctx, address)
	}
	r := b.set("IMPLICIT_ID_TOKEN_HINT", "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln").run("login")
	p.wait()
	u, err := url.Parse(authorize)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"state", "nonce", "id_token_hint"} {
		if value := u.Query().Get(name); value == "" || strings.Contains(opened+r.errOut, value) {
			t.Errorf("%s is in the address that was opened, or on standard error: %s\n%s", name, opened, r.errOut)
		}
	}
}

func TestBrowserThatCannotBeOpened(t *testing.T) {
	t.Parallel()
	b, p := browserBench(t, "plain")
	b.open = func(_ context.Context, address string) error {
		go p.open(context.Background(), address) // the person takes the address from the terminal
		return fmt.Errorf("no such program")
	}
	b.run("login").exits(0).says("no browser could be opened: no such program")
}

func TestCIOpensNoBrowser(t *testing.T) {
	t.Parallel()
	b, _ := browserBench(t, "plain")
	b.open = func(context.Context, string) error {
		t.Error("a browser was opened")
		return nil
	}
	b.set("CI", "true").run("login").exits(4).says("neither a browser nor a terminal", "implicit: hint: ")
}

func TestRedirectURIThatIsBusyOrElsewhere(t *testing.T) {
	t.Parallel()
	b, _ := browserBench(t, "plain")
	busy := strings.TrimPrefix(b.srv.URL, "https://") // the sandbox's own
	b.run("login", "--redirect-uri", "http://"+busy+"/callback").exits(2).says("is taken by", "http://127.0.0.1/callback")
	b.run("login", "--via", "browser", "--redirect-uri", "https://app.example.com/callback").exits(2).says("not on this machine")
	if n := b.seen.count("/as/authorize"); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestPaste(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		what string
		form func(address string) string
		exit int
	}{
		{"the whole address", func(a string) string { return a }, 0},
		{"quoted", func(a string) string { return "  '" + a + "'\n" }, 0},
		{"the fragment", func(a string) string { return a[strings.Index(a, "#"):] }, 0},
		{"pairs", func(a string) string { return a[strings.Index(a, "#")+1:] }, 0},
		{"wrapped", func(a string) string { return a[:80] + "\n" + a[80:200] + "\r\n" + a[200:] }, 0},
		{"cut off", func(a string) string { return a[:len(a)/2] }, 5},
		{"another request's", func(a string) string { return regexp.MustCompile(`state=[^&]*`).ReplaceAllString(a, "state=x") }, 5},
		{"another address", func(a string) string { return strings.Replace(a, "app.example.com", "app.example.org", 1) }, 5},
		{"nothing", func(string) string { return "" }, 4},
	} {
		t.Run(row.what, func(t *testing.T) {
			b, p := browserBench(t, "plain")
			b.set("BROWSER", "")
			in, typed := io.Pipe()
			args := []string{"login", "--via", "paste", "--redirect-uri", "https://app.example.com/callback",
				"--state", "a-state-of-ours", "--nonce", "a-nonce-of-ours"}
			address := strings.TrimSpace(b.run(append([]string{"authorize", "--dry-run"}, args[3:]...)...).exits(0).out)
			go func() {
				ends, err := p.signOn(address)
				if err != nil {
					t.Error(err)
				}
				io.WriteString(typed, row.form(ends))
				typed.Close()
			}()
			r := b.runContext(context.Background(), in, args...).exits(row.exit)
			if row.exit == 0 && !strings.Contains(r.errOut, "\n"+address+"\n") {
				t.Errorf("the address to open is not on a line of its own:\n%s", r.errOut)
			}
		})
	}
}

func TestWaysThatCannotCarryTheRequest(t *testing.T) {
	t.Parallel()
	b, _ := browserBench(t, "plain")
	b.run("login", "--via", "paste", "--method", "POST").exits(2).says("--method GET")
	b.set("IMPLICIT_ID_TOKEN_HINT", "eyJ.x.y").run("login", "--via", "paste").exits(2).says("--via browser")
	b.set("IMPLICIT_ID_TOKEN_HINT", "")
	b.run("login", "--via", "browser", "--response-mode", "pi.flow").exits(2).says("--via terminal")
	b.run("login", "--via", "telepathy").exits(2).says("browser, terminal or paste")
	if n := b.seen.count("/as/authorize"); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}
