package login_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/internal/login"
	"github.com/implicit-cli/implicit/internal/session"
	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// valid checks that the outcome is a verified and stored login.
func valid(t *testing.T, b *bench, out *login.Outcome, err error, via string) {
	t.Helper()
	if err != nil || !out.Result.Valid() || out.Result.AccessToken.Empty() || !out.Stored {
		t.Fatalf("outcome %+v, error %v", out, err)
	}
	list := b.stored()
	if len(list) != 1 || list[0].Via != via || list[0].AccessToken != out.Result.AccessToken.Reveal() {
		t.Errorf("stored %d logins, want the one by %s", len(list), via)
	}
}

func TestLoginInTerminal(t *testing.T) {
	b := newBench(t)
	s, ui := b.service()
	out, err := s.Login(t.Context(), login.Way{Via: login.ViaTerminal, UserInfo: true})
	valid(t, b, out, err, login.ViaTerminal)
	if out.UserInfo == nil || out.UserInfo.Subject() != out.Result.IDTokenClaims.Subject() {
		t.Error("no userinfo of the same user")
	}
	if len(ui.announced) > 0 || len(ui.warned) > 0 || b.passwords.Load() != 1 {
		t.Errorf("announced %v, warned %q, %d passwords", ui.announced, ui.warned, b.passwords.Load())
	}
}

func TestLoginInBrowser(t *testing.T) {
	b := newBench(t)
	s, ui := b.service()
	w := b.browser()
	var visit sync.WaitGroup
	visit.Add(1)
	s.CanOpen, s.Open = true, func(ctx context.Context, address string) error {
		defer visit.Done()
		return w.open(context.WithoutCancel(ctx), address)
	}
	out, err := s.Login(t.Context(), login.Way{Via: login.ViaBrowser})
	visit.Wait()
	valid(t, b, out, err, login.ViaBrowser)
	if len(ui.announced) != 1 || !strings.HasPrefix(ui.announced[0].Address, "http://127.0.0.1:") {
		t.Errorf("announced %v, want an address on loopback", ui.announced)
	}
	if !strings.Contains(w.lastPage, "<title>Signed in ") || !strings.Contains(w.lastPage, "<dd>"+s.Settings.ClientID+"</dd>") || !out.Session.Empty() {
		t.Errorf("last page %q; the session is the browser's alone: %t", w.lastPage, out.Session.Empty())
	}
}

func TestLoginByPaste(t *testing.T) {
	b := newBench(t)
	s, ui := b.service()
	ui.onAddress = func(address string) { // another machine's browser
		ends, err := b.browser().signOn(t.Context(), address)
		if err != nil {
			t.Error(err)
		}
		s.Input.In = strings.NewReader(ends)
	}
	out, err := s.Login(t.Context(), login.Way{Via: login.ViaPaste})
	valid(t, b, out, err, login.ViaPaste)
}

// The response to another request is refused before its tokens are looked at.
func TestPasteOfAnotherRequest(t *testing.T) {
	b := newBench(t)
	s, ui := b.service()
	ui.onAddress = func(string) {
		s.Input.In = strings.NewReader(s.Settings.RedirectURI + "#access_token=a&token_type=Bearer&state=another")
	}
	_, err := s.Login(t.Context(), login.Way{Via: login.ViaPaste})
	var failed *implicit.VerifyError
	if !errors.As(err, &failed) || failed.Check.Name != implicit.CheckState || len(b.stored()) != 0 {
		t.Errorf("error %v, want the check of state", err)
	}
}

func TestFailedCheck(t *testing.T) {
	for _, sw := range []string{"wrong-nonce", "bad-signature", "wrong-issuer"} {
		b := newBench(t)
		b.set(sw, true)
		s, _ := b.service()
		out, err := s.Login(t.Context(), login.Way{Via: login.ViaTerminal})
		var failed *implicit.VerifyError
		if !errors.As(err, &failed) || out == nil || out.Result.Valid() || !out.Result.AccessToken.Empty() || len(out.Result.Checks) == 0 {
			t.Errorf("%s: error %v, want a VerifyError and the outcome for a report", sw, err)
		}
		if list := b.stored(); len(list) != 0 {
			t.Errorf("%s: %d logins are stored", sw, len(list))
		}
	}
}

func TestFailedCheckInBrowser(t *testing.T) {
	b := newBench(t)
	b.set("wrong-nonce", true)
	s, _ := b.service()
	w := b.browser()
	var visit sync.WaitGroup
	visit.Add(1)
	s.Open = func(ctx context.Context, address string) error {
		defer visit.Done()
		return w.open(context.WithoutCancel(ctx), address)
	}
	_, err := s.Login(t.Context(), login.Way{Via: login.ViaBrowser})
	visit.Wait()
	var failed *implicit.VerifyError
	if !errors.As(err, &failed) || failed.Check.Name != implicit.CheckNonce || len(b.stored()) != 0 {
		t.Errorf("error %v, want the check of nonce, and nothing stored", err)
	}
	if !strings.Contains(w.lastPage, "Not signed in") {
		t.Errorf("last page %q", w.lastPage)
	}
}

func TestTokenFromStore(t *testing.T) {
	b := newBench(t)
	want := b.login().Result.AccessToken.Reveal()
	before := b.requests.Load()
	got, err := b.token()
	if err != nil || got.AccessToken != want || b.requests.Load() != before {
		t.Errorf("error %v, %d requests, want the stored token and none", err, b.requests.Load()-before)
	}
}

// A stored token is used where it has what is required now, whatever was required
// when it was obtained.
func TestTokenUnderAPolicy(t *testing.T) {
	b := newBench(t)
	b.variables["IMPLICIT_REQUIRE"] = "acr=Single_Factor"
	want := b.login().Result.AccessToken.Reveal()
	before := b.requests.Load()
	if got, err := b.token(); err != nil || got.AccessToken != want || b.requests.Load() != before {
		t.Errorf("the same policy: error %v, %d requests, want the stored token and none", err, b.requests.Load()-before)
	}
	b.password = ""
	for requirement, fails := range map[string]string{"": "", "access_token.scope=openid": "", "acr=Multi_Factor": "claim.acr"} {
		b.variables["IMPLICIT_REQUIRE"] = requirement
		got, err := b.token()
		var failed *implicit.VerifyError
		if fails == "" && (err != nil || got.AccessToken != want) {
			t.Errorf("%q: error %v, want the stored token", requirement, err)
		}
		if fails != "" && (!errors.As(err, &failed) || failed.Check.Name != fails) {
			t.Errorf("%q: error %v, want the check %s", requirement, err, fails)
		}
	}
	b.set("session-gone", true)
	var required *implicit.InteractionRequiredError
	b.variables["IMPLICIT_REQUIRE"] = "acr=Multi_Factor"
	if _, err := b.token(); !errors.As(err, &required) {
		t.Errorf("error %v, want that a user is required", err)
	}
}

func TestTokenSignsOnWithCredentials(t *testing.T) {
	b := newBench(t)
	if got, err := b.token(); err != nil || got.AccessToken == "" || b.passwords.Load() != 1 {
		t.Errorf("error %v, %d passwords, want one sign-on", err, b.passwords.Load())
	}
}

func TestTokenRenewedBySession(t *testing.T) {
	b := newBench(t)
	old := b.login().Result.AccessToken.Reveal()
	b.password = "" // a sign-on is not possible
	b.passed.Store(int64(time.Hour))
	got, err := b.token()
	if err != nil || got.AccessToken == old || b.passwords.Load() != 1 {
		t.Fatalf("error %v, %d passwords, want a new token without one", err, b.passwords.Load())
	}
	again, err := b.token()
	if err != nil || again.AccessToken != got.AccessToken {
		t.Errorf("error %v, want the renewed token from the store", err)
	}
}

// A session that has become another user's gives nothing, and what is stored stays.
func TestRenewalForAnotherUser(t *testing.T) {
	b := newBench(t)
	old := b.login().Result.AccessToken.Reveal()
	b.set("session-other-user", true)
	b.passed.Store(int64(time.Hour))
	var other *login.RenewalError
	if _, err := b.token(); !errors.As(err, &other) {
		t.Errorf("error %v, want a RenewalError", err)
	}
	if list := b.stored(); len(list) != 1 || list[0].AccessToken != old {
		t.Errorf("%d logins are stored, want the old one", len(list))
	}
}

func TestTokenWithoutAUser(t *testing.T) {
	b := newBench(t)
	b.password = ""
	_, err := b.token()
	var required *implicit.InteractionRequiredError
	if !errors.As(err, &required) || b.requests.Load() != 0 {
		t.Errorf("error %v after %d requests, want that a user is required", err, b.requests.Load())
	}
}

// Commands that run at once share one sign-on.
func TestTokenOnceForAll(t *testing.T) {
	b := newBench(t)
	for _, got := range b.atOnce(10) {
		if got.err != nil || got.entry.AccessToken == "" {
			t.Errorf("error %v", got.err)
		}
	}
	if n := b.passwords.Load(); n != 1 {
		t.Errorf("%d passwords were sent, want 1", n)
	}
}

// Wrong credentials are sent once, and the failure is shared.
func TestWrongCredentialsOnceForAll(t *testing.T) {
	b := newBench(t)
	b.password = "wrong"
	for _, got := range b.atOnce(5) {
		if f := fault.Of(got.err, fault.Context{}); got.err == nil || f.Kind != fault.Refused {
			t.Errorf("error %v of kind %s, want refused", got.err, f.Kind)
		}
	}
	if n := b.passwords.Load(); n != 1 {
		t.Errorf("%d passwords were sent, want 1", n)
	}
	b.password = b.server.Settings().Users[0].Password
	if _, err := b.token(); err != nil {
		t.Errorf("the right password: %v", err)
	}
}

type got struct {
	entry *session.Entry
	err   error
}

// atOnce runs n commands that want a token.
func (b *bench) atOnce(n int) []got {
	services := make([]*login.Service, n)
	for i := range services {
		services[i], _ = b.service()
	}
	all := make([]got, n)
	var running sync.WaitGroup
	for i, s := range services {
		running.Go(func() { all[i].entry, all[i].err = s.Token(b.t.Context(), login.Want{}) })
	}
	running.Wait()
	return all
}

// A flow that is driven one command at a time.
func TestResume(t *testing.T) {
	b := newBench(t)
	s, _ := b.service()
	auth, out, err := s.Authorize(t.Context(), requestFor(t, s))
	if err != nil || out != nil {
		t.Fatalf("outcome %v, error %v", out, err)
	}
	s, _ = b.service()
	flow, err := s.SubmitFlow(t.Context(), auth.FlowID, implicit.Secret{}, "", nil, nil)
	if err != nil || !flow.Completed() {
		t.Fatalf("flow %+v, error %v", flow, err)
	}
	s, _ = b.service()
	out, err = s.Resume(t.Context(), auth.FlowID, implicit.Secret{})
	valid(t, b, out, err, login.ViaTerminal)

	s, _ = b.service()
	var none *login.NoSessionError
	if _, err := s.Resume(t.Context(), auth.FlowID, implicit.Secret{}); !errors.As(err, &none) {
		t.Errorf("a second resume: %v, want a NoSessionError", err)
	}
}

func TestResumeWithAFailedCheck(t *testing.T) {
	b := newBench(t)
	s, _ := b.service()
	auth, _, err := s.Authorize(t.Context(), requestFor(t, s))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.SubmitFlow(t.Context(), auth.FlowID, implicit.Secret{}, "", nil, nil); err != nil {
		t.Fatal(err)
	}
	b.set("wrong-nonce", true)
	out, err := s.Resume(t.Context(), auth.FlowID, implicit.Secret{})
	var failed *implicit.VerifyError
	if !errors.As(err, &failed) || out == nil || len(b.stored()) != 0 {
		t.Errorf("outcome %v, error %v, want a VerifyError, the outcome and nothing stored", out, err)
	}
}

func TestRefusedRedirectURI(t *testing.T) {
	b := newBench(t)
	b.variables["IMPLICIT_REDIRECT_URI"] = "https://app.example.com/unregistered"
	s, _ := b.service()
	_, err := s.Login(t.Context(), login.Way{Via: login.ViaTerminal})
	var wrong *login.RedirectURIError
	var refused *pingone.Error
	if !errors.As(err, &wrong) || wrong.URI != b.variables["IMPLICIT_REDIRECT_URI"] || !errors.As(err, &refused) {
		t.Errorf("error %v, want a RedirectURIError", err)
	}
}

// requestFor is a fresh request of the service's settings.
func requestFor(t *testing.T, s *login.Service) *implicit.Request {
	t.Helper()
	req, err := s.Request(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	return req
}
