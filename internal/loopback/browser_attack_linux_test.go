package loopback

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/implicit-cli/implicit/internal/sandbox"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// TestBrowserPostsALogInForm: a provider that answers its log-in form with 307
// makes the browser post user name and password to the redirect URI.
func TestBrowserPostsALogInForm(t *testing.T) {
	b, provider := newBrowser(t), pingone(t, "login-form-307")
	lg := startLogin(t, Options{}, provider)
	b.open(lg.open)
	b.signOn()
	page := b.shows(success.Title)
	resp, err := lg.ends()
	if err != nil || resp.Channel != implicit.ChannelFragment || lg.counted(NoResponse) != 1 {
		t.Fatalf("found %+v, %v, %v", resp, err, lg.Strays())
	}
	secret := signature(resp)
	for place, text := range map[string]string{"page": page, "trace": lg.traced(), "visited": b.visited(), "address": b.location()} {
		if strings.Contains(text, sandbox.Users()[0].Password) || strings.Contains(text, secret) {
			t.Errorf("a secret in the %s: %s", place, text)
		}
	}
	if files := b.quit(sandbox.Users()[0].Password); len(files) > 0 {
		t.Errorf("the password rests in %v", files)
	}
}

func TestBrowserTwoLoginsAtOnce(t *testing.T) {
	b, provider := newBrowser(t), pingone(t)
	first, second := startLogin(t, Options{}, provider), startLogin(t, Options{}, func(r *implicit.Request) {
		provider(r)
		r.ResponseMode = "form_post"
	})
	b.open(first.open)
	b.shows("Sign")
	tab, closeTab := chromedp.NewContext(b.window)
	defer closeTab()
	if err := chromedp.Do(tab); err != nil { // the tab lives as long as the context of its first run
		t.Fatal(err)
	}
	other := &browser{t: t, window: tab}
	other.open(second.open)
	other.signOn()
	other.shows(success.Title)
	if resp, err := second.ends(); err != nil || resp.State != second.req.State {
		t.Errorf("second: found %v, %v", resp, err)
	}
	first.waits()
	b.open(first.open) // the other tab changed the session
	b.shows(success.Title)
	if resp, err := first.ends(); err != nil || resp.State != first.req.State {
		t.Errorf("first: found %v, %v", resp, err)
	}
}

func TestBrowserBackAndReload(t *testing.T) {
	b, provider := newBrowser(t), pingone(t)
	lg := startLogin(t, Options{}, provider)
	b.open(lg.RedirectURI() + "#_=_") // a second tab, or a link somebody kept
	b.shows("Still waiting")
	ask(b, chromedp.Reload())
	b.shows("Still waiting")
	b.open(lg.open)
	b.shows("Sign")
	ask(b, chromedp.NavigateBack())
	b.shows("Still waiting")
	lg.waits()
	b.open(lg.open)
	b.signOn()
	b.shows(success.Title)
	lg.ends()
	ask(b, chromedp.Reload())
	b.shows(success.Title)
	b.open(lg.RedirectURI() + "#" + lg.answer())
	b.shows("has its response")
	if lg.judged != 1 {
		t.Errorf("judged %d times", lg.judged)
	}
}

// TestBrowserOfAStranger opens a page that tries all that a page may while the
// login waits in the same browser.
func TestBrowserOfAStranger(t *testing.T) {
	b, provider := newBrowser(t), pingone(t)
	lg := startLogin(t, Options{}, provider)
	evil := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<!doctype html><p>hello<img src="%[1]s?error=image"><script src="%[1]s?error=script"></script>
			<iframe src="%[1]s?error=frame"></iframe><link rel="prefetch" href="%[1]s?error=prefetch">
			<iframe name="in"></iframe><form id="f" method="post" target="in" action="%[1]s"><input name="error" value="posted"></form>
			<script>fetch("%[1]s", {method: "POST", mode: "no-cors", body: "error=fetched", headers: {"Content-Type": "application/x-www-form-urlencoded"}}).catch(() => {});
			fetch("%[1]s").then(r => r.text()).then(() => document.body.append("READ")).catch(() => {}); document.getElementById("f").submit();</script>`, lg.RedirectURI())
	}))
	defer evil.Close()
	b.open(evil.URL)
	b.shows("hello")
	for deadline := time.Now().Add(time.Minute); lg.counted(Embedded)+lg.counted(Prefetch) < 5 && time.Now().Before(deadline); {
		time.Sleep(20 * time.Millisecond)
	}
	if text := b.shows("hello"); strings.Contains(text, "READ") {
		t.Error("the stranger's page could read an answer of the listener")
	}
	lg.waits()
	b.open(lg.RedirectURI() + "?error=navigated") // and a link that a person follows
	b.shows("Not part of this login")
	if lg.counted(Embedded)+lg.counted(Prefetch) < 5 || lg.counted(BareError) != 1 {
		t.Errorf("found %v", lg.Strays())
	}
	b.open(lg.open)
	b.signOn()
	b.shows(success.Title)
	if resp, err := lg.ends(); err != nil || resp.Error != nil {
		t.Errorf("found %+v, %v", resp, err)
	}
}

func TestBrowserRunsNothingThatArrives(t *testing.T) {
	const script = `<img src=x onerror="document.title='RUN'"><script>document.title="RUN"</script>`
	for _, behind := range []string{"#", "?"} {
		b, lg := newBrowser(t), startLogin(t, Options{}, pingone(t))
		b.open(lg.open) // for the cookie
		b.shows("Sign")
		b.open(lg.RedirectURI() + behind + strings.ReplaceAll("error=*&error_description=*&access_token=*&*=*&state="+lg.req.State, "*", strings.NewReplacer("<", "%3C", "=", "%3D", " ", "%20", `"`, "%22").Replace(script)))
		b.shows("Refused")
		if text := b.shows("onerror"); !strings.Contains(text, "<script>") {
			t.Errorf("expected the text as it came, found %q", text)
		}
		if title := ask(b, chromedp.Title()); title == "RUN" {
			t.Error("a script ran")
		}
		lg.ends()
	}
}

func TestBrowserWithoutJavaScript(t *testing.T) {
	b, lg := newBrowser(t), startLogin(t, Options{}, nil)
	ask(b, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}))
	ask(b, chromedp.Navigate(lg.RedirectURI()+"#"+lg.answer()))
	if text := ask(b, chromedp.Text(chromedp.CSS("noscript"))); !strings.Contains(text, "paste it where the terminal waits") {
		t.Errorf("the page says %q", text)
	}
	if where := b.location(); !strings.HasSuffix(where, lg.answer()) {
		t.Errorf("expected the address to be there to be copied, found %s", where)
	}
	lg.waits()
}
