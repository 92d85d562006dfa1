package sandbox

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// embedded is an application that signs on from a script, with the flows API.
// It expects the address of the environment, a client ID, a username and a
// password.
const embedded = `<!DOCTYPE html><title>Application</title><p id="result"></p><script>
const [auth, clientID, username, password] = [%q, %q, %q, %q];
const call = async (url, more) => {
	const answer = await fetch(url, {credentials: "include", ...more});
	if (!answer.headers.get("Correlation-Id")) throw new Error("no Correlation-Id");
	return answer.json();
};
(async () => {
	const begun = await call(auth + "/as/authorize?response_mode=pi.flow&response_type=token&scope=openid&client_id=" + clientID);
	const done = await call(begun._links["usernamePassword.check"].href, {
		method: "POST", body: JSON.stringify({username, password}),
		headers: {"Content-Type": "application/vnd.pingidentity.usernamePassword.check+json"},
	});
	const tokens = (await call(done.resumeUrl)).authorizeResponse;
	const info = await fetch(auth + "/as/userinfo", {headers: {Authorization: "Bearer " + tokens.access_token}});
	return "signed on: " + (await info.json()).sub;
})().catch(String).then(text => document.getElementById("result").innerText = text);
</script>`

// A page may sign on from a script if and only if its origin is registered.
func TestCORSInChromium(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	var page string
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, page)
	}))
	defer web.Close()
	origin := strings.Replace(web.URL, "127.0.0.1", "localhost", 1)
	// Plain http on the same host: cookies of the same site, which no setting
	// of the browser blocks.
	c := startWith(t, Options{Applications: []Application{{Name: "Embedded", ClientID: "embedded", Origins: []string{origin}}}},
		ListenOptions{Plain: true, Addr: "localhost:0"}, nil)
	window := newWindow(t)
	user := passwordOf("plain")
	for clientID, want := range map[string]string{
		"embedded":                 "signed on: 05e20000-0000-4000-8000-000000000001",
		Applications()[0].ClientID: "TypeError: Failed to fetch",
	} {
		page = fmt.Sprintf(embedded, c.auth, clientID, user.Username, user.Password)
		if got := resultAt(t, window, origin); got != want {
			t.Errorf("client %s: %q, want %q", clientID, got, want)
		}
	}
}

// newWindow is a window of a Chromium with a fresh profile.
func newWindow(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		if strings.Contains(os.Getenv("IMPLICIT_TEST_REQUIRE"), "browser") {
			t.Fatal("no Chromium is installed, and IMPLICIT_TEST_REQUIRE asks for one")
		}
		t.Skip("no Chromium is installed")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.NoSandbox, chromedp.Flag("headless", "new"))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	window, closeWindow := chromedp.NewContext(allocator)
	t.Cleanup(func() { _ = chromedp.Cancel(window); closeWindow() })                  // it writes to its profile until it is gone
	if _, err := chromedp.Run(window, chromedp.Navigate("about:blank")); err != nil { // the browser lives as long as its first context
		t.Fatalf("browser: %v", err)
	}
	return window
}

// resultAt opens a page and returns the text of its element result.
func resultAt(t *testing.T, window context.Context, address string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(window, time.Minute)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Navigate(address)); err != nil {
		t.Fatalf("browser: %v", err)
	}
	for ; ctx.Err() == nil; time.Sleep(20 * time.Millisecond) {
		text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.getElementById("result").innerText`))
		if err == nil && text != "" {
			return text
		}
	}
	t.Fatal("the page shows no result")
	return ""
}
