package login

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// Want is what a command needs of a token.
type Want struct {
	IDToken bool          // the ID token, not the access token
	TTL     time.Duration // how long it must still be good
}

// Source gets a token that satisfies a Want: a stored one, else one renewed
// without a person, else a new sign-on.
type Source struct {
	Settings *config.Settings
	Params   []implicit.Param
	Keeper   *Keeper
	Now      func() time.Time

	// Connect reaches the provider, once a stored token does not do.
	Connect func(ctx context.Context) (*Connection, error)

	// Request makes a fresh request.
	Request func(c *Connection) (*implicit.Request, error)

	// SignOn signs on anew; stored is what there was, or nil. It fails with a
	// [*LoginNeededError] where nobody is there to do it.
	SignOn func(ctx context.Context, c *Connection, req *implicit.Request, stored *Entry) (out *Outcome, via string, err error)

	Say func(format string, args ...any) // progress

	Password implicit.Secret // that SignOn would send; empty: none

	// Describe and Restore carry an error to the processes that waited for
	// this one.
	Describe func(err error) []byte
	Restore  func(described []byte) error
}

// LoginNeededError says that only a person can get a token now.
type LoginNeededError struct{ Why string }

func (e *LoginNeededError) Error() string { return e.Why }

// RenewalError says that the session gave other tokens than before. The stored
// ones are kept.
type RenewalError struct{ Problem string }

func (e *RenewalError) Error() string { return "renewal by the session: " + e.Problem }

// Get returns an entry with the token that is wanted. A stored one costs no
// network. Of many processes at once, one signs on and the others take what it
// stored.
func (s *Source) Get(ctx context.Context, want Want) (*Entry, error) {
	began := s.Now()
	key, err := KeyOf(s.Settings, s.Params)
	if err != nil {
		return nil, err
	}
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
	if err := s.noted(ctx, key, began); err != nil {
		return nil, err
	}
	old, err := s.Keeper.Find(ctx, key)
	if err != nil {
		return nil, err
	}
	e, err := s.obtain(ctx, key, old)
	if err != nil && ctx.Err() == nil {
		s.note(ctx, key, err)
	}
	return e, err
}

// lock waits for the process that signs on, as long as it may wait for a person.
func (s *Source) lock(ctx context.Context) (unlock func(), err error) {
	wait, err := s.Settings.Duration("wait")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	return s.Keeper.Lock(ctx, s.Settings.Profile)
}

// stored returns the stored entry if it is good, else nil.
func (s *Source) stored(ctx context.Context, key Key, want Want) (*Entry, error) {
	skew, err := s.Settings.Duration("clock-skew")
	if err != nil {
		return nil, err
	}
	e, err := s.Keeper.Find(ctx, key)
	if err != nil || e == nil || !e.Good(s.Now(), want.TTL, skew, want.IDToken) {
		return nil, err
	}
	return e, nil
}

// obtain gets new tokens and stores them. What was stored stays until then.
func (s *Source) obtain(ctx context.Context, key Key, old *Entry) (*Entry, error) {
	c, err := s.Connect(ctx)
	if err != nil {
		return nil, err
	}
	req, err := s.Request(c)
	if err != nil {
		return nil, err
	}
	out, via, err := s.renew(ctx, c, old)
	if out == nil && err == nil {
		out, via, err = s.SignOn(ctx, c, req, old)
	}
	if err != nil {
		return nil, err
	}
	if err := out.Result.Err(); err != nil {
		return nil, err
	}
	e, err := c.newEntry(out, via)
	if err != nil {
		return nil, err
	}
	if err := s.Keeper.Keep(ctx, key, e); err != nil {
		s.Say("warning: the token is good but could not be stored: %v", err)
	}
	return e, nil
}

// Keep stores a valid outcome.
func (c *Connection) Keep(ctx context.Context, k *Keeper, key Key, out *Outcome, via string) (*Entry, error) {
	e, err := c.newEntry(out, via)
	if err != nil {
		return nil, err
	}
	return e, k.Keep(ctx, key, e)
}

// renew asks for new tokens with the stored session and prompt=none. It returns
// nothing where there is no session, or the server wants a person after all.
func (s *Source) renew(ctx context.Context, c *Connection, old *Entry) (*Outcome, string, error) {
	if old == nil || len(old.Cookies) == 0 || c.Target.PingOne == nil || old.AuthURL != c.Target.PingOne.AuthURL() {
		return nil, "", nil
	}
	req, err := s.Request(c)
	if err != nil {
		return nil, "", err
	}
	req.Prompt = "none"
	c.Prefetch(ctx)
	client := &pingone.Client{Environment: *c.Target.PingOne, HTTP: c.HTTP, Session: old.session()}
	resp, err := client.Renew(ctx, req)
	if err != nil {
		err = c.Refusal(req, resp, err)
		if endsSession(err) {
			s.Say("the sign-on session has ended: %v", err)
			return nil, "", nil
		}
		return nil, "", err
	}
	if resp == nil {
		s.Say("the sign-on session has ended")
		return nil, "", nil
	}
	out := &Outcome{Request: req, Response: resp, Session: client.Session}
	if err := c.Judge(ctx, out); err != nil {
		return nil, "", err
	}
	return out, old.Via, sameAs(old, out)
}

// endsSession reports whether a refusal of the silent request is one that a new
// sign-on can mend.
func endsSession(err error) bool {
	var refused *implicit.AuthorizeError
	var person *implicit.InteractionRequiredError
	return errors.As(err, &refused) && implicit.IsInteractionCode(refused.Code) || errors.As(err, &person)
}

// sameAs refuses a renewal that speaks for another person or allows less than
// before.
func sameAs(stored *Entry, out *Outcome) error {
	if !out.Result.Valid {
		return nil // it has its own error
	}
	subject := ""
	switch r := out.Result; {
	case r.IDToken != nil:
		subject = r.IDToken.Subject()
	case r.AccessToken != nil:
		subject = r.AccessToken.Subject()
	}
	if stored.Subject != "" && subject != stored.Subject {
		return &RenewalError{fmt.Sprintf("expected the subject %q, found %q", stored.Subject, subject)}
	}
	granted := strings.Fields(out.Response.Scope)
	for _, scope := range strings.Fields(stored.Scope) {
		if len(granted) > 0 && !slices.Contains(granted, scope) {
			return &RenewalError{fmt.Sprintf("the scope %q is no longer granted", scope)}
		}
	}
	return nil
}
