package loopback

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// login is one login under test: its listener, and what Wait will return.
type login struct {
	*Listener
	t      *testing.T
	req    *implicit.Request
	open   string
	cancel context.CancelFunc
	done   chan struct{}
	resp   *implicit.Response
	err    error
	judged int
	valid  func(*implicit.Response) bool // nil: every response without an error
	cookie string                        // of the start page, once it was fetched; send sends it

	mu      sync.Mutex
	lines   []string // the trace
	notices []Notice
}

var success = Verdict{OK: true, Title: "Signed in as alice", Text: "You can close this window and go back to the terminal.", Hint: "<b>&"}

func startLogin(t *testing.T, o Options, change func(*implicit.Request)) *login {
	t.Helper()
	if o.RedirectURI == "" {
		o.RedirectURI = "http://127.0.0.1/callback"
	}
	lg := &login{t: t, done: make(chan struct{})}
	o.Trace = func(format string, args ...any) {
		lg.mu.Lock()
		defer lg.mu.Unlock()
		lg.lines = append(lg.lines, fmt.Sprintf(format, args...))
	}
	o.Notify = func(n Notice) {
		lg.mu.Lock()
		defer lg.mu.Unlock()
		lg.notices = append(lg.notices, n)
	}
	l, err := Listen(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	lg.Listener, lg.req = l, implicit.NewRequest("https://provider.example/authorize", "client", l.RedirectURI())
	if change != nil {
		change(lg.req)
	}
	if lg.open, err = l.Start(lg.req); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	lg.cancel = cancel
	go func() {
		defer close(lg.done)
		lg.resp, lg.err = l.Wait(ctx, func(_ context.Context, r *implicit.Response) Verdict {
			lg.judged++
			switch {
			case r.Error != nil:
				return Verdict{Title: "Refused", Text: r.Error.Error()}
			case lg.valid != nil && !lg.valid(r):
				return Verdict{Title: "Not valid", Text: "the signature is wrong"}
			}
			return success
		})
	}()
	return lg
}

// traced is the trace so far.
func (lg *login) traced() string {
	lg.mu.Lock()
	defer lg.mu.Unlock()
	return strings.Join(lg.lines, "\n")
}

// noticed waits until the terminal has been told of a kind and returns all that
// it was told.
func (lg *login) noticed(kind Kind) string {
	lg.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		lg.mu.Lock()
		told, found := "", false
		for _, n := range lg.notices {
			told, found = told+n.String()+"\n", found || n.Kind == kind
		}
		lg.mu.Unlock()
		if found {
			return told
		}
	}
	lg.t.Fatalf("the terminal was never told of %q", kind)
	return ""
}

// start opens the start page as the browser does, and keeps its cookie.
func (lg *login) start() *login {
	lg.t.Helper()
	status, header, page := lg.send("GET", strings.TrimPrefix(lg.open, lg.at.origin()), "")
	if status != http.StatusSeeOther && status != http.StatusOK {
		lg.t.Fatalf("the start page: status %d, %s", status, page)
	}
	lg.cookie, _, _ = strings.Cut(header.Get("Set-Cookie"), ";")
	return lg
}

// waits fails the test when Wait has returned.
func (lg *login) waits() {
	lg.t.Helper()
	select {
	case <-lg.done:
		lg.t.Fatalf("the login ended: %v, %v", lg.resp, lg.err)
	default:
	}
}

// ends returns what Wait returned.
func (lg *login) ends() (*implicit.Response, error) {
	lg.t.Helper()
	<-lg.done
	return lg.resp, lg.err
}

// completes hands over the true answer and fails the test when it is not taken.
func (lg *login) completes() {
	lg.t.Helper()
	lg.waits()
	status, _ := lg.relay("#" + lg.answer())
	resp, err := lg.ends()
	if status != http.StatusOK || err != nil || resp.AccessToken.Reveal() != "at" || lg.judged != 1 {
		lg.t.Fatalf("the true answer: status %d, response %v, error %v, judged %d times", status, resp, err, lg.judged)
	}
}

func (lg *login) answer() string {
	return "access_token=at&token_type=Bearer&id_token=it&state=" + url.QueryEscape(lg.req.State)
}

func (lg *login) counted(kind Kind) int {
	for _, s := range lg.Strays() {
		if s.Kind == kind {
			return s.Count
		}
	}
	return 0
}

// send makes one request as a browser's window would, but for what header says.
func (lg *login) send(method, path, body string, header ...string) (int, http.Header, string) {
	lg.t.Helper()
	req, err := http.NewRequest(method, lg.at.origin()+path, strings.NewReader(body))
	if err != nil {
		lg.t.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if lg.cookie != "" {
		req.Header.Set("Cookie", lg.cookie)
	}
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		lg.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		lg.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(text)
}

// relay plays the relay page: it takes its token and posts what was found.
func (lg *login) relay(found string) (int, string) {
	lg.t.Helper()
	_, _, page := lg.send("GET", lg.at.path, "")
	_, _, path := lg.send("POST", dataOf(lg.t, page, "to"), found, "Relay-Token", dataOf(lg.t, page, "token"), "Origin", lg.at.origin())
	status, _, text := lg.send("GET", path, "")
	return status, text
}

// follow goes where a browser is sent on to.
func (lg *login) follow(status int, header http.Header, page string) (int, string) {
	lg.t.Helper()
	if status == http.StatusSeeOther {
		status, _, page = lg.send("GET", header.Get("Location"), "")
	}
	return status, page
}

func dataOf(t *testing.T, page, name string) string {
	t.Helper()
	_, rest, ok := strings.Cut(page, " data-"+name+`="`)
	value, _, _ := strings.Cut(rest, `"`)
	if !ok {
		t.Fatalf("expected a relay page with data-%s, found %.300q", name, page)
	}
	return value
}

func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		name, mode string
		send       func(*login) (int, string)
		channel    string
		refused    string
		unreadable bool
	}{
		{name: "fragment", send: func(lg *login) (int, string) { return lg.relay("?tenant=1#" + lg.answer()) }, channel: implicit.ChannelFragment},
		{name: "fragment without the redirect URI's own query", send: func(lg *login) (int, string) { return lg.relay("#" + lg.answer()) }, unreadable: true},
		{name: "form post", mode: "form_post", send: func(lg *login) (int, string) { return lg.form(lg.answer()) }, channel: implicit.ChannelForm},
		{name: "error in the fragment", send: func(lg *login) (int, string) { return lg.relay("?tenant=1#error=access_denied&state=" + lg.req.State) }, channel: implicit.ChannelFragment, refused: "access_denied"},
		{name: "error in the query", send: func(lg *login) (int, string) { return lg.query("error=access_denied&state=" + lg.req.State) }, channel: implicit.ChannelQuery, refused: "access_denied"},
		{name: "error in a form", send: func(lg *login) (int, string) { return lg.form("error=access_denied&state=" + lg.req.State) }, channel: implicit.ChannelForm, refused: "access_denied"},
		{name: "query where it was asked for", mode: "query", send: func(lg *login) (int, string) { return lg.query(lg.answer()) }, channel: implicit.ChannelQuery},
		{name: "query where it was not", send: func(lg *login) (int, string) { return lg.query(lg.answer()) }, unreadable: true},
		{name: "parameter twice", send: func(lg *login) (int, string) { return lg.form(lg.answer() + "&access_token=other") }, unreadable: true},
		{name: "state twice", send: func(lg *login) (int, string) { return lg.form(lg.answer() + "&state=other") }, unreadable: true},
		{name: "two channels", send: func(lg *login) (int, string) { return lg.relay("?tenant=1&access_token=x#" + lg.answer()) }, unreadable: true},
		{name: "code instead of tokens", send: func(lg *login) (int, string) { return lg.relay("?tenant=1#code=c&state=" + lg.req.State) }, unreadable: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			lg := startLogin(t, Options{RedirectURI: "http://127.0.0.1/callback?tenant=1"}, func(r *implicit.Request) {
				r.ResponseMode, r.AllowQuery = c.mode, c.mode == "query"
			}).start()
			status, page := c.send(lg)
			resp, err := lg.ends()
			var parse *implicit.ParseError
			switch {
			case status != http.StatusOK:
				t.Errorf("status %d: %s", status, page)
			case c.unreadable:
				if !errors.As(err, &parse) || lg.judged != 0 || !strings.Contains(page, "cannot be trusted") {
					t.Errorf("expected a ParseError that is not judged, found %v, %v, page %s", resp, err, page)
				}
			case err != nil || resp.Channel != c.channel || lg.judged != 1:
				t.Errorf("found %+v, %v, judged %d times", resp, err, lg.judged)
			case c.refused != "" && (resp.Error == nil || resp.Error.Code != c.refused || !strings.Contains(page, c.refused)):
				t.Errorf("expected the error %s, found %+v, page %s", c.refused, resp, page)
			case c.refused == "" && (resp.AccessToken.Reveal() != "at" || !strings.Contains(page, success.Title)):
				t.Errorf("expected the tokens, found %+v, page %s", resp, page)
			}
		})
	}
}

// form posts as a provider's page does, without our cookie, and plays the script
// of the page that hands the form over.
func (lg *login) form(body string) (int, string) {
	lg.t.Helper()
	status, header, page := lg.send("POST", lg.at.path, body, "Origin", "https://provider.example", "Cookie", "",
		"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document")
	if strings.HasPrefix(header.Get("Location"), lg.heldPath()) {
		status, header, page = lg.send("GET", header.Get("Location"), "")
	}
	if strings.Contains(page, "data-held=") {
		status, header, page = lg.send("POST", dataOf(lg.t, page, "to"), "", "Relay-Token", dataOf(lg.t, page, "token"), "Origin", lg.at.origin())
		if status == http.StatusOK {
			status, header, page = lg.send("GET", page, "")
		}
	}
	return lg.follow(status, header, page)
}

func (lg *login) query(query string) (int, string) {
	return lg.follow(lg.send("GET", lg.at.path+"?tenant=1&"+query, ""))
}

func TestThePageWaitsForTheVerdict(t *testing.T) {
	l, err := Listen(Options{RedirectURI: "http://127.0.0.1/callback"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	req := implicit.NewRequest("https://provider.example/authorize", "client", l.RedirectURI())
	address, err := l.Start(req)
	if err != nil {
		t.Fatal(err)
	}
	lg := (&login{Listener: l, t: t, req: req, open: address}).start()
	page := make(chan string)
	go func() {
		_, text := lg.form(lg.answer()) // before the command waits
		page <- text
	}()
	resp, err := l.Wait(t.Context(), func(context.Context, *implicit.Response) Verdict {
		select {
		case text := <-page:
			t.Errorf("the page came before the verdict: %s", text)
		default:
		}
		return Verdict{Title: "Signature <wrong>", Text: "Do not use it.", Hint: `"&`}
	})
	if err != nil || resp == nil {
		t.Fatalf("found %v, %v", resp, err)
	}
	l.Close() // at once: the page must have left
	if text := <-page; !strings.Contains(text, "Signature &lt;wrong&gt;") || !strings.Contains(text, `data-state="bad"`) || !strings.Contains(text, "&#34;&amp;") {
		t.Errorf("expected the verdict, escaped, found %s", text)
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	lg := startLogin(t, Options{}, nil)
	lg.cancel()
	if _, err := lg.ends(); !errors.Is(err, context.Canceled) {
		t.Errorf("expected context.Canceled, found %v", err)
	}
	port := lg.at.port
	if err := lg.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		t.Fatalf("expected the port to be free: %v", err)
	}
	s.Close()
}

func TestCloseTellsTheBrowserThatWaits(t *testing.T) {
	lg := startLogin(t, Options{}, nil)
	lg.cancel() // nobody waits any more, as when the address was pasted
	lg.ends()
	lg.start()
	_, header, _ := lg.send("POST", lg.at.path, lg.answer())
	resp, err := http.Get(lg.at.origin() + header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() // its beginning is here
	lg.Close()
	if text, err := io.ReadAll(resp.Body); err != nil || !strings.Contains(string(text), "The login has ended") {
		t.Errorf("found %s, %v", text, err)
	}
}

func TestStartRefusesARequestForAnotherAddress(t *testing.T) {
	l, err := Listen(Options{RedirectURI: "http://127.0.0.1/callback"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := l.Start(implicit.NewRequest("https://provider.example/authorize", "client", "http://127.0.0.1/callback")); err == nil {
		t.Error("expected an error: the redirect URI has no port yet")
	}
}
