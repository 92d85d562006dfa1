package implicit

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/implicit-cli/implicit/pkg/internal/web"
)

// Send sends the request to any provider and returns the response of one that
// answers at once, without the user: by a redirect, or by the page of
// response_mode=form_post. It follows nothing and submits nothing.
//
// Where the user must sign on, the error is an [*InteractionRequiredError].
// Where the provider refuses it is an [*AuthorizeError], and the response is
// returned too: [Verifier.Verify] checks that it belongs to this request. Other
// errors are a [*RequestError], [*ParseError], [*NetworkError] or [*HTTPError].
func (r *Request) Send(ctx context.Context, client *Client) (*Response, error) {
	req, err := r.HTTP()
	if err != nil {
		return nil, err
	}
	answer, err := client.Do(req.WithContext(WithLeg(ctx, LegAuthorize)))
	if err != nil {
		return nil, fmt.Errorf("send authorize request: %w", err)
	}
	resp, err := ParseHTTPResponse(answer, r.RedirectURI)
	switch {
	case errors.Is(err, ErrNoResponse):
		return nil, r.noResponse(client.reply(answer, nil))
	case err == nil && resp.Error != nil:
		return resp, resp.Error
	}
	return resp, err
}

// noResponse says what the provider answered instead.
func (r *Request) noResponse(reply *web.Reply, err error) error {
	if err != nil {
		return err
	}
	if to, ok := reply.Redirect(); ok {
		if web.WithoutQuery(to) == web.WithoutQuery(r.Endpoint) {
			return unusable(reply, "expected another address than its own in the Location", false)
		}
		return &InteractionRequiredError{Needs: NeedsBrowser, Reason: "the provider redirects to " + quote(web.WithoutQuery(to))}
	}
	if reply.Status == http.StatusOK && reply.MediaType() == "text/html" {
		return &InteractionRequiredError{Needs: NeedsBrowser, Reason: "the provider shows the page " + quote(web.Title(reply.Body))}
	}
	return unusable(reply, "expected tokens, or a sign-on page", false)
}
