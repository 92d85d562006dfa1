package report

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/remote"

	"github.com/implicit-cli/implicit/internal/sandbox"
)

// Chromium's own exporter writes the files that are judged here: the DevTools page that
// the browser serves is opened in a second tab and asked for the network log of the
// first, as "Save all as HAR" does it.
func TestReplayOfChromiumsExport(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	c := startChromium(t)
	srv, err := sandbox.Start(context.Background(), sandbox.Options{Keys: sandbox.SharedKeys()}, sandbox.ListenOptions{Plain: true})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	application := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Write([]byte(`<!DOCTYPE html><link rel="icon" href="data:,"><p id="result">done</p><script>history.replaceState(null, "", "/callback")</script>`))
	}))
	defer application.Close()
	keys := get(t, srv.Settings().AuthURL+"/as/jwks")
	for mode, channel := range map[string]string{"fragment": "fragment", "form_post": "form"} {
		full, sanitized := c.record(t, srv, application.URL+"/callback", mode)
		for name, text := range map[string]string{"full": full, "sanitized": sanitized} {
			if dir := os.Getenv("IMPLICIT_WRITE_FIXTURES"); dir != "" {
				writeFixture(t, dir+"/chromium-"+mode+"-"+name+".har", text)
				writeFixture(t, dir+"/chromium-jwks.json", keys)
			}
			t.Run(mode+" "+name, func(t *testing.T) {
				p := replayOf(t, text, keys)
				if p.Response.Channel != channel || p.Valid == nil || !*p.Valid {
					t.Errorf("channel %s in %s, checks %v", p.Response.Channel, p.Place, p.Checks)
				}
				if lacksCookies := hasLack(p, "cookies"); lacksCookies != (name == "sanitized") {
					t.Errorf("cookies missing: %v; lacks %v", lacksCookies, p.Lacks)
				}
			})
		}
	}
}

type chromium struct {
	window context.Context
	port   string
}

func startChromium(t *testing.T) *chromium {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		if strings.Contains(os.Getenv("IMPLICIT_TEST_REQUIRE"), "browser") {
			t.Fatal("no Chromium is installed, and IMPLICIT_TEST_REQUIRE asks for one")
		}
		t.Skip("no Chromium is installed")
	}
	profile := t.TempDir()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(profile), chromedp.NoSandbox,
		chromedp.Flag("headless", "new"), chromedp.Flag("remote-allow-origins", "*"), remote.WebSocket, chromedp.Flag("remote-debugging-port", "0"))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	window, closeWindow := chromedp.NewContext(allocator)
	t.Cleanup(func() { _ = chromedp.Cancel(window); closeWindow() }) // it writes to its profile until it is gone
	if _, err := chromedp.Run(window, chromedp.Navigate("about:blank")); err != nil {
		t.Fatalf("browser: %v", err)
	}
	file, err := os.ReadFile(profile + "/DevToolsActivePort")
	if err != nil {
		t.Fatal(err)
	}
	port, _, _ := strings.Cut(string(file), "\n")
	return &chromium{window, port}
}

const exportScript = `(async () => {
	const har = await import("./models/har/har.js"), logs = await import("./models/logs/logs.js"), common = await import("./core/common/common.js");
	const save = sanitize => har.Writer.Writer.harStringForRequests(
		[...logs.NetworkLog.NetworkLog.instance().requests()], {sanitize}, new common.Progress.CompositeProgress(new common.Progress.Progress()));
	return JSON.stringify([await save(false), await save(true)]);
})()`

// record signs on in a new tab and returns what DevTools exports of it: all of it, and
// sanitized.
func (c *chromium) record(t *testing.T, srv *sandbox.Server, redirectURI, mode string) (full, sanitized string) {
	t.Helper()
	tab, closeTab := chromedp.NewContext(c.window)
	defer closeTab()
	ctx, cancel := context.WithTimeout(tab, 90*time.Second)
	defer cancel()
	run := func(step chromedp.Action[chromedp.Void]) {
		t.Helper()
		if _, err := chromedp.Run(ctx, step); err != nil {
			t.Fatalf("browser: %v", err)
		}
	}
	run(chromedp.Navigate("about:blank"))
	id := string(chromedp.FromContext(tab).Target.TargetID)
	base := "http://127.0.0.1:" + c.port
	devtools, closeDevtools := chromedp.NewContext(c.window)
	defer closeDevtools()
	tools, cancelTools := context.WithTimeout(devtools, 90*time.Second)
	defer cancelTools()
	if _, err := chromedp.Run(tools, chromedp.Navigate(base+"/devtools/inspector.html?ws=127.0.0.1:"+c.port+"/devtools/page/"+id+"&panel=network")); err != nil {
		t.Fatalf("DevTools: %v", err)
	}
	evaluate := func(ctx context.Context, script string) string {
		t.Helper()
		text, err := chromedp.Run(ctx, chromedp.Evaluate[string](script, chromedp.EvalAwaitPromise))
		if err != nil {
			t.Fatalf("%v", err)
		}
		return text
	}
	ready := `(async () => {
		const common = await import("./core/common/common.js"), sdk = await import("./core/sdk/sdk.js");
		for (let i = 0; i < 400; i++, await new Promise(r => setTimeout(r, 50))) try {
			common.Settings.Settings.instance().moduleSetting("network-log.preserve-log").set(true);
			if (sdk.TargetManager.TargetManager.instance().primaryPageTarget()) return "ready";
		} catch {} // not loaded yet
		throw new Error("DevTools did not start"); })()`
	evaluate(tools, ready)
	const seen = `(async () => String((await import("./models/logs/logs.js")).NetworkLog.NetworkLog.instance().requests().length))()`
	for evaluate(tools, seen) == "0" { // DevTools listens a while after it has started
		run(chromedp.Navigate(strings.TrimSuffix(redirectURI, "callback") + "before"))
		time.Sleep(50 * time.Millisecond)
	}
	settings := srv.Settings()
	q := url.Values{"response_type": {"token id_token"}, "client_id": {settings.ClientID}, "redirect_uri": {redirectURI}, "scope": {"openid profile"},
		"response_mode": {mode}, "prompt": {"login"}, "state": {"a-state-of-the-test"}, "nonce": {"a-nonce-of-the-test"}}
	run(chromedp.Navigate(settings.AuthURL + "/as/authorize?" + q.Encode()))
	fill, _ := json.Marshal([]string{settings.Users[0].Username, settings.Users[0].Password})
	evaluate(ctx, `(() => { const [name, password] = `+string(fill)+`;
		document.querySelector("[name=username]").value = name; document.querySelector("[name=password]").value = password;
		document.querySelector("form button").click(); return ""; })()`)
	for ; ctx.Err() == nil; time.Sleep(50 * time.Millisecond) {
		if text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`String(document.getElementById("result")?.innerText)`)); err == nil && text == "done" {
			break
		}
	}
	var files []string
	if err := json.Unmarshal([]byte(evaluate(tools, exportScript)), &files); err != nil {
		t.Fatal(err)
	}
	return files[0], files[1]
}

func get(t *testing.T, address string) string {
	t.Helper()
	resp, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func writeFixture(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
