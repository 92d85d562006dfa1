package pingone

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// SignOff ends the session of the client's cookies, for all applications. The
// ID token, which may have expired, says whose session is meant; it may be
// empty. Nothing is followed: where the browser would land does not matter.
func (c *Client) SignOff(ctx context.Context, idToken implicit.Secret) error {
	return c.signoff(ctx, c.Environment.SignOffURL(), idToken, "signoff")
}

// IDPSignOff ends the session that an ID token was issued in, without its
// cookie. The application must allow it (idpSignoff).
func (c *Client) IDPSignOff(ctx context.Context, idToken implicit.Secret) error {
	return c.signoff(ctx, c.Environment.IDPSignOffURL(), idToken, "idpSignoff")
}

func (c *Client) signoff(ctx context.Context, address string, idToken implicit.Secret, doing string) error {
	if !idToken.Empty() {
		address += "?id_token_hint=" + url.QueryEscape(idToken.Reveal())
	}
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return fmt.Errorf("%s: expected a URL: %w", doing, err)
	}
	req.Header.Set("Accept", "application/json") // idpSignoff answers 204 then
	answer, err := c.once(ctx, req)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	if location, ok := answer.Redirect(); ok {
		if u, err := url.Parse(withoutFragment(location)); err == nil {
			if e, refused := hostedError(u, doing, answer.Status); refused {
				return e
			}
		}
		return nil
	}
	if answer.Status/100 != 2 {
		return decodeError(answer, doing)
	}
	return nil
}
