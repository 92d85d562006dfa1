package report

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/implicit-cli/implicit/internal/wire"
)

// window is Chromium, which looks at pages from files.
type window struct {
	t   *testing.T
	ctx context.Context

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
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.NoSandbox, chromedp.Flag("headless", "new"))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	w := &window{t: t}
	ctx, closeWindow := chromedp.NewContext(allocator)
	t.Cleanup(closeWindow)
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

// A claim with </script> does nothing, and neither does anything else that others wrote:
// no message in the console, no request, no dialog, no element.
func TestPageOfAttacksInChromium(t *testing.T) {
	w := newWindow(t)
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
func TestPageInChromium(t *testing.T) {
	w := newWindow(t)
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
func TestFirstScreenInChromium(t *testing.T) {
	w := newWindow(t)
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
