package pingone

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// Client makes the calls of one sign-on against one environment. It is not for
// concurrent use: a sign-on is a sequence, and its session grows on the way.
type Client struct {
	Environment Environment
	HTTP        *implicit.Client // nil: the zero HTTP
	Session     Session          // cookies so far; set it to go on with an earlier session
}

// NewRequest returns an authorize request for this environment, with a fresh
// state and nonce; see [implicit.NewRequest].
func (c *Client) NewRequest(clientID, redirectURI string) *implicit.Request {
	return implicit.NewRequest(c.Environment.AuthorizeURL(), clientID, redirectURI)
}

// once sends req with the session's cookies, once, and collects what cookies
// come back. The auth origin has been checked by then.
func (c *Client) once(ctx context.Context, req *http.Request) (*implicit.Answer, error) {
	c.dress(req.Header)
	answer, err := c.http().Once(ctx, req)
	return c.undress(answer, err)
}

// get reads address with the session's cookies; it may be repeated.
func (c *Client) get(ctx context.Context, address string) (*implicit.Answer, error) {
	header := http.Header{}
	c.dress(header)
	answer, err := c.http().Get(ctx, address, header)
	return c.undress(answer, err)
}

// dress sets what every call carries. Accept is */*: some flows answer with a
// vendor media type and refuse a request for application/json alone. There is
// never an Authorization header: flows refuse a bearer token.
func (c *Client) dress(h http.Header) {
	if h.Get("Accept") == "" {
		h.Set("Accept", "*/*")
	}
	if !c.Session.Empty() {
		h.Set("Cookie", c.Session.header())
	}
}

func (c *Client) undress(answer *implicit.Answer, err error) (*implicit.Answer, error) {
	if err != nil {
		return nil, err
	}
	now := time.Now
	if c.HTTP != nil && c.HTTP.Now != nil {
		now = c.HTTP.Now
	}
	c.Session.collect(answer.Header, now())
	return answer, nil
}

func (c *Client) http() *implicit.Client {
	if c.HTTP == nil {
		c.HTTP = &implicit.Client{}
	}
	return c.HTTP
}

// checked returns the address if it is on the auth origin.
func (c *Client) checked(what, address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || !c.Environment.sameOrigin(u) {
		return "", &OriginError{what, withoutQuery(address), "an address on " + c.Environment.AuthURL() + "'s origin"}
	}
	return address, nil
}

func withoutQuery(address string) string {
	if i := strings.IndexAny(address, "?#"); i >= 0 {
		return address[:i]
	}
	return address
}
