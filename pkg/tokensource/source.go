package tokensource

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/oauth2"

	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// DefaultExpiryDelta is how long before its expiry a token is renewed.
const DefaultExpiryDelta = time.Minute

// Config says who signs on to what.
type Config struct {
	Environment pingone.Environment
	ClientID    string
	RedirectURI string           // registered with the application; never fetched
	Answerer    pingone.Answerer // knows the user name and the password

	// HTTP makes the calls; nil: the zero Client. Its Now is the source's clock.
	HTTP *implicit.Client

	// ExpiryDelta is how long before its expiry a token is renewed, but never more
	// than half of the token's lifetime. 0: DefaultExpiryDelta.
	ExpiryDelta time.Duration

	// Request, unless nil, changes each request before it is sent, which is for both
	// tokens and the scope openid, with a fresh state and nonce.
	Request func(*implicit.Request)

	// Verifier, unless nil, changes what is required of each response.
	Verifier func(*implicit.Verifier)
}

// Source is an [oauth2.TokenSource]. It is safe for concurrent use.
type Source struct {
	ctx    context.Context // of New: [oauth2.TokenSource] takes none
	config Config
	login  atomic.Pointer[login] // the last good one; nil: none

	sending  sync.Mutex // held while tokens are requested; guards what follows
	client   *pingone.Client
	signedOn bool // the client's session may give tokens
	failure  failure
}

var _ oauth2.TokenSource = (*Source)(nil)

// New returns a source that has not signed on yet; nothing is sent. ctx bounds
// every sign-on: when it is done the source gives only the token that it has, as
// long as that is valid. The error is a [*implicit.RequestError].
func New(ctx context.Context, config Config) (*Source, error) {
	config.ExpiryDelta = cmp.Or(config.ExpiryDelta, DefaultExpiryDelta)
	if config.HTTP == nil {
		config.HTTP = &implicit.Client{}
	}
	s := &Source{ctx: ctx, config: config, client: &pingone.Client{Environment: config.Environment, HTTP: config.HTTP}}
	req := s.newRequest()
	switch {
	case config.Answerer == nil:
		return nil, &implicit.RequestError{Parameter: "Answerer", Problem: "expected one, to answer the sign-on's questions"}
	case !req.WantsAccessToken():
		return nil, &implicit.RequestError{Parameter: "response_type", Problem: fmt.Sprintf(
			"expected one with token, found %q: a token source gives access tokens", req.ResponseType)}
	}
	if err := req.Validate(); err != nil {
		return nil, err
	}
	return s, nil
}

// Token returns a verified access token, with the verified ID token as its extra
// "id_token". The first call signs on. Later ones return the same token until it
// is about to expire; then it is renewed by the session, or by one new sign-on
// where the session has ended. Concurrent calls share one sign-on or renewal, and
// do not wait for a renewal while the token they have is valid.
//
// A refused sign-on, a failed check and every other error that trying again does
// not mend are final: later calls return the same error, and nothing is sent until
// [Source.Reset]. So a wrong password is sent once, and does not lock the user out.
// The error is what [pingone.Client.SignOn], [pingone.Client.Renew] or
// [implicit.Verifier.Verify] returned.
//
// Without an answer from PingOne, or where it is overloaded, later calls return the
// same error for a second (or as long as PingOne says); then one tries again.
// This pause doubles with every further failure, up to a minute. A token
// that is still valid is returned meanwhile.
//
// Unlike an [implicit.Secret], an [oauth2.Token] prints its tokens: do not log it.
func (s *Source) Token() (*oauth2.Token, error) {
	if !s.sending.TryLock() {
		if l := s.login.Load(); l.validAt(s.now()) {
			return l.token(), nil
		}
		s.sending.Lock()
	}
	defer s.sending.Unlock()
	l := s.login.Load()
	if now := s.now(); !l.freshAt(now) && !s.failure.blocks(now) {
		if l = s.request(l); s.failure.err == nil {
			return l.token(), nil
		}
	}
	if l.validAt(s.now()) {
		return l.token(), nil
	}
	return nil, s.failure.err
}

// Reset forgets the token, the session and a final error: the next [Source.Token]
// signs on. Call it when the credentials were changed, or when a resource refuses
// the token. It waits for a sign-on that is in progress.
func (s *Source) Reset() {
	s.sending.Lock()
	defer s.sending.Unlock()
	s.login.Store(nil)
	s.signedOn, s.failure = false, failure{}
}

// request gets new tokens and stores them, or notes why there are none: the old
// ones then stay, unless the failure is final.
func (s *Source) request(old *login) *login {
	result, err := s.renewOrSignOn(old)
	l := old
	if err == nil {
		s.failure = failure{}
		l = newLogin(result, s.now(), s.config.ExpiryDelta)
	} else if s.failure = s.failure.next(err, s.now()); s.failure.final() {
		l = nil
	}
	s.login.Store(l)
	return l
}

func (s *Source) renewOrSignOn(old *login) (*implicit.Result, error) {
	subject := ""
	if old != nil {
		subject = subjectOf(old.result)
	}
	if err := s.ctx.Err(); err != nil {
		return nil, fmt.Errorf("sign-on: %w", err)
	}
	if s.signedOn {
		req := s.newRequest()
		resp, err := s.client.Renew(s.ctx, req)
		var ended *implicit.InteractionRequiredError
		if !errors.As(err, &ended) {
			return s.verify(req, resp, err, subject)
		}
	}
	return s.signOn(subject)
}

// signOn starts a new session. That is noted before the response is verified, so
// that keys that cannot be fetched do not cost another sign-on.
func (s *Source) signOn(subject string) (*implicit.Result, error) {
	s.client.Session, s.signedOn = pingone.Session{}, false
	req := s.newRequest()
	resp, err := s.client.SignOn(s.ctx, req, s.config.Answerer)
	s.signedOn = err == nil
	return s.verify(req, resp, err, subject)
}

// verify verifies a refusal too: it must be of this request.
func (s *Source) verify(req *implicit.Request, resp *implicit.Response, err error, subject string) (*implicit.Result, error) {
	if resp == nil {
		return nil, err
	}
	verifier := s.client.Verifier(req)
	if s.config.Verifier != nil {
		s.config.Verifier(verifier)
	}
	result, failed := verifier.Verify(s.ctx, req, resp)
	if err = cmp.Or(failed, err); err != nil {
		return nil, err
	}
	return result, sameUser(result, subject)
}

// sameUser refuses tokens for a different user than the earlier ones, with or
// without an ID token.
func sameUser(result *implicit.Result, subject string) error {
	found := subjectOf(result)
	if subject == "" || found == subject {
		return nil
	}
	return &implicit.VerifyError{Check: implicit.Check{
		Name: implicit.CheckSubject, Status: implicit.StatusFail, Detail: "the tokens are for a different user",
		Expected: fmt.Sprintf("%+q", subject), Found: fmt.Sprintf("%+q", found), Clause: "OpenID Connect Core section 3.1.2.2",
	}}
}

func (s *Source) newRequest() *implicit.Request {
	req := s.client.NewRequest(s.config.ClientID, s.config.RedirectURI)
	if s.config.Request != nil {
		s.config.Request(req)
	}
	return req
}

func (s *Source) now() time.Time {
	if now := s.config.HTTP.Now; now != nil {
		return now()
	}
	return time.Now()
}
