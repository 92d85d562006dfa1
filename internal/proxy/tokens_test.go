package proxy

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// TestOneForMany: a hundred requests wait for one token, and the end of one of them
// does not end what the others wait for.
func TestOneForMany(t *testing.T) {
	var calls atomic.Int32
	asked, release := make(chan bool), make(chan bool)
	tokens := &Tokens{Run: t.Context(), Now: time.Now, MinTTL: time.Minute, Obtain: func(ctx context.Context, _ implicit.Secret) (Token, error) {
		calls.Add(1)
		close(asked)
		<-release
		return Token{Value: implicit.NewSecret("t"), Until: time.Now().Add(time.Hour)}, ctx.Err()
	}}
	first, cancel := context.WithCancel(t.Context())
	gone := make(chan error)
	go func() { _, err := tokens.Get(first); gone <- err }()
	<-asked
	cancel()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("the request that ended: %v", err)
	}
	var wait sync.WaitGroup
	for range 100 {
		wait.Go(func() {
			if token, err := tokens.Get(t.Context()); err != nil || token.Value.Reveal() != "t" {
				t.Errorf("found %v", err)
			}
		})
	}
	close(release)
	wait.Wait()
	if n := calls.Load(); n != 1 {
		t.Errorf("%d tokens were obtained, expected 1", n)
	}
}

// TestShortLife: a token that lasts less than MinTTL is used for half of its time, not
// obtained for each request.
func TestShortLife(t *testing.T) {
	now, calls := time.Now(), 0
	tokens := &Tokens{Run: t.Context(), Now: func() time.Time { return now }, MinTTL: time.Minute, Obtain: func(context.Context, implicit.Secret) (Token, error) {
		calls++
		return Token{Value: implicit.NewSecret(fmt.Sprint(calls)), Until: now.Add(20 * time.Second)}, nil
	}}
	for second := range 30 {
		token, err := tokens.Get(t.Context())
		if err != nil || !token.Until.After(now) {
			t.Fatalf("second %d: %v, good until %v", second, err, token.Until)
		}
		now = now.Add(time.Second)
	}
	if calls != 3 {
		t.Errorf("%d tokens in 30 seconds, expected 3", calls)
	}
}

// TestRefusedIsNamed: what obtains another token knows which one was refused, or it
// would find the same one stored.
func TestRefusedIsNamed(t *testing.T) {
	var named []string
	tokens := &Tokens{Run: t.Context(), Now: time.Now, Obtain: func(_ context.Context, refused implicit.Secret) (Token, error) {
		named = append(named, refused.Reveal())
		return Token{Value: implicit.NewSecret(fmt.Sprint("t", len(named))), Until: time.Now().Add(time.Hour)}, nil
	}}
	token, _ := tokens.Get(t.Context())
	for range 2 {
		if !tokens.Refuse(token) {
			t.Error("two requests with the same refused token are not both sent again")
		}
	}
	another, _ := tokens.Get(t.Context())
	if len(named) != 2 || named[1] != "t1" || another.Value.Reveal() != "t2" {
		t.Errorf("refused tokens %q", named)
	}
	if !tokens.Refuse(token) || tokens.Refuse(another) {
		t.Error("expected a late refusal of the old token to use the new one, and that of the new one to be the answer")
	}
}
