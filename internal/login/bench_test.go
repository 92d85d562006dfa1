package login_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/credstore"
	"github.com/implicit-cli/implicit/internal/login"
	"github.com/implicit-cli/implicit/internal/prompt"
	"github.com/implicit-cli/implicit/internal/sandbox"
	"github.com/implicit-cli/implicit/internal/session"
	"github.com/implicit-cli/implicit/internal/state"
	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// bench is a machine with a file store, and a PingOne that counts.
type bench struct {
	t         *testing.T
	server    *sandbox.Server
	variables map[string]string
	password  string
	dir       state.Dir
	passed    atomic.Int64 // how far the clock was moved
	requests  atomic.Int32 // all of them
	passwords atomic.Int32 // sign-ons
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, dir: state.At(t.TempDir())}
	var err error
	b.server, err = sandbox.Start(t.Context(), sandbox.Options{Keys: sandbox.SharedKeys(), Now: b.now}, sandbox.ListenOptions{Wrap: b.count})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.server.Close() })
	settings := b.server.Settings()
	b.password = settings.Users[0].Password
	b.variables = map[string]string{
		"IMPLICIT_AUTH_URL": settings.AuthURL, "IMPLICIT_CLIENT_ID": settings.ClientID, "IMPLICIT_REDIRECT_URI": settings.RedirectURI,
		"IMPLICIT_USERNAME": settings.Users[0].Username, "IMPLICIT_WAIT": "10s", "IMPLICIT_STORE": credstore.File,
	}
	return b
}

func (b *bench) now() time.Time { return time.Now().Add(time.Duration(b.passed.Load())) }

func (b *bench) count(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.requests.Add(1)
		if r.Method == http.MethodPost && strings.Contains(r.URL.Path, "/flows/") {
			b.passwords.Add(1)
		}
		next.ServeHTTP(w, r)
	})
}

func (b *bench) set(sw string, on bool) {
	b.t.Helper()
	if err := b.server.Set(sw, on); err != nil {
		b.t.Fatal(err)
	}
}

// service is one command: a new Service over the same store.
func (b *bench) service() (*login.Service, *recorder) {
	b.t.Helper()
	settings, err := config.Resolve(config.Sources{
		Getenv: func(name string) string { return b.variables[name] }, File: &config.File{Default: "default"}, Need: config.NeedRequest,
	})
	if err != nil {
		b.t.Fatal(err)
	}
	settings.CAPEM = b.server.CACert
	store, err := session.Open(b.t.Context(), credstore.Options{Kind: settings.Store, Dir: b.dir, Now: b.now})
	if err != nil {
		b.t.Fatal(err)
	}
	ui := &recorder{}
	transport, err := login.NewTransport(settings, func(string) string { return "" })
	if err != nil {
		b.t.Fatal(err)
	}
	s := &login.Service{
		Settings: settings, Transport: transport, Now: b.now, Random: rand.Reader,
		Store: store, Flows: session.Flows{Dir: b.dir, Now: b.now, Store: store},
		Credentials: &prompt.Credentials{Username: settings.Username, Password: implicit.NewSecret(b.password)},
		Input:       prompt.PasteOptions{In: strings.NewReader(""), Err: io.Discard},
		UI:          ui, Secrets: new(words.Scrubber),
	}
	b.t.Cleanup(s.Close)
	return s, ui
}

// login signs on in the terminal.
func (b *bench) login() *login.Outcome {
	b.t.Helper()
	s, _ := b.service()
	out, err := s.Login(b.t.Context(), login.Way{Via: login.ViaTerminal})
	if err != nil {
		b.t.Fatal(err)
	}
	return out
}

func (b *bench) token() (*session.Entry, error) {
	b.t.Helper()
	s, _ := b.service()
	return s.Token(b.t.Context(), login.Want{})
}

// stored returns the logins in the store.
func (b *bench) stored() []session.Stored {
	b.t.Helper()
	s, _ := b.service()
	list, err := s.Store.List(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	return list
}

// recorder is a UI that shows nothing.
type recorder struct {
	mu        sync.Mutex
	warned    []string
	announced []login.Announcement
	onAddress func(address string)
}

func (r *recorder) Announce(a login.Announcement) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.announced = append(r.announced, a)
	if r.onAddress != nil {
		r.onAddress(a.Address)
	}
}

func (r *recorder) Say(string, ...any) {}

func (r *recorder) Warn(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.warned = append(r.warned, fmt.Sprintf(format, args...))
}

func (r *recorder) Report(error) {}

// browser is an HTTP client that does what a browser and its user do.
type browser struct {
	client   *http.Client
	server   *sandbox.Server
	lastPage string
}

func (b *bench) browser() *browser {
	b.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		b.t.Fatal(err)
	}
	transport, err := login.NewTransport(&config.Settings{CAPEM: b.server.CACert}, func(string) string { return "" })
	if err != nil {
		b.t.Fatal(err)
	}
	return &browser{server: b.server, client: &http.Client{
		Transport: transport, Jar: jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (w *browser) send(ctx context.Context, method, address, body string, header http.Header) (location, page string, err error) {
	req, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return "", "", err
	}
	req.Header = header
	resp, err := w.client.Do(req)
	if err != nil {
		return "", "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp.Header.Get("Location"), string(text), err
}

// signOn goes from the authorize address to the one that the sign-on ends on.
func (w *browser) signOn(ctx context.Context, authorize string) (string, error) {
	location, _, err := w.send(ctx, "GET", authorize, "", http.Header{})
	if err != nil {
		return "", err
	}
	page, err := url.Parse(location)
	if err != nil {
		return "", err
	}
	settings := w.server.Settings()
	flow := page.Query().Get("flowId")
	_, _, err = w.send(ctx, "POST", settings.AuthURL+"/flows/"+flow,
		fmt.Sprintf(`{"username":%q,"password":%q}`, settings.Users[0].Username, settings.Users[0].Password),
		http.Header{"Content-Type": {"application/vnd.pingidentity.usernamePassword.check+json"}})
	if err != nil {
		return "", err
	}
	ends, _, err := w.send(ctx, "GET", settings.AuthURL+"/as/resume?flowId="+flow, "", http.Header{})
	return ends, err
}

var relay = regexp.MustCompile(`data-token="([^"]+)" data-to="([^"]+)"`)

// open goes from the listener's start page to its last page, and does what the
// script of the relay page does.
func (w *browser) open(ctx context.Context, address string) error {
	authorize, _, err := w.send(ctx, "GET", address, "", http.Header{})
	if err != nil {
		return err
	}
	ends, err := w.signOn(ctx, authorize)
	if err != nil {
		return err
	}
	where, fragment, _ := strings.Cut(ends, "#")
	_, page, err := w.send(ctx, "GET", where, "", http.Header{})
	if err != nil {
		return err
	}
	found := relay.FindStringSubmatch(page)
	u, err := url.Parse(where)
	if err != nil || found == nil {
		return errors.Join(err, errors.New("no relay page"))
	}
	origin := u.Scheme + "://" + u.Host
	_, to, err := w.send(ctx, "POST", origin+found[2], "#"+fragment,
		http.Header{"Content-Type": {"text/plain"}, "Relay-Token": {found[1]}, "Origin": {origin}})
	if err != nil {
		return err
	}
	_, w.lastPage, err = w.send(ctx, "GET", origin+to, "", http.Header{})
	return err
}
