package pingone

import (
	"context"
	"errors"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// SessionEndedError says that a session gives no tokens any more, and that a new
// sign-on may: PingOne opened a sign-on, or asked for the user. It wraps what was
// answered, in which there is an [*implicit.InteractionRequiredError].
type SessionEndedError struct{ Err error }

func (e *SessionEndedError) Error() string { return "the sign-on session has ended: " + e.Err.Error() }

func (e *SessionEndedError) Unwrap() error { return e.Err }

// Renew requests new tokens by the session alone, with prompt=none, which it sets.
// Like that of [Client.SignOn] the response is not verified. Where a new sign-on
// is required the error is a [*SessionEndedError].
func (c *Client) Renew(ctx context.Context, req *implicit.Request) (*implicit.Response, error) {
	req.Prompt = "none"
	auth, err := c.Authorize(ctx, req)
	switch {
	case err != nil:
		return responseOf(auth), c.sessionEnded(ctx, req, responseOf(auth), err)
	case auth.final(req):
		return refusedOr(auth.Response)
	case auth.Flow != nil && auth.Flow.Completed():
		resp, err := c.Resume(ctx, auth.Flow, req)
		return resp, c.sessionEnded(ctx, req, resp, err)
	}
	return nil, &SessionEndedError{&implicit.InteractionRequiredError{Needs: implicit.NeedsSignOn, Reason: "PingOne opens a sign-on"}}
}

// sessionEnded says whether err ends the session. A refusal in a response is
// believed only if it is of this request.
func (c *Client) sessionEnded(ctx context.Context, req *implicit.Request, resp *implicit.Response, err error) error {
	var interaction *implicit.InteractionRequiredError
	if !errors.As(err, &interaction) {
		return err
	}
	if resp != nil {
		if _, err = c.Verifier(req).Verify(ctx, req, resp); !errors.As(err, &interaction) {
			return err
		}
	}
	return &SessionEndedError{err}
}
