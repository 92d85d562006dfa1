package pingone

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// SignOff ends a session, for all applications: that of the client's cookies, or,
// where there are none, the one that idToken was issued in, which the application
// must allow (idpSignoff). The ID token may have expired; with cookies it may be
// empty. Nothing is followed: where a browser would go next does not matter.
func (c *Client) SignOff(ctx context.Context, idToken implicit.Secret) error {
	address, doing := c.Environment.signOffURL(), "signoff"
	if c.Session.Empty() {
		address, doing = c.Environment.idpSignOffURL(), "idpSignoff"
	}
	switch {
	case !idToken.Empty():
		address += "?id_token_hint=" + url.QueryEscape(idToken.Reveal())
	case c.Session.Empty():
		return &implicit.RequestError{Parameter: "id_token_hint", Problem: "missing; without cookies an ID token names the session"}
	}
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return fmt.Errorf("%s: expected a URL: %w", doing, err)
	}
	req.Header.Set("Accept", "application/json") // idpSignoff then answers 204
	_, reply, err := c.send(ctx, implicit.LegSignOff, req)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	if location, ok := reply.Redirect(); ok {
		if u, err := url.Parse(withoutFragment(location)); err == nil {
			if e, refused := hostedError(u, doing, reply.Status); refused {
				return e
			}
		}
		return nil
	}
	if reply.Status/100 != 2 {
		return decodeError(reply, doing)
	}
	return nil
}
