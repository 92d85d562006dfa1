package implicit

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// minLife is how long a key set that was fetched is used without being asked
// for again, whatever the server says of its age: a flood of tokens with
// invented key IDs must not become a flood of requests.
const minLife = 5 * time.Minute

// KeySet is the keys that an issuer signs with: RFC 7517 section 5. It is safe
// for concurrent use.
type KeySet struct {
	source *keySource // nil: static
	doc    atomic.Pointer[keyDocument]

	mu     sync.Mutex
	flight *keyFlight // in progress, or failed and not yet reported
	short  shortAnswers
}

// shortAnswers counts answers that are no key set. After two of them the server
// is left alone for minLife.
type shortAnswers struct {
	count int
	err   error // the last one's
	at    time.Time
}

// keyDocument is a key set as it was read; it never changes.
type keyDocument struct {
	keys []publicKey

	// early is set where the issuer may have changed its keys since: the
	// document is from the cache, or older than the token.
	early   bool
	fetched time.Time
	cached  CachedKeys // to ask again with
}

// keyFlight is one fetch that several callers may wait for.
type keyFlight struct {
	ctx  context.Context // of who began it
	done chan struct{}
	doc  *keyDocument
	err  error
}

// NewStaticKeySet reads a key set document (RFC 7517 section 5); nothing is ever
// fetched. The error is a [*DocumentError].
func NewStaticKeySet(jwks []byte) (*KeySet, error) {
	keys, err := parseKeys(jwks)
	if err != nil {
		return nil, &DocumentError{Document: DocumentKeys, Problem: err.Error()}
	}
	k := new(KeySet)
	k.doc.Store(&keyDocument{keys: keys})
	return k, nil
}

// NewRemoteKeySet is the key set at jwksURI, fetched by client when it is first
// needed or [KeySet.Prefetch] is called. cache may be nil.
func NewRemoteKeySet(client *Client, jwksURI string, cache KeyCache) *KeySet {
	return &KeySet{source: &keySource{client, jwksURI, cache}}
}

// Prefetch starts to fetch the keys in the background, while a sign-on goes on;
// a verifier waits for it and reports its errors.
func (k *KeySet) Prefetch(ctx context.Context) {
	if k.fresh() == nil {
		k.start(ctx, k.doc.Load(), func(ctx context.Context) (*keyDocument, error) {
			doc, err := k.source.load(ctx, nil)
			if doc != nil {
				doc.early = true
			}
			return doc, err
		})
	}
}

// Close waits for a fetch that is in progress, so that a program does not exit
// while the cache is half written. A prefetch ends early when its context does;
// none is waited for longer than the client's Timeout.
// The key set can still be used afterwards.
func (k *KeySet) Close() {
	k.mu.Lock()
	f := k.flight
	k.mu.Unlock()
	if f == nil {
		return
	}
	deadline := time.NewTimer(k.source.client.timeout())
	defer deadline.Stop()
	select {
	case <-f.done:
	case <-deadline.C: // a transport or a cache that ignores its context
	}
}

// current returns the keys to try first.
func (k *KeySet) current(ctx context.Context) (*keyDocument, error) {
	if doc := k.fresh(); doc != nil {
		return doc, nil
	}
	stale := k.doc.Load()
	return k.fetch(ctx, stale, func(ctx context.Context) (*keyDocument, error) {
		return k.source.load(ctx, stale)
	})
}

// fresh returns the document at hand, or nil where it must be asked for.
func (k *KeySet) fresh() *keyDocument {
	doc := k.doc.Load()
	if doc == nil || k.source != nil && k.source.age(doc.fetched) > max(minLife, doc.cached.MaxAge) {
		return nil
	}
	return doc
}

// renew returns newer keys than seen, which held none that verifies a token:
// the issuer may have changed them. It returns nil where there are none: seen is as new as the token, or has been renewed before.
func (k *KeySet) renew(ctx context.Context, seen *keyDocument) (*keyDocument, error) {
	if doc := k.doc.Load(); doc != seen {
		return doc, nil
	}
	if k.source == nil || !seen.early && k.source.age(seen.fetched) <= minLife {
		return nil, nil
	}
	return k.fetch(ctx, seen, k.source.fetchAnew)
}

// fetch replaces seen: it starts a fetch, or joins the one under way, and waits.
// Where another caller began it and gave up, it begins again.
func (k *KeySet) fetch(ctx context.Context, seen *keyDocument, how func(context.Context) (*keyDocument, error)) (*keyDocument, error) {
	for {
		f := k.start(ctx, seen, how)
		select {
		case <-f.done:
		case <-ctx.Done():
			return nil, &NetworkError{k.source.url, context.Cause(ctx)}
		}
		k.forget(f)
		if f.err == nil || f.ctx.Err() == nil || ctx.Err() != nil {
			return f.doc, f.err
		}
	}
}

func (k *KeySet) start(ctx context.Context, seen *keyDocument, how func(context.Context) (*keyDocument, error)) *keyFlight {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.flight != nil {
		return k.flight
	}
	f := &keyFlight{ctx: ctx, done: make(chan struct{})}
	if doc := k.doc.Load(); doc != seen { // another caller was quicker
		f.doc = doc
		close(f.done)
		return f
	}
	if k.short.count >= 2 && k.source.age(k.short.at) < minLife {
		f.err = k.short.err
		close(f.done)
		return f
	}
	k.flight = f
	go func() {
		defer close(f.done)
		f.doc, f.err = how(ctx)
		k.count(f.err)
		if f.err == nil {
			k.doc.Store(f.doc)
			k.forget(f)
		}
	}()
	return f
}

// count counts an answer that is no key set. One that broke off has been asked
// for twice.
func (k *KeySet) count(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	var answer *HTTPError
	var distrusted *DocumentError
	switch {
	case err == nil:
		k.short = shortAnswers{}
	case errors.Is(err, io.ErrUnexpectedEOF):
		k.short = shortAnswers{2, err, k.source.client.now()}
	case errors.As(err, &answer) && answer.Status == http.StatusOK, errors.As(err, &distrusted):
		k.short = shortAnswers{k.short.count + 1, err, k.source.client.now()}
	}
}

// forget removes a flight. One that failed stays until a caller was told.
func (k *KeySet) forget(f *keyFlight) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.flight == f {
		k.flight = nil
	}
}

// pick returns the keys that may have made a signature by a: the one that kid
// names, or the only one that fits where there is no kid. Several keys may
// share a kid (RFC 7517 section 4.5); all of them are the issuer's. Without any,
// problem says why in words.
func (d *keyDocument) pick(keys []*publicKey, a algorithm, kid string, hasKid bool) (picked []*publicKey, problem error) {
	named := ""
	for i := range d.keys {
		k := &d.keys[i]
		if hasKid && (!k.hasKid || k.kid != kid) {
			continue
		}
		switch {
		case k.problem != "":
			named = k.problem
		case k.verifiers[a.name] == nil:
			named = "it is " + k.what
			if k.alg != "" {
				named += " for " + quote(k.alg)
			}
		default:
			keys = append(keys, k)
		}
	}
	switch {
	case len(keys) == 0 && hasKid && named != "":
		return nil, errors.New("the key of that kid cannot verify " + a.name + ": " + named)
	case len(keys) == 0 && hasKid:
		return nil, errors.New("no key of that kid is in the key set")
	case len(keys) == 0:
		return nil, errors.New("the token names no kid, and no key in the key set fits " + a.name)
	case len(keys) > 1 && !hasKid:
		return nil, errors.New("the token names no kid, and several keys in the key set fit " + a.name)
	}
	return keys, nil
}

// onlyKey returns the one usable key of the set where it has no kid and fits a: it
// cannot be mistaken for another, so it serves a token with any kid.
func (d *keyDocument) onlyKey(a algorithm) (only *publicKey) {
	for i := range d.keys {
		k := &d.keys[i]
		switch {
		case k.problem != "":
		case only != nil || k.hasKid || k.verifiers[a.name] == nil:
			return nil
		default:
			only = k
		}
	}
	return only
}

// kids lists the key IDs of the set for a message.
func (d *keyDocument) kids() string {
	const maxListed = 8
	list := ""
	for i, k := range d.keys {
		if i > 0 {
			list += ", "
		}
		if i == maxListed {
			return "one of " + list + "…"
		}
		if k.hasKid {
			list += quote(k.kid[:min(len(k.kid), 64)])
		} else {
			list += "(none)"
		}
	}
	return "one of " + list
}
