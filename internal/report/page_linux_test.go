package report

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/remote"

	"github.com/implicit-cli/implicit/internal/wire"
)

// window is Chromium, which looks at pages from files.
type window struct {
	t       *testing.T
	ctx     context.Context
	profile string

	mu   sync.Mutex
	said []string // by the console, and what was requested
}

func newWindow(t *testing.T) *window {
	t.Helper()
	if testing.Short() {
		t.Skip("a browser")
	}
	path, err := exec.LookPath("chromium")
	if err != nil {
		path, err = exec.LookPath("google-chrome")
	}
	if err != nil && strings.Contains(os.Getenv("IMPLICIT_TEST_REQUIRE"), "browser") {
		t.Fatal("no Chromium is installed, and IMPLICIT_TEST_REQUIRE asks for one")
	} else if err != nil {
		t.Skip("no Chromium is installed: what only a browser shows stays untested")
	}
	profile := t.TempDir()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(profile), chromedp.NoSandbox, chromedp.Flag("headless", "new"),
		chromedp.Flag("remote-allow-origins", "*"), remote.WebSocket, chromedp.Flag("remote-debugging-port", "0")) // which serves DevTools
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	w := &window{t: t, profile: profile}
	ctx, closeWindow := chromedp.NewContext(allocator)
	t.Cleanup(func() { _ = chromedp.Cancel(ctx); closeWindow() }) // it writes to its profile until it is gone
	w.ctx = ctx
	if err := chromedp.Listen(ctx, w.hear); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *window) hear(event any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		w.said = append(w.said, fmt.Sprint("console: ", e.Type))
	case *runtime.EventExceptionThrown:
		w.said = append(w.said, "exception: "+e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		w.said = append(w.said, "log: "+e.Entry.Text)
	case *network.EventRequestWillBeSent:
		if !strings.HasPrefix(e.Request.URL, "file:") {
			w.said = append(w.said, "request: "+e.Request.URL)
		}
	}
}

func do[T any](w *window, action chromedp.Action[T]) T {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, time.Minute)
	defer cancel()
	found, err := chromedp.Run(ctx, action)
	if err != nil {
		w.t.Fatalf("browser: %v", err)
	}
	return found
}

func ask[T any](w *window, script string) T {
	w.t.Helper()
	return do(w, chromedp.Evaluate[T](script))
}

// show opens a run's page from a file, as a user does.
func (w *window) show(run Run) {
	w.t.Helper()
	file := filepath.Join(w.t.TempDir(), "run.html")
	if err := os.WriteFile(file, []byte(pageOf(w.t, run)), 0o600); err != nil {
		w.t.Fatal(err)
	}
	do(w, chromedp.Navigate("file://"+file))
}

func (w *window) silent() {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, said := range w.said {
		w.t.Error(said)
	}
}

// Chromium is started once: that takes longer than what it is asked.
func TestReportsInChromium(t *testing.T) {
	w := newWindow(t)
	for _, page := range []struct {
		name string
		test func(*testing.T, *window)
	}{
		{"attacks do nothing", attacksDoNothing}, {"the script works", scriptWorks}, {"first screen", firstScreen},
		{"network panel", networkPanel}, // last: DevTools sends its own requests
	} {
		t.Run(page.name, func(t *testing.T) {
			w.mu.Lock()
			w.t, w.said = t, nil
			w.mu.Unlock()
			page.test(t, w)
		})
	}
}

// A claim with </script> does nothing, and neither does anything else that others wrote:
// no message in the console, no request, no dialog, no element.
func attacksDoNothing(t *testing.T, w *window) {
	w.show(hostileRun())
	if n := ask[int](w, `document.querySelectorAll("script").length`); n != 1 {
		t.Errorf("%d scripts", n)
	}
	if n := ask[int](w, `document.querySelectorAll("img, iframe, form, a:not([href^='#'])").length`); n != 0 {
		t.Errorf("%d elements of others", n)
	}
	if !strings.Contains(ask[string](w, `document.body.textContent`), "</script><script>alert(4)</script>U+202E") {
		t.Error("the claim is not shown as it is")
	}
	w.silent()
}

// The page's own script works under its policy: it opens all hops, and the hop that a
// link leads to.
func scriptWorks(t *testing.T, w *window) {
	w.show(sampleRun())
	if n := ask[int](w, `document.querySelectorAll("details[open]").length`); n != 0 {
		t.Errorf("%d details are open at first", n)
	}
	ask[bool](w, `(document.querySelector("a[href='#hop-3']").click(), true)`)
	for end := time.Now().Add(20 * time.Second); !ask[bool](w, `document.getElementById("hop-3").open`); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the link does not open its hop")
		}
	}
	ask[bool](w, `(document.getElementById("all").click(), true)`)
	if !ask[bool](w, `[...document.querySelectorAll("details")].every((d) => d.open)`) {
		t.Error("not all hops are open")
	}
	if font := ask[string](w, `getComputedStyle(document.querySelector("pre, code, .name")).fontFamily`); !strings.Contains(font, "mono") {
		t.Errorf("the style is not used: %q", font)
	}
	w.silent()
}

// At each width the page is as wide as the screen, and the first screen has the cause
// and what to do.
func firstScreen(t *testing.T, w *window) {
	run := sampleRun()
	run.Verdict = Verdict{Exit: 3, Kind: "refused", Code: "INVALID_VALUE", Message: "wrong user name or password: " + strings.Repeat("the server has much to say ", 6), Hint: strings.Repeat("look at the user in the console ", 6), CorrelationID: "c0ffee00-1111-4222-8333-444455556666"}
	run.Checks = nil
	run.Recording.Entries = append(run.Recording.Entries, wire.Entry{Kind: wire.KindOpened, Started: sampleStart, Request: &wire.Message{URL: sampleBase}})
	for _, size := range [][2]int64{{360, 740}, {820, 1180}, {1280, 720}} {
		do(w, chromedp.EmulateViewport(size[0], size[1]))
		w.show(run)
		if wide := ask[int64](w, `document.documentElement.scrollWidth`); wide > size[0] {
			t.Errorf("at %d: the page is %d wide", size[0], wide)
		}
		if bottom := ask[float64](w, `document.querySelector(".hint").getBoundingClientRect().bottom`); bottom > float64(size[1]) {
			t.Errorf("at %d: the hint ends at %v of %d", size[0], bottom, size[1])
		}
	}
	w.silent()
}

const importHAR = `(async (text) => {
	const har = await import("./models/har/har.js");
	const requests = har.Importer.Importer.requestsFromHARLog(new har.HARFormat.HARRoot(JSON.parse(text)).log);
	return requests.map((r) => r.requestMethod + " " + new URL(r.url()).pathname.split("/").pop() + " " + r.statusCode + " " + Math.round(r.duration * 1000));
})`

// Chromium's network panel reads the file by its own importer.
func networkPanel(t *testing.T, w *window) {
	do(w, chromedp.Navigate("about:blank"))
	file, err := os.ReadFile(filepath.Join(w.profile, "DevToolsActivePort"))
	if err != nil {
		t.Fatal(err)
	}
	port, _, _ := strings.Cut(string(file), "\n")
	do(w, chromedp.Navigate("http://127.0.0.1:"+port+"/devtools/inspector.html"))
	run := sampleRun()
	run.Recording.Entries = append(run.Recording.Entries, wire.Entry{Kind: wire.KindOpened, Started: run.Ended, Request: &wire.Message{Method: "GET", URL: sampleBase + "/as/authorize"}})
	text, _ := archive(t, run)
	quoted, _ := json.Marshal(text)
	got := do(w, chromedp.Evaluate[[]string](importHAR+"("+string(quoted)+")", chromedp.EvalAwaitPromise))
	want := []string{"GET authorize 302 110", "GET jwks 200 110", "GET f10w 200 110", "POST f10w 200 110", "GET resume 302 110", "GET authorize 0 0"}
	if !slices.Equal(got, want) {
		t.Errorf("imported %q, expected %q", got, want)
	}
}
