package proxy

import (
	"context"
	"sync"
	"time"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// Token is an access token to send.
type Token struct {
	Value implicit.Secret
	Type  string    // "Bearer"
	Until time.Time // when it expires
}

const (
	// failedFor is how long after a failure to get a token the next try is.
	failedFor = 5 * time.Second
	// refusedFor is how long after a refusal of a token another one renews nothing: an
	// API that refuses every token would make each request a sign-on.
	refusedFor = time.Minute
)

// Tokens gives a fresh token to any number of requests at once, of which one waits for
// it to be obtained.
type Tokens struct {
	// Obtain returns a token that is not the refused one. It is never called
	// concurrently, and its context is that of the run: the end of one request
	// does not end what others wait for.
	Obtain func(ctx context.Context, refused implicit.Secret) (Token, error)
	Run    context.Context
	MinTTL time.Duration // how long a token must still be good, as far as they last longer
	Now    func() time.Time

	mu        sync.Mutex
	token     Token
	renewAt   time.Time
	again     bool  // renew whatever renewAt is
	err       error // of the last try; nil: it had a token
	refused   implicit.Secret
	refusedAt time.Time
	pending   *attempt
}

// attempt is a call of Obtain that is waited for.
type attempt struct {
	done  chan struct{}
	token Token
	err   error
}

// Get returns a token. If none can be obtained, the one before is used until it
// expires.
func (t *Tokens) Get(ctx context.Context) (Token, error) {
	t.mu.Lock()
	if now := t.wall(); !t.again && now.Before(t.renewAt) {
		defer t.mu.Unlock()
		return t.rest(now)
	}
	if t.pending == nil {
		t.pending = &attempt{done: make(chan struct{})}
		go t.obtain(t.pending, t.refused)
	}
	a := t.pending
	t.mu.Unlock()
	select {
	case <-a.done:
		return a.token, a.err
	case <-ctx.Done():
		return Token{}, context.Cause(ctx)
	}
}

func (t *Tokens) obtain(a *attempt, refused implicit.Secret) {
	token, err := t.Obtain(t.Run, refused)
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.wall()
	switch t.err = err; {
	case err == nil:
		t.token, t.renewAt = token, renewAt(now, token.Until, t.MinTTL)
	case !now.Before(t.renewAt):
		t.renewAt = now.Add(failedFor)
	}
	a.token, a.err = t.rest(now)
	t.pending, t.again = nil, false
	close(a.done)
}

// wall is the time by the wall clock: the other one stops while the machine sleeps, and
// a token would be used for too long.
func (t *Tokens) wall() time.Time { return t.Now().Round(0) }

// rest returns the last token while it is good, else why there is no other.
func (t *Tokens) rest(now time.Time) (Token, error) {
	if t.err != nil && !now.Before(t.token.Until) {
		return Token{}, t.err
	}
	return t.token, nil
}

// renewAt is when a token is to be renewed that is good from now until then. One that
// never was good for minTTL is used for half of its time.
func renewAt(now, until time.Time, minTTL time.Duration) time.Time {
	if life := until.Sub(now); life <= minTTL {
		return now.Add(life / 2)
	}
	return until.Add(-minTTL)
}

// Refuse says that the API refused a token, and reports whether another one is to be
// tried.
func (t *Tokens) Refuse(token Token) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.wall()
	switch {
	case t.token.Value.Reveal() != token.Value.Reveal() || t.again: // another request was refused before
		return true
	case now.Sub(t.refusedAt) < refusedFor:
		return false
	}
	t.refused, t.refusedAt, t.again = token.Value, now, true
	return true
}
