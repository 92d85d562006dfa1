package tokensource_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
	"github.com/implicit-cli/implicit/pkg/pingonetest"
	"github.com/implicit-cli/implicit/pkg/tokensource"
)

// clock is the time of server and client.
type clock struct{ passed atomic.Int64 }

func (c *clock) now() time.Time {
	return time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC).Add(time.Duration(c.passed.Load()))
}

func (c *clock) pass(d time.Duration) { c.passed.Add(int64(d)) }

// bench is a PingOne that counts, and what a source for it needs.
type bench struct {
	*pingonetest.Server
	clock
	config    tokensource.Config
	requests  atomic.Int32 // all of them
	passwords atomic.Int32 // sign-ons
	authorize atomic.Int32 // sign-ons and renewals
}

func newBench(t *testing.T, options ...pingonetest.Option) *bench {
	t.Helper()
	b := &bench{}
	b.Server = pingonetest.Start(t, append(options, pingonetest.WithClock(b.now), pingonetest.WithMiddleware(b.count))...)
	env, err := pingone.ParseEnvironment(b.URL)
	if err != nil {
		t.Fatal(err)
	}
	b.config = tokensource.Config{
		Environment: env, ClientID: b.ClientID, RedirectURI: b.RedirectURI, Answerer: answers(b.Users[0].Password),
		HTTP: &implicit.Client{Transport: b.Client().Transport, Now: b.now, Sleep: func(context.Context, time.Duration) error { return nil }},
	}
	return b
}

func answers(password string) pingone.Answers {
	return pingone.Answers{pingone.FieldUsername: implicit.NewSecret("plain"), pingone.FieldPassword: implicit.NewSecret(password)}
}

func (b *bench) count(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.requests.Add(1)
		switch {
		case r.Method == http.MethodPost && strings.Contains(r.URL.Path, "/flows/"):
			b.passwords.Add(1)
		case strings.HasSuffix(r.URL.Path, "/authorize"):
			b.authorize.Add(1)
		}
		next.ServeHTTP(w, r)
	})
}

func (b *bench) source(t *testing.T) *tokensource.Source {
	t.Helper()
	source, err := tokensource.New(t.Context(), b.config)
	if err != nil {
		t.Fatal(err)
	}
	return source
}

func token(t *testing.T, source oauth2.TokenSource) *oauth2.Token {
	t.Helper()
	token, err := source.Token()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// sent compares the sign-ons and the authorize requests so far.
func (b *bench) sent(t *testing.T, passwords, authorize int32) {
	t.Helper()
	if p, a := b.passwords.Load(), b.authorize.Load(); p != passwords || a != authorize {
		t.Errorf("%d passwords and %d authorize requests were sent, want %d and %d", p, a, passwords, authorize)
	}
}

func TestOneSignOnForAll(t *testing.T) {
	b := newBench(t)
	source := b.source(t)
	b.sent(t, 0, 0)
	var all sync.WaitGroup
	var found sync.Map
	for range 100 {
		all.Go(func() {
			token, err := source.Token()
			if err != nil {
				t.Error(err)
				return
			}
			found.Store(token.AccessToken, true)
		})
	}
	all.Wait()
	tokens := 0
	found.Range(func(any, any) bool { tokens++; return true })
	if tokens != 1 {
		t.Errorf("%d tokens, want 1", tokens)
	}
	b.sent(t, 1, 1)
}

func TestToken(t *testing.T) {
	b := newBench(t)
	got := token(t, b.source(t))
	idToken, _ := got.Extra("id_token").(string)
	claims, err := implicit.DecodeUnverified(idToken)
	if err != nil || claims.Text("iss") != b.Issuer {
		t.Errorf("ID token %q: %v", idToken, err)
	}
	if got.Type() != "Bearer" || !got.Expiry.Equal(b.now().Add(time.Hour)) {
		t.Errorf("type %s, expires %s", got.Type(), got.Expiry)
	}
}

func TestAccessTokenAlone(t *testing.T) {
	b := newBench(t)
	b.config.Request = func(r *implicit.Request) { r.ResponseType = "token" }
	if got := token(t, b.source(t)); got.AccessToken == "" || got.Extra("id_token") != nil {
		t.Errorf("access token %q, ID token %v", got.AccessToken, got.Extra("id_token"))
	}
}

// The holder of a token cannot change it for others.
func TestTokenIsACopy(t *testing.T) {
	source := newBench(t).source(t)
	first := token(t, source)
	kept := first.AccessToken
	first.AccessToken = "changed"
	if token(t, source).AccessToken != kept {
		t.Error("the token was changed")
	}
}

func TestRefusalIsFinalUntilReset(t *testing.T) {
	b := newBench(t)
	var password atomic.Value
	password.Store("wrong")
	b.config.Answerer = pingone.AnswerFunc(func(ctx context.Context, q pingone.Question) (pingone.Answer, error) {
		return answers(password.Load().(string)).Answer(ctx, q)
	})
	source := b.source(t)
	_, first := source.Token()
	var refused *pingone.Error
	if !errors.As(first, &refused) || refused.Reason != pingone.ReasonWrongCredentials {
		t.Fatalf("error %v, want wrong credentials", first)
	}
	for range 3 {
		b.clock.pass(time.Hour)
		if _, err := source.Token(); err != first {
			t.Errorf("error %v, want the first one", err)
		}
	}
	b.sent(t, 1, 1)
	password.Store(b.Users[0].Password)
	source.Reset()
	token(t, source)
	b.sent(t, 2, 2)
}

func TestResetForgetsTheToken(t *testing.T) {
	b := newBench(t)
	source := b.source(t)
	first := token(t, source)
	source.Reset()
	if token(t, source).AccessToken == first.AccessToken {
		t.Error("the same token after Reset")
	}
	b.sent(t, 2, 2)
}

func TestRenewal(t *testing.T) {
	for name, change := range map[string]func(*tokensource.Config){
		"both tokens":  func(*tokensource.Config) {},
		"access token": func(c *tokensource.Config) { c.Request = func(r *implicit.Request) { r.ResponseType = "token" } },
		"pi.flow":      func(c *tokensource.Config) { c.Request = func(r *implicit.Request) { r.ResponseMode = "pi.flow" } },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			change(&b.config)
			source := b.source(t)
			first := token(t, source)
			b.clock.pass(59*time.Minute - time.Second)
			if token(t, source).AccessToken != first.AccessToken {
				t.Error("renewed too early")
			}
			b.clock.pass(time.Second)
			if token(t, source).AccessToken == first.AccessToken {
				t.Error("not renewed")
			}
			token(t, source)
			b.sent(t, 1, 2)
		})
	}
}

// A delta longer than the lifetime does not renew on every call.
func TestExpiryDelta(t *testing.T) {
	b := newBench(t)
	b.config.ExpiryDelta = 24 * time.Hour
	source := b.source(t)
	token(t, source)
	b.clock.pass(29 * time.Minute)
	token(t, source)
	b.sent(t, 1, 1)
	b.clock.pass(time.Minute)
	token(t, source)
	b.sent(t, 1, 2)
}

func TestEndedSessionSignsOnOnce(t *testing.T) {
	b := newBench(t)
	source := b.source(t)
	token(t, source)
	b.Set(pingonetest.SessionGone, true)
	b.clock.pass(time.Hour)
	token(t, source)
	token(t, source)
	b.sent(t, 2, 3) // the second authorize request found no session
}

// Other goroutines have a valid token and do not wait for its renewal.
func TestNoWaitWhileValid(t *testing.T) {
	b := newBench(t)
	hold, held := make(chan struct{}), make(chan struct{}, 1)
	var slow atomic.Bool
	base := b.config.HTTP.Transport
	b.config.HTTP.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
		if slow.Load() {
			held <- struct{}{}
			<-hold
			slow.Store(false)
		}
		return base.RoundTrip(r)
	})
	source := b.source(t)
	first := token(t, source)
	slow.Store(true)
	b.clock.pass(59 * time.Minute)
	var renewal sync.WaitGroup
	renewal.Go(func() {
		if renewed := token(t, source); renewed.AccessToken == first.AccessToken {
			t.Error("not renewed")
		}
	})
	<-held
	if token(t, source).AccessToken != first.AccessToken {
		t.Error("another token")
	}
	close(hold)
	renewal.Wait()
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestNetworkErrorIsTriedAgain(t *testing.T) {
	for _, fault := range []pingonetest.Switch{
		pingonetest.Reset.On(pingonetest.LegAuthorize), pingonetest.BadGateway.On(pingonetest.LegAuthorize),
		pingonetest.JSON500.On(pingonetest.LegAuthorize),
	} {
		t.Run(string(fault), func(t *testing.T) {
			b := newBench(t, pingonetest.WithSwitches(fault))
			source := b.source(t)
			tries := int32(0)
			for _, pause := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60} {
				if _, err := source.Token(); err == nil {
					t.Fatal("no error")
				}
				tries++
				b.sent(t, 0, tries)
				b.clock.pass(pause*time.Second - 1)
				if _, err := source.Token(); err == nil {
					t.Fatal("no error in the pause")
				}
				b.sent(t, 0, tries)
				b.clock.pass(1)
			}
			b.Set(fault, false)
			token(t, source)
			b.sent(t, 1, tries+1)

			b.Set(fault, true) // the next pause is a short one
			b.clock.pass(time.Hour)
			if _, err := source.Token(); err == nil {
				t.Fatal("no error")
			}
			b.Set(fault, false)
			b.clock.pass(time.Second)
			token(t, source)
		})
	}
}

// The pause begins when the request has failed: goroutines that waited for it do not
// send another one each.
func TestPauseAfterTimeout(t *testing.T) {
	b := newBench(t)
	sent := 0
	b.config.HTTP.Transport = roundTrip(func(*http.Request) (*http.Response, error) {
		sent++
		b.clock.pass(30 * time.Second)
		return nil, errors.New("timeout")
	})
	source := b.source(t)
	for range 3 {
		if _, err := source.Token(); err == nil {
			t.Fatal("no error")
		}
	}
	if sent != 1 {
		t.Errorf("%d requests were sent, want 1", sent)
	}
}

// PingOne's own Retry-After counts where it is longer, up to an hour.
func TestRetryAfter(t *testing.T) {
	for asked, pause := range map[string]time.Duration{"90": 90 * time.Second, "86400": time.Hour} {
		b := newBench(t)
		busy := true
		base := b.config.HTTP.Transport
		b.config.HTTP.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			resp, err := base.RoundTrip(r)
			if busy && err == nil {
				resp.StatusCode = http.StatusServiceUnavailable
				resp.Header = http.Header{"Retry-After": {asked}, "Content-Type": {"text/html"}}
			}
			return resp, err
		})
		source := b.source(t)
		if _, err := source.Token(); err == nil {
			t.Fatal("no error")
		}
		busy = false
		b.clock.pass(pause - time.Second)
		if _, err := source.Token(); err == nil {
			t.Error("tried again too early")
		}
		b.clock.pass(time.Second)
		token(t, source)
	}
}

// An Answerer that does not reach its vault is asked again.
func TestAnswererWithoutNetwork(t *testing.T) {
	b := newBench(t)
	known, down := b.config.Answerer, true
	b.config.Answerer = pingone.AnswerFunc(func(ctx context.Context, q pingone.Question) (pingone.Answer, error) {
		if down {
			return pingone.Answer{}, &net.OpError{Op: "dial", Err: errors.New("connection refused")}
		}
		return known.Answer(ctx, q)
	})
	source := b.source(t)
	if _, err := source.Token(); err == nil {
		t.Fatal("no error")
	}
	down = false
	b.clock.pass(time.Second)
	token(t, source)
}

// While a renewal fails for the network, the old token serves until it expires.
func TestOldTokenWhileRenewalFails(t *testing.T) {
	b := newBench(t)
	source := b.source(t)
	first := token(t, source)
	b.Set(pingonetest.Reset.On(pingonetest.LegAuthorize), true)
	b.clock.pass(59*time.Minute + 30*time.Second)
	for range 2 {
		if token(t, source).AccessToken != first.AccessToken {
			t.Error("another token")
		}
	}
	b.sent(t, 1, 2)
	b.clock.pass(30 * time.Second)
	var network *implicit.NetworkError
	if _, err := source.Token(); !errors.As(err, &network) {
		t.Errorf("error %v, want a NetworkError", err)
	}
	b.Set(pingonetest.Reset.On(pingonetest.LegAuthorize), false)
	b.clock.pass(time.Minute)
	token(t, source)
	b.sent(t, 1, 4) // renewed by the session that it still has
}

// Keys that cannot be fetched cost no second password: there is a session.
func TestKeysUnreachable(t *testing.T) {
	for _, fault := range []pingonetest.Switch{pingonetest.Reset, pingonetest.BadGateway} {
		b := newBench(t, pingonetest.WithSwitches(fault.On(pingonetest.LegKeys)))
		source := b.source(t)
		if _, err := source.Token(); err == nil {
			t.Fatal("a token without keys")
		}
		b.Set(fault.On(pingonetest.LegKeys), false)
		b.clock.pass(time.Minute)
		token(t, source)
		b.sent(t, 1, 2)
	}
}

// What a check refuses is never returned, neither at first nor when renewed.
func TestForgedTokens(t *testing.T) {
	for _, fault := range []pingonetest.Switch{
		pingonetest.BadSignature, pingonetest.AlgorithmNone, pingonetest.AlgorithmHS256, pingonetest.WrongKey, pingonetest.UnknownKeyID,
		pingonetest.WrongNonce, pingonetest.NoNonce, pingonetest.WrongIssuer, pingonetest.WrongAudience, pingonetest.Expired,
		pingonetest.BadAtHash, pingonetest.WrongState, pingonetest.NoState, pingonetest.WrongTokenType, pingonetest.NoIDToken,
		pingonetest.NoAccessToken, pingonetest.WrongIssuerParameter, pingonetest.DuplicateParameter, pingonetest.TwoChannels,
	} {
		t.Run(string(fault), func(t *testing.T) {
			b := newBench(t, pingonetest.WithSwitches(fault))
			refused(t, b, b.source(t))

			b.Set(fault, false)
			source := b.source(t)
			token(t, source)
			b.Set(fault, true)
			b.clock.pass(59 * time.Minute)
			refused(t, b, source)
		})
	}
}

// Its error says that PingOne is busy.
func TestErrorWithTokens(t *testing.T) {
	b := newBench(t, pingonetest.WithSwitches(pingonetest.ErrorWithTokens))
	source := b.source(t)
	if got, err := source.Token(); err == nil || got != nil {
		t.Errorf("a token: %t, error %v", got != nil, err)
	}
	b.Set(pingonetest.ErrorWithTokens, false)
	b.clock.pass(time.Second)
	token(t, source)
	b.sent(t, 2, 2)
}

func refused(t *testing.T, b *bench, source *tokensource.Source) {
	t.Helper()
	got, first := source.Token()
	if first == nil || got != nil {
		t.Fatalf("a token: %t, error %v", got != nil, first)
	}
	before := b.requests.Load()
	if got, err := source.Token(); err != first || got != nil || b.requests.Load() != before {
		t.Errorf("a token: %t, error %v, %d more requests; want the first error", got != nil, err, b.requests.Load()-before)
	}
}

func TestRenewedForAnotherUser(t *testing.T) {
	for _, responseType := range []string{"token id_token", "token"} {
		b := newBench(t)
		b.config.Request = func(r *implicit.Request) { r.ResponseType = responseType }
		source := b.source(t)
		token(t, source)
		b.Set(pingonetest.SessionOtherUser, true)
		b.clock.pass(59 * time.Minute)
		var failed *implicit.VerifyError
		if got, err := source.Token(); !errors.As(err, &failed) || got != nil {
			t.Errorf("%s: a token: %t, error %v", responseType, got != nil, err)
		}
	}
}

func TestVerifierOfTheConfig(t *testing.T) {
	b := newBench(t)
	b.config.Verifier = func(v *implicit.Verifier) { v.AccessToken.Scopes = []string{"orders:read"} }
	var failed *implicit.VerifyError
	if _, err := b.source(t).Token(); !errors.As(err, &failed) || failed.Check.Name != "access_token.scope" {
		t.Errorf("error %v, want the check access_token.scope", err)
	}
}

func TestContext(t *testing.T) {
	b := newBench(t)
	ctx, cancel := context.WithCancel(t.Context())
	asked := make(chan struct{})
	b.config.Answerer = pingone.AnswerFunc(func(ctx context.Context, _ pingone.Question) (pingone.Answer, error) {
		close(asked)
		<-ctx.Done()
		return pingone.Answer{}, ctx.Err()
	})
	source, err := tokensource.New(ctx, b.config)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			if _, err := source.Token(); !errors.Is(err, context.Canceled) {
				t.Errorf("error %v, want context.Canceled", err)
			}
		})
	}
	<-asked
	cancel()
	all.Wait()
	b.sent(t, 0, 1)
}

// The token that a source has outlives its context.
func TestContextDoneWithToken(t *testing.T) {
	b := newBench(t)
	ctx, cancel := context.WithCancel(t.Context())
	base := b.config.HTTP.Transport
	b.config.HTTP.Transport = roundTrip(func(r *http.Request) (*http.Response, error) { // does not look at its context
		return base.RoundTrip(r.WithContext(context.WithoutCancel(r.Context())))
	})
	source, err := tokensource.New(ctx, b.config)
	if err != nil {
		t.Fatal(err)
	}
	token(t, source)
	cancel()
	b.clock.pass(59 * time.Minute)
	token(t, source)
	b.clock.pass(time.Minute)
	if _, err := source.Token(); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
	b.sent(t, 1, 1)
}

func TestNewRefuses(t *testing.T) {
	for name, change := range map[string]func(*tokensource.Config){
		"no environment":   func(c *tokensource.Config) { c.Environment = pingone.Environment{} },
		"no client":        func(c *tokensource.Config) { c.ClientID = "" },
		"no answerer":      func(c *tokensource.Config) { c.Answerer = nil },
		"no access token":  func(c *tokensource.Config) { c.Request = func(r *implicit.Request) { r.ResponseType = "id_token" } },
		"not a redirect":   func(c *tokensource.Config) { c.RedirectURI = "callback" },
		"a query response": func(c *tokensource.Config) { c.Request = func(r *implicit.Request) { r.ResponseMode = "query" } },
	} {
		b := newBench(t)
		change(&b.config)
		var wrong *implicit.RequestError
		if source, err := tokensource.New(t.Context(), b.config); source != nil || !errors.As(err, &wrong) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// A sign-on that asks for more than is given is tried once.
func TestAnswerMissing(t *testing.T) {
	b := newBench(t)
	user := b.User("must-change")
	b.config.Answerer = pingone.Answers{
		pingone.FieldUsername: implicit.NewSecret(user.Username), pingone.FieldPassword: implicit.NewSecret(user.Password),
	}
	source := b.source(t)
	for range 2 {
		var required *implicit.InteractionRequiredError
		if _, err := source.Token(); !errors.As(err, &required) || required.Needs != implicit.NeedsAnswer {
			t.Errorf("error %v, want a missing answer", err)
		}
	}
	b.sent(t, 1, 1)
}
