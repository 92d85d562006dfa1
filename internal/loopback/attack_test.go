package loopback

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// TestStrangers sends what is not the answer. Each row gets its status, is
// counted under its kind, learns nothing, and the login still takes the answer.
func TestStrangers(t *testing.T) {
	const callback = "/callback"
	for _, c := range []struct {
		name   string
		send   func(lg *login) (int, http.Header, string)
		status int
		kind   Kind
	}{
		{"favicon", get("/favicon.ico"), 404, OtherPath},
		{"port scan", get("/"), 404, OtherPath},
		{"guessed path", get("/callback/"), 404, OtherPath},
		{"guessed relay", post("/response", "#access_token=x"), 404, OtherPath},
		{"DNS rebinding", get(callback, "Host", "rebound.example"), 421, ForeignHost},
		{"DNS rebinding with our port", func(lg *login) (int, http.Header, string) {
			return lg.send("GET", callback, "", "Host", "rebound.example:"+lg.at.port)
		}, 421, ForeignHost},
		{"Host without the port", get(callback, "Host", "127.0.0.1"), 421, ForeignHost},
		{"Host by another name of this machine", func(lg *login) (int, http.Header, string) {
			return lg.send("GET", callback, "", "Host", "localhost:"+lg.at.port)
		}, 421, ForeignHost},
		{"rebound host posts the answer", func(lg *login) (int, http.Header, string) {
			return lg.send("POST", callback, lg.answer(), "Host", "rebound.example")
		}, 421, ForeignHost},
		{"prefetch of the answer", func(lg *login) (int, http.Header, string) {
			return lg.send("GET", callback+"?error=access_denied&state="+lg.req.State, "", "Sec-Purpose", "prefetch")
		}, 503, Prefetch},
		{"image in some page", get(callback+"?error=x", "Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "image"), 403, Embedded},
		{"frame in some page", get(callback, "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe"), 403, Embedded},
		{"fetch by some page", post(callback, "error=x", "Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "empty", "Origin", "https://evil.example"), 403, Embedded},
		{"link checker", func(lg *login) (int, http.Header, string) { return lg.send("HEAD", callback, "") }, 405, OtherMethod},
		{"preflight", func(lg *login) (int, http.Header, string) {
			return lg.send("OPTIONS", callback, "", "Origin", "https://evil.example")
		}, 405, OtherMethod},
		{"bare error in the query", get(callback + "?error=access_denied"), 400, BareError},
		{"bare error in a form", post(callback, "error=access_denied"), 400, BareError},
		{"error of another login", get(callback + "?error=access_denied&state=guessed"), 400, WrongState},
		{"cross-site form without state", post(callback, "access_token=evil&token_type=Bearer", "Origin", "https://evil.example"), 400, NoState},
		{"cross-site form with a guessed state", post(callback, "access_token=evil&token_type=Bearer&state=guessed"), 400, WrongState},
		{"state in other case", func(lg *login) (int, http.Header, string) {
			return lg.send("POST", callback, "access_token=evil&STATE="+lg.req.State)
		}, 400, NoState},
		{"tokens in the query without state", get(callback + "?access_token=evil"), 400, NoState},
		{"a log-in form sent on by 307", post(callback, "username=alice&password=hunter2&csrf=1"), 400, NoResponse},
		{"a log-in form that holds our state", func(lg *login) (int, http.Header, string) {
			return lg.send("POST", callback, "password=hunter2&code=123456&token=csrf&error=&state="+lg.req.State)
		}, 400, NoResponse},
		{"a log-in form of another media type", post(callback, "password=hunter2", "Content-Type", "multipart/form-data; boundary=x"), 400, NoResponse},
		{"10 MB body", post(callback, strings.Repeat("password=hunter2&", 10<<20/17)), 413, TooLarge},
		{"relay: 10 MB body", relayed(strings.Repeat("hunter2#", 10<<20/8)), 413, TooLarge},
		{"relay: second tab", relayed(""), 400, NoResponse},
		{"relay: left-over fragment", relayed("#_=_"), 400, NoResponse},
		{"relay: bare error", relayed("#error=access_denied"), 400, BareError},
		{"relay: a script in every value", relayed("#access_token=<script>alert(1)</script>&state=<script>hunter2</script>&error=<script>"), 400, WrongState},
		{"relay: another origin", func(lg *login) (int, http.Header, string) {
			return lg.steal("Origin", "https://evil.example")
		}, 403, UnknownRelay},
		{"relay: no origin", func(lg *login) (int, http.Header, string) { return lg.steal() }, 403, UnknownRelay},
		{"relay: no token", func(lg *login) (int, http.Header, string) {
			return lg.send("POST", lg.relayPath(), "#"+lg.answer(), "Origin", lg.at.origin())
		}, 403, UnknownRelay},
		{"JARM in the query", relayed("?response=eyJ.evil.x"), 400, SignedResponse},
		{"JARM in a form", post(callback, "response=eyJ.evil.x"), 400, SignedResponse},
		{"a handle that was never given", func(lg *login) (int, http.Header, string) {
			return lg.send("POST", lg.heldPath(), "handle=", "Origin", lg.at.origin())
		}, 403, UnknownRelay},
	} {
		t.Run(c.name, func(t *testing.T) {
			lg := startLogin(t, Options{}, nil)
			status, header, page := c.send(lg)
			if status != c.status || lg.counted(c.kind) != 1 {
				t.Errorf("expected status %d and one %q, found %d and %v", c.status, c.kind, status, lg.Strays())
			}
			told := page + fmt.Sprint(header) + lg.traced()
			for _, secret := range []string{"hunter2", lg.req.State, lg.req.Nonce, "<script>alert", "evil"} {
				if strings.Contains(told, secret) {
					t.Errorf("%q came back, or is in the trace: %s", secret, told)
				}
			}
			if header.Get("Cache-Control") != "no-store" || header.Get("Referrer-Policy") != "no-referrer" ||
				!strings.Contains(header.Get("Content-Security-Policy"), "frame-ancestors 'none'") || header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("headers %v", header)
			}
			lg.completes()
		})
	}
}

func get(path string, header ...string) func(*login) (int, http.Header, string) {
	return func(lg *login) (int, http.Header, string) { return lg.send("GET", path, "", header...) }
}

func post(path, body string, header ...string) func(*login) (int, http.Header, string) {
	return func(lg *login) (int, http.Header, string) { return lg.send("POST", path, body, header...) }
}

func relayed(found string) func(*login) (int, http.Header, string) {
	return func(lg *login) (int, http.Header, string) {
		_, _, page := lg.send("GET", lg.at.path, "")
		status, header, path := lg.send("POST", lg.relayPath(), found, "Origin", lg.at.origin(), "Relay-Token", dataOf(lg.t, page, "token"))
		if status != http.StatusOK {
			return status, header, path
		}
		return lg.send("GET", path, "")
	}
}

// steal posts the true answer with a true token, but not from our page.
func (lg *login) steal(header ...string) (int, http.Header, string) {
	_, _, page := lg.send("GET", lg.at.path, "")
	return lg.send("POST", lg.relayPath(), "#"+lg.answer(), append(header, "Relay-Token", dataOf(lg.t, page, "token"))...)
}

func TestNothingIsOursBeforeStart(t *testing.T) {
	l, err := Listen(Options{RedirectURI: "http://127.0.0.1/callback"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	lg := &login{Listener: l, t: t, req: &implicit.Request{}}
	if status, _ := lg.form("access_token=evil&state="); status != http.StatusBadRequest {
		t.Errorf("expected an empty state to equal nothing, found status %d", status)
	}
	if len(l.candidates) > 0 {
		t.Error("a response was taken")
	}
}

func TestOfManyAnswersOneCounts(t *testing.T) {
	lg := startLogin(t, Options{}, nil)
	const racers = maxCandidates - 2
	pages := make(chan string, racers)
	var ready, all sync.WaitGroup
	ready.Add(racers)
	for range racers {
		all.Go(func() {
			ready.Done()
			ready.Wait()
			_, page := lg.form(lg.answer())
			pages <- page
		})
	}
	all.Wait()
	close(pages)
	taken := 0
	for page := range pages {
		if strings.Contains(page, success.Title) {
			taken++
		} else if !strings.Contains(page, "has its response") {
			t.Errorf("found the page %s", page)
		}
	}
	if taken != 1 || lg.counted(Again) != racers-1 {
		t.Errorf("%d were taken, %v", taken, lg.Strays())
	}
	if resp, err := lg.ends(); err != nil || resp == nil || lg.judged != 1 {
		t.Errorf("found %v, %v, judged %d times", resp, err, lg.judged)
	}
}

func TestReplayAfterTheAnswer(t *testing.T) {
	lg := startLogin(t, Options{}, nil)
	lg.completes()
	if status, page := lg.relay("#" + lg.answer()); status != http.StatusBadRequest || strings.Contains(page, success.Title) {
		t.Errorf("status %d, page %s", status, page)
	}
}
