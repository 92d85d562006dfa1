package pingone

import (
	"context"
	"errors"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// Renew requests new tokens by the session alone, with prompt=none, which it sets.
// Like that of [Client.SignOn] the response is not verified. Where the
// session has ended, so that a new sign-on is required, the error is or wraps an
// [*implicit.InteractionRequiredError].
func (c *Client) Renew(ctx context.Context, req *implicit.Request) (*implicit.Response, error) {
	req.Prompt = "none"
	auth, err := c.Authorize(ctx, req)
	switch {
	case err != nil:
		return responseOf(auth), c.believed(ctx, req, responseOf(auth), err)
	case auth.final(req):
		return refusedOr(auth.Response)
	case auth.Flow != nil && auth.Flow.Completed():
		resp, err := c.Resume(ctx, auth.Flow, req)
		return resp, c.believed(ctx, req, resp, err)
	}
	return nil, &implicit.InteractionRequiredError{Needs: implicit.NeedsSignOn, Reason: "PingOne opens a sign-on"}
}

// believed returns err, which may say that the session has ended: that is believed
// of a response only if it is of this request.
func (c *Client) believed(ctx context.Context, req *implicit.Request, resp *implicit.Response, err error) error {
	var interaction *implicit.InteractionRequiredError
	if resp != nil && errors.As(err, &interaction) {
		_, err = c.Verifier(req).Verify(ctx, req, resp)
	}
	return err
}
