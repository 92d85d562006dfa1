package pingone

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/internal/web"
)

// SignOn does the whole grant: authorize, the sign-on flow, resume. The response
// is not verified: give it to [implicit.Verifier.Verify], of [Client.Verifier]. It
// is also returned with an [*implicit.AuthorizeError], for the same purpose.
func (c *Client) SignOn(ctx context.Context, req *implicit.Request, answerer Answerer) (*implicit.Response, error) {
	auth, err := c.Authorize(ctx, req)
	if err != nil {
		return responseOf(auth), err
	}
	if auth.final(req) {
		return refusedOr(auth.Response)
	}
	flow := auth.Flow
	if flow == nil {
		if flow, err = c.ReadFlow(ctx, auth.FlowID); err != nil {
			return nil, err
		}
		flow.ID = cmp.Or(flow.ID, auth.FlowID)
	}
	if flow, err = c.completeFlow(ctx, flow, answerer); err != nil {
		return nil, err
	}
	return c.Resume(ctx, flow, req)
}

// final reports whether resume has nothing to add to the response: it is all of
// what was asked for, or there is no flow to resume.
func (a *Authorization) final(req *implicit.Request) bool {
	return a.Response != nil && (a.Flow == nil || complete(a.Response, req))
}

func responseOf(auth *Authorization) *implicit.Response {
	if auth == nil {
		return nil
	}
	return auth.Response
}

// Resume returns the response of a flow that [Client.SignOn] completed: the
// one inside it, if that holds all that was requested. Otherwise it exchanges the
// flow for the response, once, with the session's cookies: at the flow's resumeUrl,
// or at the environment's own if it names none. That must lead to the redirect URI,
// which is never fetched. A flow that failed gives an [*implicit.AuthorizeError],
// and the response with it.
func (c *Client) Resume(ctx context.Context, flow *Flow, req *implicit.Request) (*implicit.Response, error) {
	if flow.Response != nil && complete(flow.Response, req) {
		return refusedOr(flow.Response)
	}
	address, err := c.checked("resumeUrl", cmp.Or(flow.ResumeURL, c.Environment.resumeURL(flow.ID)))
	if err != nil {
		return nil, err
	}
	call, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("resume: expected a URL: %w", err)
	}
	answer, reply, err := c.send(ctx, implicit.LegResume, call)
	if err != nil {
		return nil, fmt.Errorf("resume: %w", err)
	}
	resp, err := readResponse(answer, req)
	if errors.Is(err, implicit.ErrNoResponse) {
		return readResume(reply, req)
	}
	return resp, sentElsewhere(err)
}

func refusedOr(resp *implicit.Response) (*implicit.Response, error) {
	if resp.Error != nil {
		return resp, resp.Error
	}
	return resp, nil
}

func complete(resp *implicit.Response, req *implicit.Request) bool {
	wanted := strings.Fields(req.ResponseType)
	return resp.Error != nil ||
		(!slices.Contains(wanted, "token") || !resp.AccessToken.Empty()) && (!slices.Contains(wanted, "id_token") || !resp.IDToken.Empty())
}

// readResume reads a reply that is neither a redirect to the redirect URI nor a
// form that posts to it.
func readResume(reply *web.Reply, req *implicit.Request) (*implicit.Response, error) {
	if location, ok := reply.Redirect(); ok {
		return readLocation(reply, location, req)
	}
	if reply.Status != http.StatusOK || reply.MediaType() == "text/html" {
		return nil, decodeResumeError(reply)
	}
	flow, err := readFlow(reply, "resume")
	if err != nil {
		return nil, err
	}
	if flow.Response == nil {
		return nil, noTokens(reply.Status, "its flow is "+quote(flow.Status)+" and holds no authorizeResponse")
	}
	return refusedOr(flow.Response)
}

// sentElsewhere turns tokens that are sent to another address into what they are:
// a resume that leads elsewhere.
func sentElsewhere(err error) error {
	var malformed *implicit.ParseError
	if errors.As(err, &malformed) && malformed.Elsewhere != "" {
		return elsewhere("resume", malformed.Elsewhere, "the redirect URI")
	}
	return err
}

// readLocation reads a redirect that is not to the redirect URI: back to the
// sign-on page, to an error page, or somewhere else altogether.
func readLocation(reply *web.Reply, location string, req *implicit.Request) (*implicit.Response, error) {
	u, err := url.Parse(withoutFragment(location))
	if err != nil {
		return nil, unusable(reply, "resume: expected a Location that is a URL")
	}
	if req.RedirectURI == "" { // pi.flow without one: there is nothing to compare with
		resp, err := implicit.ParseURL(location, "")
		if err != nil {
			return nil, err
		}
		return refusedOr(resp)
	}
	if e, ok := hostedError(u, "resume", reply.Status); ok {
		return nil, e
	}
	switch {
	case u.Path == reply.URL.Path && u.Host == reply.URL.Host:
		return nil, noTokens(reply.Status, "it leads to itself")
	case u.Query().Get("flowId") != "":
		return nil, noTokens(reply.Status, "it leads back to the sign-on page")
	}
	return nil, elsewhere("resume", web.WithoutQuery(location), "the redirect URI "+req.RedirectURI)
}

func decodeResumeError(reply *web.Reply) error {
	err := decodeError(reply, "resume")
	var refused *Error
	if errors.As(err, &refused) && refused.Reason == ReasonNotFound {
		refused.Reason = ReasonFlowGone
	}
	return err
}

func noTokens(status int, message string) *Error {
	return &Error{Kind: KindHosted, Doing: "resume", Status: status, Message: message, Reason: ReasonNoSession, own: answered("resume", status, message)}
}
