package pingone

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/internal/web"
)

// Client makes the calls of one sign-on in one environment. It is not for
// concurrent use: a sign-on is a sequence, and its session grows on the way.
type Client struct {
	Environment Environment
	HTTP        *implicit.Client // nil: the zero Client
	Session     Session          // cookies so far; set it to continue an earlier session

	// Wait is how long a push is waited for; 0: 5 minutes. PingOne ends it before,
	// after at most 150 s.
	Wait time.Duration
	// Sleep waits between two looks at a push; nil: as HTTP does between retries.
	Sleep func(context.Context, time.Duration) error

	keys *implicit.KeySet // of Verifier
}

// NewRequest returns an authorize request for this environment, with a fresh
// state and nonce; see [implicit.NewRequest].
func (c *Client) NewRequest(clientID, redirectURI string) *implicit.Request {
	return implicit.NewRequest(c.Environment.Provider().AuthorizationEndpoint, clientID, redirectURI)
}

// Verifier returns a verifier for the response to req: the environment's issuer,
// the request's client, and the environment's keys, which are fetched when they
// are first needed and then kept for later verifiers of this client. Its other
// fields may be set before it is used.
func (c *Client) Verifier(req *implicit.Request) *implicit.Verifier {
	if c.keys == nil {
		c.keys = implicit.NewRemoteKeySet(c.http(), c.Environment.Provider().JWKSURI, nil)
	}
	return &implicit.Verifier{Issuer: c.Environment.Issuer(), ClientID: req.ClientID, Keys: c.keys, Now: c.http().Now,
		AccessToken: implicit.AccessPolicy{FromIssuer: true}, ACRPromised: true}
}

// send makes a call with the session's cookies and collects the cookies of the
// reply. The address has been checked to be on the auth origin. It is sent once,
// unless ctx says that it may be repeated.
func (c *Client) send(ctx context.Context, leg string, req *http.Request) (*http.Response, *web.Reply, error) {
	setHeaders(req.Header, &c.Session)
	resp, err := c.http().Do(req.WithContext(implicit.WithLeg(ctx, leg)))
	if err != nil {
		return nil, nil, err
	}
	reply, err := web.ReadReply(resp, c.now())
	if err != nil {
		return nil, nil, err
	}
	c.Session.collect(reply.Header, c.now())
	return resp, reply, nil
}

// setHeaders sets what every call carries. Accept is */*: some flows answer with a
// vendor media type and refuse a request for application/json alone. There is
// never an Authorization header: flows refuse a bearer token.
func setHeaders(h http.Header, s *Session) {
	if h.Get("Accept") == "" {
		h.Set("Accept", "*/*")
	}
	if !s.Empty() {
		h.Set("Cookie", s.header())
	}
}

func (c *Client) http() *implicit.Client {
	if c.HTTP == nil {
		c.HTTP = &implicit.Client{}
	}
	return c.HTTP
}

func (c *Client) now() time.Time {
	if now := c.http().Now; now != nil {
		return now()
	}
	return time.Now()
}

// checked returns the address if it is the environment's: no other gets cookies
// and credentials.
func (c *Client) checked(what, address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || !c.Environment.holds(u) {
		return "", elsewhere(what, web.WithoutQuery(address), "an address under "+c.Environment.AuthURL())
	}
	return address, nil
}

// unusable is the error of a reply that is not what was expected. Its body is not
// quoted: it could hold anything.
func unusable(r *web.Reply, problem string) *implicit.HTTPError {
	return &implicit.HTTPError{URL: web.Locate(r.URL), Status: r.Status, Type: r.Header.Get("Content-Type"), Problem: problem}
}
