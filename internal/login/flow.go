package login

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/internal/session"
	"github.com/implicit-cli/implicit/internal/state"
	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// Authorize sends the authorize request alone, and keeps the flow it opens for
// the next command. Where the provider answers with tokens at once, the outcome
// is returned instead.
func (s *Service) Authorize(ctx context.Context, req *implicit.Request) (*pingone.Authorization, *Outcome, error) {
	if s.provider.pingOne == nil {
		resp, err := req.Send(ctx, s.provider.http)
		if err != nil {
			return nil, nil, s.refusal(ctx, req, resp, err)
		}
		return s.authorized(ctx, req, resp)
	}
	client := s.client(pingone.Session{})
	auth, err := client.Authorize(ctx, req)
	s.warnDropped(client)
	if err != nil {
		var resp *implicit.Response
		if auth != nil {
			resp = auth.Response
		}
		return nil, nil, explain(s.refusal(ctx, req, resp, err), req)
	}
	if auth.Response != nil {
		return s.authorized(ctx, req, auth.Response)
	}
	flow := &session.Flow{AuthURL: s.provider.pingOne.AuthURL(), Request: req, Session: client.Session}
	switch err := s.Flows.Save(ctx, auth.FlowID, flow); {
	case err != nil:
		var noPlace *state.NoPlaceError
		if errors.As(err, &noPlace) && s.Settings.Store == "" && !s.Settings.Provider.Sandbox { // said when the store was opened
			err = errors.New("the flow is not stored either")
		}
		s.UI.Warn("the sign-on can only be finished with the session cookie: %v", err)
	case !s.Flows.Sealed():
		s.UI.Say("the flow and its session cookie are kept for 15 minutes, in a file that is not sealed (--store none)")
	}
	return auth, nil, nil
}

func (s *Service) authorized(ctx context.Context, req *implicit.Request, resp *implicit.Response) (*pingone.Authorization, *Outcome, error) {
	out := &Outcome{Request: req, Response: resp}
	if err := s.verify(ctx, out); err != nil {
		return nil, nil, err
	}
	return nil, out, out.Result.Err()
}

// openFlow is a flow that an earlier command, or another program, began.
type openFlow struct {
	id     string
	client *pingone.Client
	saved  *session.Flow // nil where nothing was kept
}

// open finds the flow. A session token that is given replaces the saved cookies.
func (s *Service) open(ctx context.Context, id string, token implicit.Secret) (*openFlow, error) {
	saved, err := s.Flows.Load(ctx, id)
	if err != nil {
		return nil, err
	}
	p, err := s.connect(ctx)
	if err != nil {
		return nil, err
	}
	if p.pingOne == nil {
		return nil, s.Settings.Problem("issuer", "a sign-on flow is PingOne's, and this names another provider")
	}
	f := &openFlow{id, s.client(pingone.Session{}), saved}
	if saved != nil && saved.AuthURL == p.pingOne.AuthURL() {
		f.client.Session = s.learnSession(saved.Session)
	}
	if !token.Empty() {
		f.client.Session = pingone.SessionFromToken(token)
	}
	return f, nil
}

// ReadFlow reads the flow.
func (s *Service) ReadFlow(ctx context.Context, id string, token implicit.Secret) (*pingone.Flow, error) {
	f, err := s.open(ctx, id, token)
	if err != nil {
		return nil, err
	}
	flow, err := f.client.ReadFlow(ctx, id)
	s.save(ctx, f, flow)
	s.warnDropped(f.client)
	return flow, err
}

// Fields are given for one action, by their names, with dots where they are nested.
type Fields map[string]implicit.Secret

// SubmitFlow sends one action of the flow, once: the one that its status asks for
// where action is empty. Fields that the action does not take are sent as they are,
// in the body; of those that it takes the missing ones are asked for.
func (s *Service) SubmitFlow(ctx context.Context, id string, token implicit.Secret, action string, fields Fields, body json.RawMessage) (*pingone.Flow, error) {
	f, err := s.open(ctx, id, token)
	if err != nil {
		return nil, err
	}
	flow, err := f.client.ReadFlow(ctx, id)
	if err == nil {
		flow.ID = cmp.Or(flow.ID, id)
		flow, err = s.submit(ctx, f.client, flow, action, fields, body)
	}
	s.save(ctx, f, flow)
	s.warnDropped(f.client)
	return flow, err
}

func (s *Service) submit(ctx context.Context, c *pingone.Client, flow *pingone.Flow, action string, fields Fields, body json.RawMessage) (*pingone.Flow, error) {
	takes := flow.Fields
	if action != "" {
		takes = flow.Takes(action)
	}
	s.Credentials.Fields = map[pingone.Field]implicit.Secret{}
	for name, value := range fields {
		if !slices.Contains(takes, pingone.Field(name)) {
			if action == "" {
				return nil, fault.Usagef("the flow does not ask for %q now, but for %q; name the action that takes it", name, takes)
			}
			return c.Submit(ctx, flow, action, body)
		}
		s.Credentials.Fields[pingone.Field(name)] = value
	}
	next, err := c.SubmitAnswers(ctx, flow, action, s.answers())
	if err == nil {
		s.Credentials.Completed()
	}
	return next, err
}

// save keeps the flow, under its new ID too where it has one.
func (s *Service) save(ctx context.Context, f *openFlow, flow *pingone.Flow) {
	if f.saved == nil {
		return
	}
	f.saved.Session = f.client.Session
	ids := []string{f.id}
	if flow != nil {
		f.saved.Response, f.saved.ResumeURL = flow.Response, flow.ResumeURL
		if flow.ID != "" && flow.ID != f.id {
			ids = append(ids, flow.ID)
		}
	}
	var failed error
	for _, id := range ids {
		failed = errors.Join(failed, s.Flows.Save(ctx, id, f.saved))
	}
	if failed != nil {
		s.UI.Warn("%v", failed)
	}
}

// NoSessionError says that a flow cannot be resumed: nothing of it is saved and
// no session cookie is given.
type NoSessionError struct{ FlowID string }

func (e *NoSessionError) Error() string {
	return "no saved state for flow " + e.FlowID + ", and no session cookie was given: IMPLICIT_SESSION_TOKEN or --session-token-file"
}

// Resume exchanges the completed flow for the tokens, once, verifies them and
// stores them like a login.
func (s *Service) Resume(ctx context.Context, id string, token implicit.Secret) (*Outcome, error) {
	f, err := s.open(ctx, id, token)
	if err != nil {
		return nil, err
	}
	if f.client.Session.Empty() && f.saved == nil {
		return nil, &NoSessionError{id}
	}
	req, err := s.requestOf(ctx, f)
	if err != nil {
		return nil, err
	}
	s.provider.verifier.ClientID = req.ClientID
	flow := &pingone.Flow{ID: id}
	if f.saved != nil {
		flow.ResumeURL, flow.Response = f.saved.ResumeURL, f.saved.Response
	}
	resp, err := f.client.Resume(s.prefetchAlong(ctx), flow, req)
	s.warnDropped(f.client)
	if err != nil {
		return nil, s.refusal(ctx, req, resp, err)
	}
	s.Flows.Forget(id)
	out := &Outcome{Request: req, Response: resp, Session: f.client.Session}
	if f.saved == nil {
		err = s.verifyUnknown(ctx, out)
	} else {
		err = s.verify(ctx, out)
	}
	if err == nil && out.Result.Valid() {
		s.keep(ctx, out, ViaTerminal)
	}
	if err != nil {
		return nil, err
	}
	return out, out.Result.Err()
}

// requestOf returns the request that was sent. Of a flow that another program
// began, only what the settings say is known: state and nonce are not made up.
func (s *Service) requestOf(ctx context.Context, f *openFlow) (*implicit.Request, error) {
	if f.saved != nil {
		return f.saved.Request, nil
	}
	req, err := s.Request(ctx, "")
	if err == nil {
		req.State, req.Nonce = s.Settings.State, s.Settings.Nonce
	}
	return req, err
}
