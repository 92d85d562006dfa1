package pingone

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// Authorization is PingOne's answer to an authorize request: one of a sign-on
// to be done (FlowID), a flow (Flow, with pi.flow), and the response itself, when
// a session answers at once.
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
	if req.Endpoint != c.Environment.AuthorizeURL() {
		return nil, &implicit.RequestError{Parameter: "authorization endpoint", Problem: fmt.Sprintf(
			"expected the environment's %q, found %q", c.Environment.AuthorizeURL(), req.Endpoint)}
	}
	call, err := req.HTTP()
	if err != nil {
		return nil, err
	}
	answer, err := c.once(ctx, call)
	if err != nil {
		return nil, fmt.Errorf("send authorize request: %w", err)
	}
	auth := &Authorization{Status: answer.Status}
	auth.Response, err = req.ReadAnswer(answer)
	if auth.Response != nil || err != nil {
		return auth, err
	}
	if location, ok := answer.Redirect(); ok {
		return auth, auth.readLocation(c.Environment, location, req)
	}
	if answer.Status != http.StatusOK {
		return auth, decodeError(answer, "authorize")
	}
	return auth, auth.readBody(answer, req)
}

// flowIDShape bounds what goes into the flow's address.
var flowIDShape = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// readLocation reads the flow ID from a sign-on page's address, whatever its
// host: hosted page, custom domain or the application's own login page.
func (a *Authorization) readLocation(env Environment, location string, req *implicit.Request) error {
	u, err := url.Parse(withoutFragment(location))
	if err != nil {
		return fmt.Errorf("authorize: expected a Location that is a URL, found %s", quote(withoutQuery(location)))
	}
	if e, ok := hostedError(u, "authorize", a.Status); ok {
		return e
	}
	query := u.Query()
	if id := query.Get("environmentId"); id != "" && env.ID() != "" && !strings.EqualFold(id, env.ID()) {
		return &OriginError{"the sign-on page", withoutQuery(location), "one for environment " + env.ID() + ", not " + quote(id)}
	}
	id := query.Get("flowId")
	switch {
	case id == "":
		return a.noFlow(env, u)
	case !flowIDShape.MatchString(id) || len(query["flowId"]) > 1:
		return &Error{Kind: KindHosted, Doing: "authorize", Status: a.Status, Message: "the Location holds a flow ID of another shape: " + id}
	case req.ResponseMode == "pi.flow":
		return &Error{Kind: KindHosted, Doing: "authorize", Status: a.Status,
			Message: "response_mode=pi.flow was answered with a redirect to the sign-on page"}
	}
	a.SignOnURL, a.FlowID = u.String(), id
	return nil
}

// noFlow tells a server that sends us in a circle from a policy that goes on
// at another place: a DaVinci flow or an external identity provider.
func (a *Authorization) noFlow(env Environment, u *url.URL) error {
	if env.sameOrigin(u) {
		return &Error{Kind: KindHosted, Doing: "authorize", Status: a.Status,
			Message: "the Location leads to " + withoutQuery(u.String()) + " and holds no flowId"}
	}
	return browserNeeded("", "authorize redirects to "+quote(withoutQuery(u.String()))+
		" without a flowId: an external identity provider or a DaVinci flow")
}

func (a *Authorization) readBody(answer *implicit.Answer, req *implicit.Request) (err error) {
	piFlow := req.ResponseMode == "pi.flow"
	if answer.MediaType() == "text/html" {
		if piFlow {
			return browserNeeded("", "pi.flow was answered with a page, as a DaVinci policy does")
		}
		return decodeError(answer, "authorize")
	}
	if !piFlow {
		return answer.Unusable("authorize: expected a redirect", false)
	}
	a.Flow, err = readFlow(answer, "authorize")
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
