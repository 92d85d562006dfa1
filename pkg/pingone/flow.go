package pingone

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/internal/web"
)

// Flow is the state of one sign-on: PingOne's flow JSON.
type Flow struct {
	ID        string
	Status    string // as sent; see Completed and Failed
	ResumeURL string
	ExpiresAt time.Time

	Application    string            // its name
	User           User              // empty before one is known
	Authenticators []string          // the methods done so far (RFC 8176): pwd, otp, …
	Links          map[string]string // by name; nil where the flow has no _links at all
	Error          *Error            // why the last action was refused, or the flow failed; nil: it does not say

	Devices          []Device
	SelectedDevice   string      // the ID of the one that a passcode or a push is for
	PasswordPolicy   []string    // what a new password must be, in words; nil where the flow has no policy
	Attributes       []Attribute // what PROFILE_DATA_REQUIRED asks for
	PromptText       string      // of the same
	IdentityProvider string      // the name of the one that the sign-on goes on at

	// Texts are the other texts of the flow by their name, as they were received:
	// "agreement.title". What a status says to the user is among them where this
	// package has no field for it.
	Texts map[string]string

	// Response is the authorization response of a completed pi.flow; nil where
	// only resume gives it.
	Response *implicit.Response

	// Fields are the values that the status asks for; empty for a status that
	// this package does not answer, and for a flow at its end.
	Fields []Field

	correlationID string // of the answer's headers
}

// User is the user a flow knows.
type User struct {
	ID       string `json:"id"`
	Username string `json:"username"`
}

// Attribute is one value of a profile.
type Attribute struct {
	Name        string // its [Field]: "email", "name.given"
	DisplayName string
}

// Completed reports whether the sign-on is done and resume gives the tokens.
// COMPLETE is a misprint of one documentation page.
func (f *Flow) Completed() bool { return f.Status == "COMPLETED" || f.Status == "COMPLETE" }

// Failed reports whether the sign-on ended without success; resume then gives
// the error.
func (f *Flow) Failed() bool { return f.Status == "FAILED" }

// Actions returns the names of the actions offered now, sorted.
func (f *Flow) Actions() []string {
	var names []string
	for name := range f.Links {
		if name != "self" && name != "signOnPage" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// ReadFlow reads the sign-on flow id. It may be repeated by itself.
func (c *Client) ReadFlow(ctx context.Context, id string) (*Flow, error) {
	if !flowIDShape().MatchString(id) {
		return nil, &implicit.RequestError{Parameter: "flow ID", Problem: "expected one such as 0e1f2a3b-4c5d-4e6f-8a7b-9c0d1e2f3a4b, found " + quote(id)}
	}
	req, err := http.NewRequest(http.MethodGet, c.Environment.flowURL(id), nil)
	if err != nil {
		return nil, fmt.Errorf("read flow: %w", err)
	}
	_, reply, err := c.send(web.Repeatable(ctx), implicit.LegFlow, req)
	if err != nil {
		return nil, fmt.Errorf("read flow: %w", err)
	}
	if reply.Status != http.StatusOK {
		err := decodeError(reply, "read flow")
		var refused *Error
		if errors.As(err, &refused) {
			refused.of(action{})
		}
		return nil, err
	}
	return readFlow(reply, "read flow")
}

// Submit sends one action of flow, once: name is the action as PingOne spells it
// ("usernamePassword.check"), which becomes the media type; body is its JSON. The
// flow that is returned may have another ID.
func (c *Client) Submit(ctx context.Context, flow *Flow, name string, body any) (*Flow, error) {
	address, err := c.actionURL(flow, name)
	if err != nil {
		return nil, err
	}
	payload, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("%s: write its JSON: %w", name, err)
	}
	req, err := http.NewRequest(http.MethodPost, address, bytes.NewReader(payload))
	if err != nil {
		return nil, fmt.Errorf("%s: expected a URL as its link: %w", name, err)
	}
	req.Header.Set("Content-Type", "application/vnd.pingidentity."+name+"+json")
	_, reply, err := c.send(ctx, implicit.LegAction, req)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if reply.Status == http.StatusNoContent {
		return c.ReadFlow(ctx, flow.ID)
	}
	if reply.Status != http.StatusOK {
		err := decodeError(reply, name)
		var refused *Error
		if errors.As(err, &refused) {
			refused.of(actionNamed(name))
		}
		return nil, err
	}
	return readFlow(reply, name)
}

// refusal returns the error of a flow that refused the action; nil: it did not.
func (f *Flow) refusal(a action) error {
	if f.Error == nil {
		return nil
	}
	if !f.Failed() {
		f.Error.of(a)
	}
	f.Error.Doing = a.name
	return f.failure()
}

// failure returns why the flow has failed.
func (f *Flow) failure() *Error {
	f.Error.CorrelationID = cmp.Or(f.Error.CorrelationID, f.correlationID)
	return f.Error
}

// refusedAgain is the refusal of a flow that says so only by asking again.
func refusedAgain(flow *Flow, a action) *Error {
	e := &Error{Kind: KindFlow, Doing: a.name, Status: 200, Code: flow.Status, Message: "the flow asks for the same again",
		CorrelationID: flow.correlationID}
	e.of(a)
	return e
}

// actionURL takes the action's own link. A flow without _links, which does not say
// what it offers, is asked at its own address: all links name that today.
func (c *Client) actionURL(flow *Flow, name string) (string, error) {
	link, ok := flow.Links[name]
	switch {
	case ok:
		return c.checked("action link", link)
	case flow.Links != nil:
		return "", notOffered(name, flow)
	}
	return c.Environment.flowURL(flow.ID), nil
}
