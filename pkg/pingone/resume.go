package pingone

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// SignOn does the whole grant: authorize, the sign-on flow, resume. The response
// is read and not yet validated.
func (c *Client) SignOn(ctx context.Context, req *implicit.Request, answerer Answerer) (*implicit.Response, error) {
	auth, err := c.Authorize(ctx, req)
	if err != nil {
		return nil, err
	}
	if auth.Response != nil && complete(auth.Response, req) {
		return auth.Response, nil
	}
	flow := auth.Flow
	if flow == nil {
		if flow, err = c.ReadFlow(ctx, auth.FlowID); err != nil {
			return nil, err
		}
		flow.ID = cmp.Or(flow.ID, auth.FlowID)
	}
	if flow, err = c.CompleteFlow(ctx, flow, answerer); err != nil {
		return nil, err
	}
	return c.Resume(ctx, flow, req)
}

// Resume returns the response of a flow that [Client.CompleteFlow] brought to its end:
// the one inside it, where that holds all that was asked for, else resume's.
func (c *Client) Resume(ctx context.Context, flow *Flow, req *implicit.Request) (*implicit.Response, error) {
	if flow.Response != nil && complete(flow.Response, req) {
		if flow.Response.Error != nil {
			return flow.Response, flow.Response.Error
		}
		return flow.Response, nil
	}
	return c.resume(ctx, flow, req)
}

func complete(resp *implicit.Response, req *implicit.Request) bool {
	return resp.Error != nil ||
		(!req.WantsAccessToken() || !resp.AccessToken.Empty()) && (!req.WantsIDToken() || !resp.IDToken.Empty())
}

// resume exchanges the flow for the response, once, with the session's cookies:
// at the flow's resumeUrl, or at the environment's own where it names none. It
// must lead to the redirect URI, which is never fetched. A flow that failed
// gives the error here, as an [*implicit.AuthorizeError].
func (c *Client) resume(ctx context.Context, flow *Flow, req *implicit.Request) (*implicit.Response, error) {
	address := flow.ResumeURL
	if address == "" {
		address = c.Environment.ResumeURL(flow.ID)
	}
	address, err := c.checked("resumeUrl", address)
	if err != nil {
		return nil, err
	}
	call, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("resume: expected a URL: %w", err)
	}
	answer, err := c.once(ctx, call)
	if err != nil {
		return nil, fmt.Errorf("resume: %w", err)
	}
	return c.readResume(answer, req)
}

func (c *Client) readResume(answer *implicit.Answer, req *implicit.Request) (*implicit.Response, error) {
	resp, err := req.ReadAnswer(answer)
	if resp != nil || err != nil {
		return resp, landed(err)
	}
	if location, ok := answer.Redirect(); ok {
		return readLanding(answer, location, req)
	}
	if answer.Status != http.StatusOK || answer.MediaType() == "text/html" {
		return nil, decodeResumeError(answer)
	}
	flow, err := readFlow(answer, "resume")
	if err != nil {
		return nil, err
	}
	if flow.Response == nil {
		return nil, noTokens(answer.Status, "its flow is "+flow.Status+" and holds no authorizeResponse")
	}
	if flow.Response.Error != nil {
		return flow.Response, flow.Response.Error
	}
	return flow.Response, nil
}

// landed turns an answer for another address into what it is: a resume that
// leads elsewhere.
func landed(err error) error {
	var malformed *implicit.ParseError
	if errors.As(err, &malformed) && malformed.Elsewhere != "" {
		return &OriginError{"resume", malformed.Elsewhere, "the redirect URI"}
	}
	return err
}

// readLanding reads a redirect that is not to the redirect URI: back to the
// sign-on page, to an error page, or somewhere else altogether.
func readLanding(answer *implicit.Answer, location string, req *implicit.Request) (*implicit.Response, error) {
	u, err := url.Parse(withoutFragment(location))
	if err != nil {
		return nil, answer.Unusable("resume: expected a Location that is a URL", false)
	}
	if req.RedirectURI == "" { // pi.flow without one: there is nothing to compare with
		resp, err := implicit.ParseURL(location, "")
		if err == nil && resp.Error != nil {
			err = resp.Error
		}
		return resp, err
	}
	if e, ok := hostedError(u, "resume", answer.Status); ok {
		return nil, e
	}
	switch {
	case u.Path == answer.URL.Path && u.Host == answer.URL.Host:
		return nil, noTokens(answer.Status, "it leads to itself")
	case u.Query().Get("flowId") != "":
		return nil, noTokens(answer.Status, "it leads back to the sign-on page")
	}
	return nil, &OriginError{"resume", withoutQuery(location), "the redirect URI " + req.RedirectURI}
}

func decodeResumeError(answer *implicit.Answer) error {
	err := decodeError(answer, "resume")
	var refused *Error
	if errors.As(err, &refused) && refused.Reason == ReasonNotFound {
		refused.Reason = ReasonFlowGone
	}
	return err
}

func noTokens(status int, message string) *Error {
	return &Error{Kind: KindHosted, Doing: "resume", Status: status, Message: message, Reason: ReasonNoSession}
}

// Renew asks for new tokens by the session alone: the request must say
// prompt=none. The response is nil where the server opens a sign-on after all.
func (c *Client) Renew(ctx context.Context, req *implicit.Request) (*implicit.Response, error) {
	auth, err := c.Authorize(ctx, req)
	if err != nil {
		if auth != nil {
			return auth.Response, err
		}
		return nil, err
	}
	if auth.Response == nil && auth.Flow != nil && auth.Flow.Completed() {
		return c.Resume(ctx, auth.Flow, req)
	}
	return auth.Response, nil
}
