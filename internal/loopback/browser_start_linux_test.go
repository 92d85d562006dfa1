package loopback

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// commandLines are the arguments of every process of the machine.
func commandLines(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, f := range files {
		b, _ := os.ReadFile(f)
		all.Write(b)
	}
	return all.String()
}

// TestBrowserKeepsTheCookieOfTheStartPage: an error and an invalid response end
// the login in the browser that was at the start page, by every channel.
func TestBrowserKeepsTheCookieOfTheStartPage(t *testing.T) {
	for _, mode := range []string{"fragment", "form_post"} {
		t.Run(mode, func(t *testing.T) {
			b, provider := newBrowser(t), pingone(t)
			lg := startLogin(t, Options{}, func(r *implicit.Request) {
				provider(r)
				r.ResponseMode = mode
			})
			lg.valid = func(*implicit.Response) bool { return false }
			b.open(lg.open)
			b.signOn()
			b.shows("the signature is wrong")
			if resp, err := lg.ends(); err != nil || resp.AccessToken.Empty() {
				t.Errorf("found %+v, %v", resp, err)
			}
			if cookies := ask(b, chromedp.Evaluate[string]("document.cookie")); cookies != "" {
				t.Errorf("scripts can read %q", cookies)
			}
			if all := commandLines(t); strings.Contains(all, lg.req.State) || strings.Contains(all, lg.req.Nonce) {
				t.Error("the request is in an argument list")
			}
		})
	}
}

// TestBrowserFormPostWithoutJavaScript has a button on the provider's page and
// on ours.
func TestBrowserFormPostWithoutJavaScript(t *testing.T) {
	b := newBrowser(t)
	lg := startLogin(t, Options{}, func(r *implicit.Request) {
		r.Endpoint, r.ResponseMode = formProvider(t), "form_post"
	})
	lg.valid = func(*implicit.Response) bool { return false } // ends with the cookie alone
	ask(b, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}))
	ask(b, chromedp.Navigate(lg.open))
	b.click("go")
	ask(b, chromedp.Click(chromedp.CSS("noscript button")))
	if resp, err := lg.ends(); err != nil || resp.AccessToken.Empty() {
		t.Errorf("found %+v, %v", resp, err)
	}
}

// TestBrowserTwoTabs signs on in a second tab while the first one waits at the
// provider; then the first one comes back and learns that it was too late.
func TestBrowserTwoTabs(t *testing.T) {
	b, provider := newBrowser(t), pingone(t)
	lg := startLogin(t, Options{}, provider)
	b.open(lg.open)
	b.shows("Sign")
	tab, closeTab := chromedp.NewContext(b.window)
	defer closeTab()
	if err := chromedp.Do(tab); err != nil {
		t.Fatal(err)
	}
	second := &browser{t: t, window: tab}
	second.open(lg.open) // this user may open it again
	second.signOn()
	second.shows(success.Title)
	if resp, err := lg.ends(); err != nil || resp.AccessToken.Empty() || lg.judged != 1 {
		t.Errorf("found %+v, %v", resp, err)
	}
	b.signOn()
	b.shows("has its response")
}

// TestBrowserIsAwaitedAfterAFailure: the login failed while the browser was at
// the provider. Another user can neither bind the port nor receive the tokens.
func TestBrowserIsAwaitedAfterAFailure(t *testing.T) {
	b, provider := newBrowser(t), pingone(t)
	lg := startLogin(t, Options{}, provider)
	b.open(lg.open)
	b.shows("Sign")
	lg.cancel()
	lg.ends()
	held := make(chan struct{})
	go func() {
		lg.Hold(t.Context())
		close(held)
	}()
	if out, err := asOther(t, `exec 3<>/dev/tcp/127.0.0.1/$1; printf 'GET /callback?error=x HTTP/1.1\r\n\r\n' >&3; cat <&3`, lg.at.port).Output(); len(out) > 0 {
		t.Errorf("another user received %q, %v", out, err)
	}
	if s, err := net.Listen("tcp", "127.0.0.1:"+lg.at.port); err == nil {
		s.Close()
		t.Error("the port is free")
	}
	b.signOn()
	b.shows("The login has ended")
	<-held
}

// TestBrowserOfTheVictim makes the three attacks of another user, who reads the
// start page's address in the list of processes.
func TestBrowserOfTheVictim(t *testing.T) {
	b, provider := newBrowser(t), pingone(t)
	lg := startLogin(t, Options{}, provider)
	b.open(lg.open)
	b.shows("Sign")
	attack := func(method, path, body string) {
		t.Helper()
		out, _ := asOther(t, `exec 3<>/dev/tcp/127.0.0.1/$1; printf '%s' "$2" >&3; cat <&3`, lg.at.port,
			method+" "+path+" HTTP/1.1\r\nHost: 127.0.0.1:"+lg.at.port+"\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: "+strconv.Itoa(len(body))+"\r\n\r\n"+body).Output()
		if len(out) > 0 {
			t.Errorf("another user received %.200q", out)
		}
	}
	attack("GET", strings.TrimPrefix(lg.open, lg.at.origin()), "")         // to learn the request
	attack("POST", "/callback", lg.answer())                               // to sign the victim in as himself
	attack("GET", "/callback?error=access_denied&state="+lg.req.State, "") // to end the login
	if s, err := net.Listen("tcp", "127.0.0.1:"+lg.at.port); err == nil {  // to take over the port
		s.Close()
		t.Error("the port is free")
	}
	lg.waits()
	lg.noticed(OtherUser)
	b.signOn()
	b.shows(success.Title)
	if resp, err := lg.ends(); err != nil || resp.Error != nil || resp.AccessToken.Reveal() == "at" {
		t.Errorf("found %+v, %v", resp, err)
	}
}

// formProvider answers authorize at once with a form that has a button. Its name
// is another site than ours, as a provider's is.
func formProvider(t *testing.T) (endpoint string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<!doctype html><form method="post" action="%s"><input type="hidden" name="access_token" value="at">`+
			`<input type="hidden" name="state" value="%s"><button id="go">Continue</button></form>`, q.Get("redirect_uri"), q.Get("state"))
	}))
	t.Cleanup(server.Close)
	return strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
}
