package pingone

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/internal/web"
)

// Authorization is PingOne's answer to an authorize request: a sign-on to be done
// (FlowID; with pi.flow also Flow), or the response itself where a session allows
// it.
type Authorization struct {
	Status    int
	SignOnURL string // where a browser would go; never fetched
	FlowID    string
	Flow      *Flow
	Response  *implicit.Response
}

// Authorize sends the request, once, and follows nothing. The errors are
// [*implicit.AuthorizeError] (with the Response that held it), [*Error],
// [*implicit.InteractionRequiredError] where the policy leaves PingOne's flows,
// [*implicit.ParseError], [*implicit.HTTPError], [*implicit.NetworkError]
// and [*implicit.RequestError].
func (c *Client) Authorize(ctx context.Context, req *implicit.Request) (*Authorization, error) {
	if endpoint := c.Environment.Provider().AuthorizationEndpoint; req.Endpoint != endpoint {
		return nil, &implicit.RequestError{Parameter: "authorization endpoint", Problem: fmt.Sprintf(
			"expected the environment's %q, found %q", endpoint, req.Endpoint)}
	}
	call, err := req.HTTP()
	if err != nil {
		return nil, err
	}
	answer, reply, err := c.send(ctx, implicit.LegAuthorize, call)
	if err != nil {
		return nil, fmt.Errorf("send authorize request: %w", err)
	}
	auth := &Authorization{Status: reply.Status}
	if auth.Response, err = readResponse(answer, req); !errors.Is(err, implicit.ErrNoResponse) {
		return auth, err
	}
	if location, ok := reply.Redirect(); ok {
		return auth, auth.readLocation(c.Environment, location, req)
	}
	if reply.Status != http.StatusOK {
		return auth, decodeError(reply, "authorize")
	}
	return auth, auth.readBody(reply, req)
}

// readResponse finds the authorization response; a refusal is an error, and the
// response is returned with it.
func readResponse(answer *http.Response, req *implicit.Request) (*implicit.Response, error) {
	resp, err := implicit.ParseHTTPResponse(answer, req.RedirectURI)
	if err == nil && resp.Error != nil {
		return resp, resp.Error
	}
	return resp, err
}

// flowIDShape bounds what goes into the flow's address.
var flowIDShape = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`) })

// readLocation reads the flow ID from a sign-on page's address, whatever its
// host: hosted page, custom domain or the application's own login page.
func (a *Authorization) readLocation(env Environment, location string, req *implicit.Request) error {
	u, err := url.Parse(withoutFragment(location))
	if err != nil {
		return fmt.Errorf("authorize: expected a Location that is a URL, found %s", quote(web.WithoutQuery(location)))
	}
	if e, ok := hostedError(u, "authorize", a.Status); ok {
		return e
	}
	query := u.Query()
	if id := query.Get("environmentId"); id != "" && env.id != "" && !strings.EqualFold(id, env.id) {
		return elsewhere("the sign-on page", web.WithoutQuery(location), "one for environment "+env.id+", not "+quote(id))
	}
	id := query.Get("flowId")
	switch {
	case id == "":
		return a.noFlow(env, u)
	case !flowIDShape().MatchString(id) || len(query["flowId"]) > 1:
		return &Error{Kind: KindHosted, Doing: "authorize", Status: a.Status, Message: "the Location holds a flow ID of another shape: " + id}
	case req.ResponseMode == "pi.flow":
		return &Error{Kind: KindHosted, Doing: "authorize", Status: a.Status,
			Message: "response_mode=pi.flow was answered with a redirect to the sign-on page"}
	}
	a.SignOnURL, a.FlowID = u.String(), id
	return nil
}

// noFlow distinguishes a redirect loop from a policy that continues elsewhere: in
// a DaVinci flow or at an external identity provider.
func (a *Authorization) noFlow(env Environment, u *url.URL) error {
	if env.sameOrigin(u) && !leavesFlows(u.Path) {
		message := "the Location leads to " + web.WithoutQuery(u.String()) + " and holds no flowId"
		return &Error{Kind: KindHosted, Doing: "authorize", Status: a.Status, Message: message, own: answered("authorize", a.Status, message)}
	}
	return browserNeeded("", "authorize redirects to "+quote(web.WithoutQuery(u.String()))+
		" without a flowId: an external identity provider or a DaVinci flow")
}

// leavesFlows reports whether a path of the auth host is one where a browser is
// taken through: an identity provider, or a flow of DaVinci.
func leavesFlows(path string) bool {
	return slices.ContainsFunc([]string{"/rp/authenticate", "/experiences/", "/flowExecutions/", "/flowExecutionCallback", "/davinci/"},
		func(route string) bool { return strings.Contains(path, route) })
}

// isDaVinci reports whether a page runs a flow of DaVinci. An application with such
// a policy is answered so, with status 200 and no redirect.
func isDaVinci(page []byte) bool {
	return bytes.Contains(page, []byte("skProps")) || bytes.Contains(page, []byte("dvResponse"))
}

func (a *Authorization) readBody(reply *web.Reply, req *implicit.Request) (err error) {
	piFlow := req.ResponseMode == "pi.flow"
	if reply.MediaType() == "text/html" {
		if piFlow || isDaVinci(reply.Body) {
			return browserNeeded("", "PingOne shows a page, as it does for a DaVinci policy")
		}
		return decodeError(reply, "authorize")
	}
	if !piFlow {
		return unusable(reply, "authorize: expected a redirect")
	}
	a.Flow, err = readFlow(reply, "authorize")
	if err != nil {
		return err
	}
	a.FlowID, a.Response = a.Flow.ID, a.Flow.Response
	return nil
}

func withoutFragment(address string) string {
	before, _, _ := strings.Cut(address, "#")
	return before
}
