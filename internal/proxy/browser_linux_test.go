package proxy

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// browser is a Chromium for which every name ending in .test is this machine, as after
// DNS rebinding.
func browser(t *testing.T) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("a browser")
	}
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil && path == "" {
			path = found
		}
	}
	if path == "" {
		if strings.Contains(os.Getenv("IMPLICIT_TEST_REQUIRE"), "browser") {
			t.Fatal("no Chromium is installed, and IMPLICIT_TEST_REQUIRE asks for one")
		}
		t.Skip("no Chromium is installed: what only a browser shows stays untested")
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.NoSandbox, chromedp.Flag("headless", "new"),
		chromedp.Flag("host-resolver-rules", "MAP *.test 127.0.0.1"))...)
	t.Cleanup(stop)
	window, closeWindow := chromedp.NewContext(allocator)
	t.Cleanup(func() { _ = chromedp.Cancel(window); closeWindow() }) // it writes to its profile until it is gone
	if err := chromedp.Do(window); err != nil {                      // or it ends with the first action
		t.Fatal(err)
	}
	return window
}

func show[T any](t *testing.T, window context.Context, action chromedp.Action[T]) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(window, time.Minute)
	defer cancel()
	found, err := chromedp.Run(ctx, action)
	if err != nil {
		t.Fatalf("browser: %v", err)
	}
	return found
}

// result runs a script on the page, which ends with a promise.
func result(t *testing.T, window context.Context, script string) string {
	t.Helper()
	show(t, window, chromedp.Evaluate[chromedp.Void](`window.result = undefined; (async () => {`+script+`})().then((v) => window.result = "" + v, (e) => window.result = "" + e)`))
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if found := show(t, window, chromedp.Evaluate[string](`window.result === undefined ? "" : window.result`)); found != "" {
			return found
		}
	}
	t.Fatal("the script does not end")
	return ""
}

// TestChromium: a page that knows the address and even the key reaches the API only
// where its origin is allowed.
func TestChromium(t *testing.T) {
	window := browser(t)
	pages := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<!doctype html><title>app</title>")
	}))
	t.Cleanup(pages.Close)
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(pages.URL, "http://"))
	page := func(t *testing.T, address string) { t.Helper(); show(t, window, chromedp.Navigate(address)) }

	g := start(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Rate", "9")
		fmt.Fprint(w, r.Method+" "+r.URL.Path)
	}, func(o *Options) { o.Origins = []string{pages.URL} })
	fetch := func(method string) string {
		return fmt.Sprintf(`const r = await fetch("http://%s/orders", {method: %q, headers: {%q: %q}}); return r.status + " " + r.headers.get("X-Rate") + " " + await r.text()`,
			g.address, method, KeyHeader, g.Key().Reveal())
	}
	t.Run("a page of the allowed origin", func(t *testing.T) {
		page(t, pages.URL)
		if got := result(t, window, fetch("PUT")); got != "200 9 PUT /v1/orders" {
			t.Errorf("found %s", got)
		}
		g.pass(life)
		if got := result(t, window, fetch("GET")); got != "200 9 GET /v1/orders" {
			t.Errorf("after an expiry: %s", got)
		}
		if sent := g.api.requests(); len(sent) != 2 || sent[1].Header.Get("Authorization") != "Bearer token-2" {
			t.Errorf("the API was sent %d requests", len(sent))
		}
		if got := result(t, window, fmt.Sprintf(`return (await fetch("http://%s/orders")).status`, g.address)); got != "403" {
			t.Errorf("without the key: %s", got)
		}
	})
	g.api.list = nil
	byPath := start(t, nil, func(o *Options) { o.KeyInPath = true }) // a form can send that key
	refused := func(name, address, script string) {
		t.Run(name, func(t *testing.T) {
			page(t, address)
			if got := result(t, window, script); !strings.Contains(got, "TypeError") && got != "sent" {
				t.Errorf("the page found %s", got)
			}
			if sent := append(g.api.requests(), byPath.api.requests()...); len(sent) > 0 {
				t.Errorf("the API was sent %s %s", sent[0].Method, sent[0].RequestURI)
			}
		})
	}
	evil := "http://evil.test:" + port
	refused("a fetch of another origin", evil, fetch("GET"))
	refused("the same machine under another name", "http://localhost:"+port, fetch("GET"))
	refused("a fetch that reads nothing", evil, fmt.Sprintf(`await fetch("%s/orders", {method: "POST", mode: "no-cors", body: "a=b"}); return "sent"`, byPath.URL()))
	refused("a form", evil, fmt.Sprintf(`const f = document.createElement("form"), i = document.createElement("iframe"); i.name = "i"; document.body.append(i, f);
		f.method = "POST"; f.target = "i"; f.action = "%s/orders"; const done = new Promise((ok) => i.onload = ok); f.submit(); await done; return "sent"`, byPath.URL()))
	refused("an image", evil, fmt.Sprintf(`const i = new Image(), done = new Promise((ok) => i.onerror = ok); i.src = "%s/orders"; await done; return "sent"`, byPath.URL()))

	t.Run("DNS rebinding", func(t *testing.T) {
		_, port, _ := net.SplitHostPort(g.address)
		page(t, "http://rebound.test:"+port+"/orders")
		if got := show(t, window, chromedp.Evaluate[string]("document.body.innerText")); !strings.Contains(got, `"host"`) {
			t.Errorf("the page says %s", got)
		}
		if sent := g.api.requests(); len(sent) > 0 {
			t.Errorf("the API was sent %s", sent[0].RequestURI)
		}
	})
}

// TestChromiumKeyInPath: a user can open an address with the key, but a page of the API
// that is opened so cannot send requests with it.
func TestChromiumKeyInPath(t *testing.T) {
	window := browser(t)
	g := start(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, `<!doctype html><p id=p>as it is</p><script>fetch(location.href + "/again").then(() => p.innerText = "sent")</script>`)
	}, func(o *Options) { o.KeyInPath = true })
	show(t, window, chromedp.Navigate(g.URL()+"/page"))
	if got := show(t, window, chromedp.Evaluate[string]("document.body.innerText")); got != "as it is" {
		t.Errorf("the page says %s", got)
	}
	if sent := g.api.requests(); len(sent) != 1 || sent[0].RequestURI != "/v1/page" || sent[0].Header.Get("Cookie")+sent[0].Header.Get("Sec-Fetch-Site") != "" {
		t.Errorf("the API was sent %d requests", len(sent))
	}
}
