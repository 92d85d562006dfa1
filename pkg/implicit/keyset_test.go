package implicit_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// keyServer serves a key set, which a test may change, and counts.
type keyServer struct {
	*httptest.Server
	mu       sync.Mutex
	body     []byte
	header   http.Header
	status   int
	requests []http.Header
}

func serveKeys(t *testing.T, keys ...claims) *keyServer {
	s := &keyServer{body: jwks(t, keys...), header: http.Header{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.requests = append(s.requests, r.Header.Clone())
		for name := range s.header {
			w.Header().Set(name, s.header.Get(name))
		}
		if etag := s.header.Get("ETag"); etag != "" && r.Header.Get("If-None-Match") == etag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		if s.status != 0 {
			w.WriteHeader(s.status)
		}
		_, _ = w.Write(s.body)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *keyServer) rotate(t *testing.T, keys ...claims) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.body = jwks(t, keys...)
}

func (s *keyServer) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.requests)
}

// memory is a KeyCache.
type memory struct {
	mu   sync.Mutex
	docs map[string]implicit.CachedKeys
}

func (m *memory) Load(url string) (implicit.CachedKeys, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c, ok := m.docs[url]
	return c, ok
}

func (m *memory) Store(url string, c implicit.CachedKeys) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.docs == nil {
		m.docs = make(map[string]implicit.CachedKeys)
	}
	m.docs[url] = c
}

// hour is a fresh cache entry of an hour's life.
func cached(t *testing.T, url string, keys ...claims) *memory {
	m := new(memory)
	m.Store(url, implicit.CachedKeys{Body: jwks(t, keys...), FetchedAt: time.Now().Add(-time.Minute), MaxAge: time.Hour})
	return m
}

func verifierOf(keys *implicit.KeySet) *implicit.Verifier {
	return &implicit.Verifier{Issuer: issuer, ClientID: client, Keys: keys, Now: func() time.Time { return moment }}
}

// idTokenOf returns an ID token by key, kid and all.
func idTokenOf(t *testing.T, key *signer) implicit.Secret {
	t.Helper()
	s := newScene(key)
	s.alone = "id_token"
	if key.kid == "" {
		delete(s.id.header, "kid")
	}
	return implicit.NewSecret(s.answer(t).IDToken)
}

// refusedBy verifies and returns the check that refused; "" where none did.
func refusedBy(t *testing.T, v *implicit.Verifier, token implicit.Secret) string {
	t.Helper()
	result, err := reported(v.VerifyIDToken(context.Background(), token, implicit.Expected{Nonce: nonce}))
	if err != nil {
		t.Fatal(err)
	}
	c := failed(result)
	return c.Name
}

func TestKeysAreFetchedOnce(t *testing.T) {
	key := newSigner(t, "RS256", "one")
	server := serveKeys(t, key.jwk())
	keys := implicit.NewRemoteKeySet(&implicit.Client{}, server.URL, nil)
	v, token := verifierOf(keys), idTokenOf(t, key)
	keys.Prefetch(context.Background())
	keys.Prefetch(context.Background())
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			result, err := reported(v.VerifyIDToken(context.Background(), token, implicit.Expected{Nonce: nonce}))
			if err != nil || !result.Valid() {
				t.Error(err, result)
			}
		})
	}
	all.Wait()
	if n := server.count(); n != 1 {
		t.Errorf("%d requests, expected 1", n)
	}
}

// Rows: what the keys were when they were first read, what they are when the
// token comes, and how many requests it takes to know.
func TestRotation(t *testing.T) {
	before, after := newSigner(t, "RS256", "before"), newSigner(t, "RS256", "after")
	oldDefault, newDefault := newSigner(t, "RS256", "default"), newSigner(t, "RS256", "default")
	oldBare, newBare := newSigner(t, "RS256", ""), newSigner(t, "RS256", "")
	stranger := newSigner(t, "RS256", "stranger")
	const (
		cache = iota
		prefetch
		fresh
	)
	for _, row := range []struct {
		name       string
		first, now *signer
		by         *signer
		way        int
		refusedBy  string
		requests   int
	}{
		{"cached key", before, before, before, cache, "", 0},
		{"cached keys, rotated since", before, after, after, cache, "", 1},
		{"cached keys, rotated under a constant kid", oldDefault, newDefault, newDefault, cache, "", 1},
		{"cached keys, rotated without kids", oldBare, newBare, newBare, cache, "", 1},
		{"cached keys, a stranger's token", before, before, stranger, cache, "key", 1},
		{"prefetched, rotated before the sign-on ended", before, after, after, prefetch, "", 2},
		{"prefetched, rotated under a constant kid", oldDefault, newDefault, newDefault, prefetch, "", 2},
		{"prefetched, a stranger's token", before, before, stranger, prefetch, "key", 2},
		{"fetched for this token, a stranger's", before, before, stranger, fresh, "key", 1},
		{"fetched for this token, a forged signature", oldDefault, oldDefault, newDefault, fresh, "signature", 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			server := serveKeys(t, row.first.jwk())
			var held implicit.KeyCache
			if row.way == cache {
				held = cached(t, server.URL, row.first.jwk())
			}
			keys := implicit.NewRemoteKeySet(&implicit.Client{}, server.URL, held)
			v := verifierOf(keys)
			if row.way == prefetch {
				keys.Prefetch(context.Background())
				waitFor(t, func() bool { return server.count() == 1 })
			}
			server.rotate(t, row.now.jwk())
			token := idTokenOf(t, row.by)
			for range 3 {
				if got := refusedBy(t, v, token); got != row.refusedBy {
					t.Errorf("refused by %q, expected %q", got, row.refusedBy)
				}
			}
			if n := server.count(); n != row.requests {
				t.Errorf("%d requests, expected %d", n, row.requests)
			}
		})
	}
}

func waitFor(t *testing.T, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it never came")
		}
	}
}

func TestKeysAgeAsTheServerSays(t *testing.T) {
	key := newSigner(t, "RS256", "one")
	for _, row := range []struct {
		name    string
		control string
		age     string
		stored  bool
		life    time.Duration
	}{
		{"nothing said", "", "", true, 10 * time.Minute},
		{"max-age", "public, max-age=120", "", true, 2 * time.Minute},
		{"max-age, some of it spent", "max-age=120", "50", true, 70 * time.Second},
		{"all of it spent", "max-age=120", "500", true, 0},
		{"a year", "max-age=31536000", "", true, 24 * time.Hour},
		{"no-cache", "no-cache, max-age=120", "", true, 0},
		{"no-store", "no-store", "", false, 0},
		{"nonsense", "max-age=soon", "", true, 10 * time.Minute},
	} {
		t.Run(row.name, func(t *testing.T) {
			server, cache := serveKeys(t, key.jwk()), new(memory)
			server.header.Set("Cache-Control", row.control)
			server.header.Set("Age", row.age)
			server.header.Set("ETag", `"v1"`)
			v := verifierOf(implicit.NewRemoteKeySet(&implicit.Client{}, server.URL, cache))
			if got := refusedBy(t, v, idTokenOf(t, key)); got != "" {
				t.Fatal("refused by", got)
			}
			c, ok := cache.Load(server.URL)
			if ok != row.stored || ok && (c.MaxAge != row.life || c.ETag != `"v1"` || !bytes.Equal(c.Body, server.body)) {
				t.Errorf("stored %v: %v %q", ok, c.MaxAge, c.ETag)
			}
		})
	}
}

func TestStaleKeysAreAskedForAgain(t *testing.T) {
	key := newSigner(t, "RS256", "one")
	for _, row := range []struct {
		name    string
		fetched time.Time
	}{
		{"older than max-age", time.Now().Add(-2 * time.Hour)},
		{"from the future: the clock was set back", time.Now().Add(2 * time.Hour)},
	} {
		t.Run(row.name, func(t *testing.T) {
			server, cache := serveKeys(t), new(memory)
			server.header.Set("ETag", `"v1"`)
			cache.Store(server.URL, implicit.CachedKeys{Body: jwks(t, key.jwk()), ETag: `"v1"`, LastModified: "then", FetchedAt: row.fetched, MaxAge: time.Hour})
			v := verifierOf(implicit.NewRemoteKeySet(&implicit.Client{}, server.URL, cache))
			if got := refusedBy(t, v, idTokenOf(t, key)); got != "" {
				t.Fatal("refused by", got)
			}
			if server.count() != 1 || server.requests[0].Get("If-Modified-Since") != "then" {
				t.Errorf("requests: %v", server.requests)
			}
			if c, _ := cache.Load(server.URL); time.Since(c.FetchedAt) > time.Minute || c.ETag != `"v1"` || c.LastModified != "then" {
				t.Errorf("the entry was not renewed: %+v", c.FetchedAt)
			}
		})
	}
}

func TestCacheOfNonsenseIsPassedOver(t *testing.T) {
	key := newSigner(t, "RS256", "one")
	server, cache := serveKeys(t, key.jwk()), new(memory)
	cache.Store(server.URL, implicit.CachedKeys{Body: []byte("<html>"), ETag: `"v1"`, FetchedAt: time.Now(), MaxAge: time.Hour})
	v := verifierOf(implicit.NewRemoteKeySet(&implicit.Client{}, server.URL, cache))
	if got := refusedBy(t, v, idTokenOf(t, key)); got != "" {
		t.Fatal("refused by", got)
	}
}

// A process that runs for days must see the keys of tomorrow, and a flood of
// invented key IDs must not become a flood of requests.
func TestKeysOfALongRun(t *testing.T) {
	before, after := newSigner(t, "RS256", "before"), newSigner(t, "RS256", "after")
	server := serveKeys(t, before.jwk())
	now := time.Now()
	v := verifierOf(implicit.NewRemoteKeySet(&implicit.Client{Now: func() time.Time { return now }}, server.URL, nil))
	if got := refusedBy(t, v, idTokenOf(t, before)); got != "" {
		t.Fatal("refused by", got)
	}
	server.rotate(t, after.jwk())
	for i := range 100 {
		if got := refusedBy(t, v, idTokenOf(t, &signer{alg: "RS256", kid: fmt.Sprint(i), key: after.key})); got != "key" {
			t.Fatal("refused by", got)
		}
	}
	if n := server.count(); n != 1 {
		t.Errorf("%d requests for invented key IDs, expected 1", n)
	}
	now = now.Add(6 * time.Minute)
	if got := refusedBy(t, v, idTokenOf(t, after)); got != "" || server.count() != 2 {
		t.Errorf("six minutes later: refused by %q after %d requests", got, server.count())
	}
	now = now.Add(24 * time.Hour)
	if got := refusedBy(t, v, idTokenOf(t, before)); got != "key" || server.count() != 3 {
		t.Errorf("a day later: refused by %q after %d requests", got, server.count())
	}
}

func TestKeysThatCannotBeHad(t *testing.T) {
	key := newSigner(t, "RS256", "one")
	many := make([]claims, 300)
	for i := range many {
		many[i] = key.jwk()
	}
	var unreachable *implicit.NetworkError
	var unusable *implicit.HTTPError
	var distrusted *implicit.DocumentError
	for _, row := range []struct {
		name   string
		change func(*keyServer)
		want   any
		says   string
	}{
		{"not found", func(s *keyServer) { s.status = 404 }, &unusable, "404"},
		{"a redirect is not followed", func(s *keyServer) { s.status = 302; s.header.Set("Location", "/elsewhere") }, &unusable, "302"},
		{"a page", func(s *keyServer) { s.body = []byte("<html>") }, &unusable, "<html>"},
		{"cut off", func(s *keyServer) { s.body = s.body[:20] }, &unusable, "JSON"},
		{"a name twice", func(s *keyServer) { s.body = append([]byte(`{"keys":[],`), s.body[1:]...) }, &unusable, "JSON"},
		{"no keys member", func(s *keyServer) { s.body = []byte(`{"Keys":[]}`) }, &distrusted, `"keys"`},
		{"an empty set", func(s *keyServer) { s.body = []byte(`{"keys":[]}`) }, &distrusted, "no key"},
		{"only keys for encryption", func(s *keyServer) { s.body = bytes.Replace(s.body, []byte(`"sig"`), []byte(`"enc"`), 1) }, &distrusted, "enc"},
		{"too many keys", func(s *keyServer) { s.body = jwks(t, many...) }, &distrusted, "300"},
		{"too large", func(s *keyServer) { s.body = bytes.Repeat([]byte(" "), 600<<10); copy(s.body, `{"keys":[]}`) }, &distrusted, "bytes"},
		{"far too large", func(s *keyServer) { s.body = bytes.Repeat([]byte(" "), 2<<20) }, &unusable, "bytes"},
		{"nobody there", func(s *keyServer) { s.Close() }, &unreachable, "no answer"},
	} {
		t.Run(row.name, func(t *testing.T) {
			server := serveKeys(t, key.jwk())
			row.change(server)
			h := &implicit.Client{Sleep: func(context.Context, time.Duration) error { return nil }}
			v := verifierOf(implicit.NewRemoteKeySet(h, server.URL, nil))
			_, err := reported(v.VerifyIDToken(context.Background(), idTokenOf(t, key), implicit.Expected{Nonce: nonce}))
			if err == nil || !errors.As(err, row.want) || !strings.Contains(err.Error(), row.says) {
				t.Errorf("error %v, expected %T that says %q", err, row.want, row.says)
			}
		})
	}
}

func TestKeysOverPlainHTTPAreRefused(t *testing.T) {
	key := newSigner(t, "RS256", "one")
	v := verifierOf(implicit.NewRemoteKeySet(&implicit.Client{}, "http://auth.example.com/jwks", nil))
	_, err := reported(v.VerifyIDToken(context.Background(), idTokenOf(t, key), implicit.Expected{}))
	var distrusted *implicit.DocumentError
	if !errors.As(err, &distrusted) {
		t.Errorf("error %v", err)
	}
}

// A server that sends a byte now and then holds nobody beyond the deadline.
func TestSlowKeysEndWithTheDeadline(t *testing.T) {
	key := newSigner(t, "RS256", "one")
	body := jwks(t, key.jwk())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for i := range body {
			if _, err := w.Write(body[i : i+1]); err != nil || r.Context().Err() != nil {
				return
			}
			w.(http.Flusher).Flush()
			time.Sleep(5 * time.Millisecond)
		}
	}))
	t.Cleanup(server.Close)
	v := verifierOf(implicit.NewRemoteKeySet(&implicit.Client{Timeout: 100 * time.Millisecond}, server.URL, nil))
	_, err := reported(v.VerifyIDToken(context.Background(), idTokenOf(t, key), implicit.Expected{Nonce: nonce}))
	var unreachable *implicit.NetworkError
	if !errors.As(err, &unreachable) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
}

// One caller that gives up takes nobody else's keys away.
func TestACallerGivesUp(t *testing.T) {
	key := newSigner(t, "RS256", "one")
	server := serveKeys(t, key.jwk())
	server.mu.Lock() // no answer yet
	keys := implicit.NewRemoteKeySet(&implicit.Client{}, server.URL, nil)
	v, token := verifierOf(keys), idTokenOf(t, key)
	impatient, cancel := context.WithCancel(context.Background())
	keys.Prefetch(impatient)
	verdict := make(chan error)
	for _, ctx := range []context.Context{impatient, context.Background()} {
		go func() {
			_, err := reported(v.VerifyIDToken(ctx, token, implicit.Expected{Nonce: nonce}))
			verdict <- err
		}()
	}
	cancel()
	if err := <-verdict; !errors.Is(err, context.Canceled) {
		t.Errorf("the impatient one got %v", err)
	}
	server.mu.Unlock()
	if err := <-verdict; err != nil {
		t.Errorf("the patient one got %v", err)
	}
}

// Once Wait returns, nothing is written to the cache any more.
func TestClose(t *testing.T) {
	key := newSigner(t, "RS256", "one")
	server, cache := serveKeys(t, key.jwk()), new(memory)
	keys := implicit.NewRemoteKeySet(&implicit.Client{}, server.URL, cache)
	keys.Close()
	keys.Prefetch(context.Background())
	keys.Close()
	if _, ok := cache.Load(server.URL); !ok {
		t.Error("the fetch was still under way")
	}
}

func TestUnusableKeysArePassedOver(t *testing.T) {
	key := newSigner(t, "RS256", "one")
	set := jwks(t, claims{"kty": "oct", "k": "AAAA"}, claims{"kty": "EC", "crv": "secp256k1"}, claims{"kty": "LMS"},
		claims{"kty": "RSA", "n": "AQ", "e": "AQAB"}, claims{"kid": 7, "kty": "RSA"}, claims{"kty": "OKP", "crv": "X25519", "x": "AAAA"}, key.jwk())
	text := strings.Replace(string(set), `"keys":[`, `"keys":[null,7,"key",[],{},`, 1)
	keys, err := implicit.NewStaticKeySet([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if got := refusedBy(t, verifierOf(keys), idTokenOf(t, key)); got != "" {
		t.Error("refused by", got)
	}
}

func TestAKeyAmongSeveralOfOneKid(t *testing.T) {
	first, second := newSigner(t, "RS256", "default"), newSigner(t, "RS256", "default")
	keys, err := implicit.NewStaticKeySet(jwks(t, first.jwk(), newSigner(t, "ES256", "default").jwk(), second.jwk()))
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []*signer{first, second} {
		if got := refusedBy(t, verifierOf(keys), idTokenOf(t, key)); got != "" {
			t.Error("refused by", got)
		}
	}
}

func TestCachedKeysSurviveJSON(t *testing.T) {
	c := implicit.CachedKeys{Body: []byte(`{}`), ETag: "e", LastModified: "l", FetchedAt: moment, MaxAge: time.Hour}
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var back implicit.CachedKeys
	if err := json.Unmarshal(text, &back); err != nil || string(back.Body) != "{}" || !back.FetchedAt.Equal(moment) || back.MaxAge != time.Hour {
		t.Errorf("%s: %v", text, err)
	}
}
