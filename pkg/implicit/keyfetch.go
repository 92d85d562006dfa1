package implicit

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/pkg/internal/web"
)

// KeyCache keeps key set documents between runs. Its methods may be called
// concurrently. They report no error: a cache that fails costs a fetch.
type KeyCache interface {
	Load(url string) (CachedKeys, bool)
	Store(url string, c CachedKeys)
}

// CachedKeys is a key set document as it was fetched: RFC 9111.
type CachedKeys struct {
	Body         []byte        `json:"body"`
	ETag         string        `json:"etag,omitempty"`
	LastModified string        `json:"last_modified,omitempty"`
	FetchedAt    time.Time     `json:"fetched_at"`
	MaxAge       time.Duration `json:"max_age"` // in nanoseconds; after it the server is asked again
}

const (
	defaultMaxAge = 10 * time.Minute // where the server says nothing
	maxMaxAge     = 24 * time.Hour
)

// keySource fetches one key set, by way of a cache.
type keySource struct {
	client *Client
	url    string
	cache  KeyCache
}

func (s *keySource) age(t time.Time) time.Duration { return s.client.now().Sub(t) }

// load takes the cached document while it is fresh, and else asks the server
// whether it (or held, which is newer) has changed.
func (s *keySource) load(ctx context.Context, held *keyDocument) (*keyDocument, error) {
	if held != nil {
		return s.fetch(ctx, &held.cached)
	}
	if s.cache == nil {
		return s.fetch(ctx, nil)
	}
	c, ok := s.cache.Load(s.url)
	if !ok {
		return s.fetch(ctx, nil)
	}
	keys, err := parseKeys(c.Body)
	if err != nil { // someone else wrote it
		return s.fetch(ctx, nil)
	}
	c.MaxAge = min(c.MaxAge, maxMaxAge)
	if age := s.age(c.FetchedAt); 0 <= age && age < c.MaxAge {
		return &keyDocument{keys: keys, early: true, fetched: c.FetchedAt, cached: c}, nil
	}
	return s.fetch(ctx, &c)
}

// fetchAnew asks the server itself, past every cache: the token was signed by a
// key that none of them knew.
func (s *keySource) fetchAnew(ctx context.Context) (*keyDocument, error) {
	return s.get(ctx, http.Header{"Cache-Control": {"no-cache"}}, nil)
}

// fetch asks the server for the document, or whether known has changed.
func (s *keySource) fetch(ctx context.Context, known *CachedKeys) (*keyDocument, error) {
	header := make(http.Header)
	if known != nil && known.ETag != "" {
		header.Set("If-None-Match", known.ETag)
	}
	if known != nil && known.LastModified != "" {
		header.Set("If-Modified-Since", known.LastModified)
	}
	if len(header) == 0 {
		known = nil
	}
	return s.get(ctx, header, known)
}

func (s *keySource) get(ctx context.Context, header http.Header, known *CachedKeys) (*keyDocument, error) {
	if err := web.CheckURL(s.url); err != nil {
		return nil, &DocumentError{DocumentKeys, s.url, err.Error()}
	}
	header.Set("Accept", "application/json, application/jwk-set+json")
	reply, err := s.client.get(WithLeg(ctx, LegKeys), s.url, header)
	if err != nil {
		return nil, fmt.Errorf("fetch key set: %w", err)
	}
	body := reply.Body
	switch {
	case reply.Status == http.StatusNotModified && known != nil:
		body = known.Body
	case reply.Status != http.StatusOK:
		return nil, fmt.Errorf("fetch key set: %w", unusable(reply, "expected the key set", true))
	default:
		if _, err := parseObject(string(body)); err != nil {
			return nil, fmt.Errorf("fetch key set: %w", unusable(reply, "expected a key set in JSON", true))
		}
	}
	keys, err := parseKeys(body)
	if err != nil {
		return nil, &DocumentError{DocumentKeys, s.url, err.Error()}
	}
	c, storable := remember(reply, body, known)
	if storable && s.cache != nil {
		s.cache.Store(s.url, c)
	}
	return &keyDocument{keys: keys, fetched: c.FetchedAt, cached: c}, nil
}

// remember reads what the reply says of its age: RFC 9111 section 5.2.2. A 304
// keeps the validators that it does not repeat.
func remember(r *web.Reply, body []byte, known *CachedKeys) (c CachedKeys, storable bool) {
	c = CachedKeys{Body: body, FetchedAt: r.Received, MaxAge: defaultMaxAge}
	if known != nil && r.Status == http.StatusNotModified {
		c.ETag, c.LastModified = known.ETag, known.LastModified
	}
	if v := r.Header.Get("ETag"); v != "" {
		c.ETag = v
	}
	if v := r.Header.Get("Last-Modified"); v != "" {
		c.LastModified = v
	}
	storable = true
	noCache := false
	for directive := range strings.SplitSeq(strings.ToLower(strings.Join(r.Header.Values("Cache-Control"), ",")), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		switch name {
		case "no-store":
			storable = false
		case "no-cache":
			noCache = true
		case "max-age":
			if s, err := strconv.ParseUint(strings.Trim(value, `"`), 10, 31); err == nil {
				c.MaxAge = time.Duration(s) * time.Second
			}
		}
	}
	if s, err := strconv.ParseUint(r.Header.Get("Age"), 10, 31); err == nil {
		c.MaxAge = max(0, c.MaxAge-time.Duration(s)*time.Second)
	}
	c.MaxAge = min(c.MaxAge, maxMaxAge)
	if noCache {
		c.MaxAge = 0
	}
	return c, storable
}
