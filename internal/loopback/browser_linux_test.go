package loopback

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/implicit-cli/implicit/internal/sandbox"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// browser is a Chromium with a fresh profile and one window.
type browser struct {
	t       *testing.T
	window  context.Context
	profile string

	mu   sync.Mutex
	urls []string // all that it asked for
}

func newBrowser(t *testing.T) *browser {
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
	b := &browser{t: t, profile: t.TempDir()}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(b.profile), chromedp.NoSandbox,
		chromedp.IgnoreCertErrors, // the providers here are of the test's own making
		chromedp.Flag("headless", "new"),
	)
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	window, closeWindow := chromedp.NewContext(allocator)
	t.Cleanup(func() { b.close(); closeWindow() })
	b.window = window
	if err := chromedp.Listen(window, func(event any) {
		if e, ok := event.(*network.EventRequestWillBeSent); ok {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.urls = append(b.urls, e.Request.URL)
		}
	}); err != nil {
		t.Fatal(err)
	}
	return b
}

// ask runs an action in the browser's window and returns what it found.
func ask[T any](b *browser, action chromedp.Action[T]) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.window, time.Minute)
	defer cancel()
	found, err := chromedp.Run(ctx, action)
	if err != nil {
		b.t.Fatalf("browser: %v", err)
	}
	return found
}

// open goes to an address as the system's opener would.
func (b *browser) open(address string) {
	b.t.Helper()
	ask(b, chromedp.Evaluate[chromedp.Void](fmt.Sprintf("location.href = %q", address)))
}

func (b *browser) click(id string) {
	b.t.Helper()
	ask(b, chromedp.Click(chromedp.ID(id)))
}

// shows waits until the page says text and returns all of it. A page that goes
// away while it is asked is asked again.
func (b *browser) shows(text string) (all string) {
	b.t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(b.window, 5*time.Second)
		all, _ = chromedp.Run(ctx, chromedp.Evaluate[string]("document.body.innerText"))
		cancel()
		if strings.Contains(all, text) {
			return all
		}
	}
	b.t.Fatalf("expected a page that says %q, found %q at %s", text, all, b.location())
	return ""
}

func (b *browser) location() string {
	b.t.Helper()
	return ask(b, chromedp.Location())
}

// history is what the back and forward buttons know.
func (b *browser) history() (addresses []string) {
	b.t.Helper()
	for _, e := range ask(b, chromedp.NavigationEntries()).Entries {
		addresses = append(addresses, e.URL, e.UserTypedURL)
	}
	return addresses
}

// requested is all that the browser asked for so far.
func (b *browser) requested() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Join(b.urls, "\n")
}

// visited is the list of pages that the browser shows as visited.
func (b *browser) visited() string {
	b.t.Helper()
	const texts = `(function walk(n) { return [...n.childNodes].map((c) =>
		c.nodeType === 3 ? c.data : (c.href || "") + walk(c) + (c.shadowRoot ? walk(c.shadowRoot) : "")).join(" ") })(document)`
	ask(b, chromedp.Navigate("chrome://history"))
	for list, tries := "", 0; ; tries++ {
		if list = ask(b, chromedp.Evaluate[string](texts)); strings.Contains(list, "127.0.0.1") || tries == 500 {
			return list
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// close ends the browser, which writes to its profile until it is gone.
func (b *browser) close() {
	b.t.Helper()
	if b.window.Err() != nil {
		return
	}
	if err := chromedp.Cancel(b.window); err != nil {
		b.t.Error(err)
	}
}

// quit closes the browser and returns the files of its profile that hold text.
func (b *browser) quit(text string) (holding []string) {
	b.t.Helper()
	b.close()
	filepath.WalkDir(b.profile, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if content, err := os.ReadFile(path); err == nil && strings.Contains(string(content), text) {
				holding = append(holding, strings.TrimPrefix(path, b.profile))
			}
		}
		return nil
	})
	return holding
}

// forward stands in front of a listener, as a published port of a container
// does, and records the request lines and headers that reach it.
func forward(t *testing.T) (o Options, lines func() string) {
	var mu sync.Mutex
	var seen []string
	back, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := back.Addr().String()
	back.Close()
	proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, fmt.Sprint(r.In.Method, " ", r.In.RequestURI, r.In.Header))
		r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = "http", address, r.In.Host
	}})
	t.Cleanup(proxy.Close)
	return Options{RedirectURI: proxy.URL + "/callback", Listen: address}, func() string {
		mu.Lock()
		defer mu.Unlock()
		return strings.Join(seen, "\n")
	}
}

// pingone is the sandbox as a provider with a sign-on page.
func pingone(t *testing.T, switches ...string) func(*implicit.Request) {
	t.Helper()
	server, err := sandbox.Start(t.Context(), sandbox.Options{Switches: switches}, sandbox.ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	settings := server.Settings()
	return func(r *implicit.Request) {
		r.Endpoint, r.ClientID = settings.AuthURL+"/as/authorize", settings.ClientID
	}
}

func (b *browser) signOn() {
	b.t.Helper()
	b.shows("Sign")
	user := sandbox.Users()[0]
	ask(b, chromedp.SendKeys(chromedp.ID("username"), user.Username))
	ask(b, chromedp.SendKeys(chromedp.ID("password"), user.Password))
	b.click("signon")
}

func TestBrowser(t *testing.T) {
	for _, mode := range []string{"fragment", "form_post"} {
		for _, kind := range []string{"token", "id_token", "token id_token"} {
			t.Run(mode+" "+kind, func(t *testing.T) {
				b, provider := newBrowser(t), pingone(t)
				options, lines := forward(t)
				lg := startLogin(t, options, func(r *implicit.Request) {
					provider(r)
					r.ResponseMode, r.ResponseType = mode, kind
				})
				b.open(lg.open)
				b.signOn()
				b.shows(success.Title)
				if tab := ask(b, chromedp.Title()); tab != success.Title+" · implicit" {
					t.Errorf("the tab is named %q", tab)
				}
				resp, err := lg.ends()
				wants := func(token string) bool { return slices.Contains(strings.Fields(lg.req.ResponseType), token) }
				if err != nil || resp.AccessToken.Empty() == wants("token") || resp.IDToken.Empty() == wants("id_token") {
					t.Fatalf("found %v, %v", resp, err)
				}
				secret := signature(resp)
				for place, text := range map[string]string{
					"address bar": b.location(), "session history": strings.Join(b.history(), "\n"), "list of visited pages": b.visited(),
					"listener's requests": lines(), "requested URLs": b.requested(), "trace": lg.traced(),
				} {
					if text == "" || strings.Contains(text, secret) {
						t.Errorf("a token in the %s: %s", place, text)
					}
				}
				// With a fragment, Chromium keeps the address in the files
				// of its profile, though it shows it nowhere.
				if files := b.quit(secret); mode == "form_post" && len(files) > 0 {
					t.Errorf("a token in the browser's profile: %v", files)
				}
			})
		}
	}
}

// signature is the end of a received token.
func signature(resp *implicit.Response) string {
	token := resp.AccessToken.Reveal() + resp.IDToken.Reveal()
	return token[len(token)-40:]
}

func TestBrowserShowsARefusal(t *testing.T) {
	for _, c := range []struct {
		name, mode, reading string
		channel             string
	}{
		{"fragment", "fragment", "", implicit.ChannelFragment},
		{"form post", "form_post", "", implicit.ChannelForm},
		{"query, though a fragment was asked for", "fragment", "errors-in-query", implicit.ChannelQuery},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBrowser(t)
			provider := pingone(t, strings.Fields(c.reading)...)
			lg := startLogin(t, Options{}, func(r *implicit.Request) {
				provider(r)
				r.ResponseMode = c.mode
			})
			b.open(lg.open)
			b.shows("Sign")
			b.click("cancel")
			if text := b.shows("Refused"); !strings.Contains(text, "access_denied") {
				t.Errorf("the page says %q", text)
			}
			resp, err := lg.ends()
			if err != nil || resp.Error == nil || resp.Error.Code != "access_denied" || resp.Channel != c.channel {
				t.Errorf("found %+v, %v", resp, err)
			}
			if where := b.location(); strings.ContainsAny(where, "?#") {
				t.Errorf("the address bar shows %s", where)
			}
		})
	}
}

func TestBrowserPostsTheRequest(t *testing.T) {
	b, provider := newBrowser(t), pingone(t)
	lg := startLogin(t, Options{}, func(r *implicit.Request) {
		provider(r)
		r.Method = http.MethodPost
	})
	b.open(lg.open)
	b.signOn()
	b.shows(success.Title)
	if resp, err := lg.ends(); err != nil || resp.AccessToken.Empty() {
		t.Errorf("found %v, %v", resp, err)
	}
	if urls := b.requested(); strings.Contains(urls, lg.req.State) || strings.Contains(urls, lg.req.Nonce) {
		t.Errorf("the request stands in a URL: %s", urls)
	}
}
