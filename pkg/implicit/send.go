package implicit

import (
	"context"
	"fmt"
	"net/http"
	"strings"
)

// Send sends the request to any provider and takes the answer of one that
// answers at once, because it knows the caller or asks nobody: by a redirect, or
// by the page of response_mode=form_post. It submits nothing and follows
// nothing. Where the user must interact the error is an
// [*InteractionRequiredError]; the provider's refusal is an [*AuthorizeError].
func (r *Request) Send(ctx context.Context, h *Client) (*Response, error) {
	req, err := r.HTTP()
	if err != nil {
		return nil, err
	}
	answer, err := h.Once(ctx, req)
	if err != nil {
		return nil, fmt.Errorf("send authorize request: %w", err)
	}
	resp, err := r.ReadAnswer(answer)
	if resp != nil || err != nil {
		return resp, err
	}
	if to, ok := answer.Redirect(); ok {
		if withoutQuery(to) == withoutQuery(r.Endpoint) {
			return nil, answer.Unusable("expected another address than its own in the Location", false)
		}
		return nil, &InteractionRequiredError{Needs: NeedsBrowser, Reason: "the provider redirects to " + quote(withoutQuery(to))}
	}
	if answer.Status == http.StatusOK && answer.MediaType() == "text/html" {
		return nil, &InteractionRequiredError{Needs: NeedsBrowser, Reason: "the provider answers with the page " + quote(FormPageTitle(answer.Body))}
	}
	return nil, answer.Unusable("expected tokens, or a sign-on page", false)
}

// ReadAnswer finds the authorization response in a provider's HTTP answer: a
// redirect to the redirect URI, or a form that posts to it. It returns nil and
// no error where there is none. The provider's refusal is returned as an
// [*AuthorizeError], what is malformed as a [*ParseError].
func (r *Request) ReadAnswer(a *Answer) (*Response, error) {
	resp, err := r.findResponse(a)
	if err != nil || resp == nil {
		return nil, err
	}
	if resp.Error != nil {
		return resp, resp.Error
	}
	return resp, nil
}

func (r *Request) findResponse(a *Answer) (*Response, error) {
	if to, ok := a.Redirect(); ok {
		if r.RedirectURI == "" {
			return nil, nil
		}
		if _, err := MatchRedirect(to, r.RedirectURI); err != nil {
			return nil, strayTokens(to, err)
		}
		return ParseURL(to, r.RedirectURI)
	}
	if a.Status == http.StatusOK && a.MediaType() == "text/html" && IsFormPage(a.Body) {
		return ParseFormPage(a.Body, r.RedirectURI)
	}
	return nil, nil
}

// strayTokens returns elsewhere, the error of a redirect to another address,
// where that carries tokens: somebody else is being given them.
func strayTokens(to string, elsewhere error) error {
	resp, err := ParseURL(to, "")
	if err != nil || resp.AccessToken.Empty() && resp.IDToken.Empty() {
		return nil
	}
	return elsewhere
}

func withoutQuery(address string) string {
	if i := strings.IndexAny(address, "?#"); i >= 0 {
		return address[:i]
	}
	return address
}
