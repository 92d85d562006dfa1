package pingone

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// SubmitAnswers sends one action of the flow, once, with values of answerer: the
// action that the status asks for if name is empty. An action that takes no values
// is sent without any. A push is looked at once.
func (c *Client) SubmitAnswers(ctx context.Context, flow *Flow, name string, answerer Answerer) (*Flow, error) {
	st := statusOf(flow)
	switch {
	case name != "":
		st = status{name: flow.Status, action: actionNamed(name)}
	case flow.Completed() || flow.Failed():
		return nil, notOffered("a further action", flow)
	case !st.answerable(flow):
		return nil, browserNeeded(flow.Status, whyBrowser(flow))
	case st.action.name == waitForPush.name:
		return c.ReadFlow(ctx, flow.ID)
	}
	s := &signOn{Client: c, answerer: answerer}
	a, v := st.action, values(nil)
	if err := s.offered(flow, a); err != nil {
		return nil, err
	}
	if fields := a.takes(flow); fields != nil {
		var err error
		if a, v, err = s.ask(ctx, flow, st); err != nil {
			return nil, err
		}
	}
	if a.name == checkPassword.name && s.anotherUser(flow, v) {
		a = resetSession
	}
	next, err := s.send(ctx, flow, a, v)
	if err != nil {
		return nil, err
	}
	return next, nil
}

// send sends an action, once. With an error inside of the flow, the flow is
// returned too.
func (s *signOn) send(ctx context.Context, flow *Flow, a action, v values) (*Flow, error) {
	body, err := s.body(a, flow, v)
	if err != nil {
		return nil, err
	}
	if err := s.selects(flow, a, v); err != nil {
		return nil, err
	}
	s.actions++
	s.pushSince = time.Time{}
	next, err := s.Submit(ctx, flow, a.name, body)
	if err == nil {
		next = next.after(flow)
		err = next.refusal(a)
	}
	if err == nil && a.name == selectDevice.name {
		next.SelectedDevice = cmp.Or(next.SelectedDevice, s.selected) // not all flows say it
	}
	for _, f := range []Field{FieldPassword, FieldNewPassword, FieldPasscode, FieldRecoveryCode, FieldVerificationCode} {
		err = scrubbed(err, v[f])
	}
	return next, err
}

// body returns the action's JSON. It refuses values that were sent before.
func (s *signOn) body(a action, flow *Flow, v values) (json.RawMessage, error) {
	for f, value := range v {
		if !utf8.ValidString(value.Reveal()) { // JSON would replace the bytes, and send another password
			return nil, &implicit.RequestError{Parameter: string(f), Problem: "expected UTF-8"}
		}
	}
	members, err := a.json(flow, v)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(members)
	if err != nil {
		return nil, fmt.Errorf("%s: write its JSON: %w", a.name, err)
	}
	if a.again == nil {
		return body, nil
	}
	this := implicit.NewSecret(a.name + string(body))
	if slices.ContainsFunc(s.sent, func(sent implicit.Secret) bool { return sent.Reveal() == this.Reveal() }) {
		if s.refused != nil {
			return nil, s.refused
		}
		return nil, &implicit.InteractionRequiredError{Code: flow.Status, Needs: implicit.NeedsAnswer,
			Reason: "the flow asks for a value other than the one sent before"}
	}
	s.sent = append(s.sent, this)
	return body, nil
}

// after carries over what an answer may leave out.
func (f *Flow) after(before *Flow) *Flow {
	if f.ID == "" {
		f.ID = before.ID
	}
	if f.ResumeURL == "" && f.ID == before.ID {
		f.ResumeURL = before.ResumeURL
	}
	return f
}
