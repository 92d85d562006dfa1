package login

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/internal/session"
	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// Want is what a command needs of a token.
type Want struct {
	IDToken bool            // the ID token, not the access token
	TTL     time.Duration   // how long it must still be good
	Refused implicit.Secret // an access token that an API refused: not this one again
}

// RenewalError says that the session gave other tokens than before. The stored
// ones are kept.
type RenewalError struct{ Problem string }

func (e *RenewalError) Error() string { return "renewal by the session: " + e.Problem }

// Token returns a login with the wanted token: a stored one, which costs no
// network; else one renewed without a user; else a new sign-on with the given
// credentials. Of many processes at once one signs on, and the others take what
// it stored, or its failure.
func (s *Service) Token(ctx context.Context, want Want) (*session.Entry, error) {
	e, err := s.token(ctx, want)
	if err == nil && e.Assumed(want.IDToken) {
		s.UI.Warn("the provider does not say when the token expires: it is used until %s", words.When(e.Until(want.IDToken), s.Now()))
	}
	return e, err
}

func (s *Service) token(ctx context.Context, want Want) (*session.Entry, error) {
	began := s.Now()
	key := Wanted(s.Settings)
	if e, err := s.stored(ctx, key, want); e != nil || err != nil {
		return e, err
	}
	unlock, err := s.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if e, err := s.stored(ctx, key, want); e != nil || err != nil {
		return e, err
	}
	failures := key.With(policy(s.Settings)) // another policy may accept what this one refused
	if described := s.Store.Failure(ctx, failures, began, s.Credentials.Given()); described != nil {
		return nil, fault.Restore(described)
	}
	e, err := s.obtain(ctx, key)
	if err != nil && ctx.Err() == nil {
		s.Store.NoteFailure(ctx, failures, s.describe(err), credentialsRefused(err), s.Credentials.Given())
	}
	if err == nil && !e.Until(want.IDToken).After(s.Now().Add(want.TTL)) {
		s.UI.Warn("the new token is good for less than --min-ttl: until %s", words.When(e.Until(want.IDToken), s.Now()))
	}
	return e, err
}

// describe returns the error for the processes that wait for this one.
func (s *Service) describe(err error) []byte {
	described, _ := json.Marshal(fault.Of(err, s.faultContext())) // plain texts and numbers
	return described
}

func (s *Service) faultContext() fault.Context {
	return fault.Context{PingOne: s.Settings.Provider.Issuer == "", Terminal: s.Input.Terminal, Secrets: s.Secrets}
}

func credentialsRefused(err error) bool {
	var refused *pingone.Error
	return errors.As(err, &refused) &&
		slices.Contains([]pingone.Reason{pingone.ReasonWrongCredentials, pingone.ReasonLockedOut, pingone.ReasonNoPassword,
			pingone.ReasonWrongPasscode, pingone.ReasonCoolDown, pingone.ReasonWeakPassword, pingone.ReasonPasswordRefused}, refused.Reason)
}

// lock waits for the process that signs on, as long as it may wait for a user.
func (s *Service) lock(ctx context.Context) (unlock func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, s.Settings.Wait)
	defer cancel()
	return s.Store.Lock(ctx, s.Settings.Profile)
}

// stored returns the stored login if it is good and the settings accept it, else
// nil.
func (s *Service) stored(ctx context.Context, key session.Key, want Want) (*session.Entry, error) {
	e, err := s.Store.Find(ctx, key)
	if err != nil || e == nil || !e.Good(s.Now(), want.TTL, s.Settings.ClockSkew, want.IDToken) || e.AccessToken != "" && e.AccessToken == want.Refused.Reveal() {
		return nil, err
	}
	if ok, err := s.allowed(ctx, e); !ok {
		return nil, err
	}
	return e, nil
}

// obtain gets new tokens and stores them. What was stored stays until then.
func (s *Service) obtain(ctx context.Context, key session.Key) (*session.Entry, error) {
	old, err := s.Store.Find(ctx, key)
	if err != nil {
		return nil, err
	}
	out, via, err := s.renew(ctx, old)
	if out == nil && err == nil {
		out, via, err = s.signOnAgain(ctx, old)
	}
	if err == nil {
		err = out.Result.Err()
	}
	if err != nil {
		return nil, err
	}
	s.keep(ctx, out, via)
	for _, w := range out.Result.Warnings {
		s.UI.Warn("%s", w.Message)
	}
	return s.newEntry(out, via), nil
}

// renew asks for new tokens with the stored session and prompt=none. It returns
// nothing where there is no session, or the server asks for a sign-on.
func (s *Service) renew(ctx context.Context, old *session.Entry) (*Outcome, string, error) {
	if old == nil || len(old.Cookies) == 0 {
		return nil, "", nil
	}
	req, err := s.Request(ctx, old.Via)
	if err != nil {
		return nil, "", err
	}
	if s.provider.pingOne == nil || old.AuthURL != s.provider.pingOne.AuthURL() {
		return nil, "", nil
	}
	client := s.client(old.Session())
	resp, err := client.Renew(s.prefetchAlong(ctx), req)
	s.warnDropped(client)
	var ended *implicit.InteractionRequiredError
	if errors.As(err, &ended) {
		s.UI.Say("the sign-on session has ended: %v", err)
		return nil, "", nil
	}
	if err != nil {
		return nil, "", s.refusal(ctx, req, resp, err)
	}
	out := &Outcome{Request: req, Response: resp, Session: client.Session}
	if err := s.verify(ctx, out); err != nil {
		return nil, "", err
	}
	return out, old.Via, sameAs(old, out)
}

// signOnAgain signs on without asking a user: with the given credentials, or,
// after a login in the browser, there and silently.
func (s *Service) signOnAgain(ctx context.Context, old *session.Entry) (out *Outcome, via string, err error) {
	withCredentials := s.Credentials.Username != "" && s.Credentials.HasPassword()
	via = ViaBrowser
	if withCredentials {
		via = ViaTerminal
	}
	req, err := s.Request(ctx, via)
	switch {
	case err != nil:
		return nil, "", err
	case withCredentials && s.provider.pingOne != nil:
		s.Credentials.Terminal = nil
		out, err = s.SignOnInTerminal(ctx, req)
		return out, ViaTerminal, err
	case old != nil && old.Via == ViaBrowser && s.Input.Terminal && s.CanOpen:
		req.Prompt, req.LoginHint = "none", old.Who
		out, err = s.SignOnInBrowser(ctx, req, "")
		return out, ViaBrowser, err
	}
	why := "no usable token is stored, and none can be obtained without a user"
	if old != nil && old.Policy != policy(s.Settings) && old.Until(false).After(s.Now()) {
		why = "the stored token does not meet the requirements, and another cannot be obtained without a user"
	} else if old != nil {
		why = fmt.Sprintf("the stored token was good until %s, and no other can be obtained without a user", words.When(old.Until(false), s.Now()))
	}
	return nil, "", &implicit.InteractionRequiredError{Needs: implicit.NeedsSignOn, Reason: why}
}

// sameAs refuses a renewal for a different user, or with fewer scopes than
// before.
func sameAs(stored *session.Entry, out *Outcome) error {
	if !out.Result.Valid() {
		return nil // it has its own error
	}
	if found := subject(out.Result); stored.Subject != "" && found != stored.Subject {
		return &RenewalError{fmt.Sprintf("expected the subject %q, found %q", stored.Subject, found)}
	}
	granted := strings.Fields(out.Response.Scope)
	for _, scope := range strings.Fields(stored.Scope) {
		if len(granted) > 0 && !slices.Contains(granted, scope) {
			return &RenewalError{fmt.Sprintf("the scope %q is no longer granted", scope)}
		}
	}
	return nil
}
