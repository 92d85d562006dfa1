package pingone

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// The bounds of a sign-on.
const (
	maxActions = 25 // of a flow that never ends
	maxTries   = 3  // of the values for one status
)

// signOn answers one flow, status by status. Its rule is that no value is sent
// twice: failures are counted, and lock users out.
type signOn struct {
	*Client
	answerer Answerer

	actions   int       // sent so far
	tries     int       // values that were refused for the present status
	refused   error     // why the last ones were
	pushSince time.Time // of the first look after the last action
	looks     int       // at the present push; or agreements in a row

	sent     []implicit.Secret // actions with their values
	password implicit.Secret   // that the flow took
	changed  bool              // it is a new one
	reset    bool              // the flow's user is the one who is to sign on
	selected string            // the device that was selected last
}

// completeFlow answers the flow until it is completed or has failed, and returns
// it in its last state. A status that this package does not answer is an
// [*implicit.InteractionRequiredError].
func (c *Client) completeFlow(ctx context.Context, flow *Flow, answerer Answerer) (*Flow, error) {
	s := &signOn{Client: c, answerer: answerer}
	for s.actions < maxActions {
		switch {
		case flow.Failed() && flow.Error != nil:
			return flow, flow.failure()
		case flow.Completed() || flow.Failed():
			return flow, nil
		}
		next, err := s.step(ctx, flow)
		if err != nil {
			return flow, err
		}
		flow = next
	}
	return flow, &Error{Kind: KindFlow, Doing: "sign-on", Status: 200, Message: fmt.Sprintf("not completed after %d actions", maxActions)}
}

// step answers the flow's status once. What is refused, and may be answered
// otherwise, is no error: the status is asked again.
func (s *signOn) step(ctx context.Context, flow *Flow) (*Flow, error) {
	st := statusOf(flow)
	if !st.answerable(flow) {
		return nil, browserNeeded(flow.Status, whyBrowser(flow))
	}
	if flow.Status == "PUSH_CONFIRMATION_TIMED_OUT" && s.refused == nil {
		s.refused = pushTimedOut("PingOne no longer waits")
	}
	asked := s.now()
	a, v, err := s.ask(ctx, flow, st)
	switch {
	case err != nil:
		return nil, err
	case a.name == waitForPush.name:
		next, err := s.awaitPush(ctx, flow, asked)
		return s.moved(flow, next), err
	case a.name == checkPassword.name && s.anotherUser(flow, v):
		s.reset = true
		next, err := s.send(ctx, flow, resetSession, nil)
		return s.moved(flow, next), err
	}
	next, err := s.send(ctx, flow, a, v)
	var refused *Error
	if err == nil && a.name == st.action.name && s.asksAgain(flow, next, a) {
		err = refusedAgain(next, a)
	}
	switch {
	case err == nil:
		s.accepted(a, v)
		return s.moved(flow, next), nil
	case errors.As(err, &refused) && s.mayAskAgain(a, refused):
		return s.again(ctx, flow, next, a, refused)
	}
	return nil, err
}

// ask gets the values of the status's action, or of another that the answerer
// chooses.
func (s *signOn) ask(ctx context.Context, flow *Flow, st status) (action, values, error) {
	a, offered := st.action, st.choices(flow)
	if err := s.offered(flow, a); err != nil { // before a user is asked for anything
		return a, nil, err
	}
	q := Question{Flow: flow, Fields: s.missing(a, flow, nil), Instead: offered, Refused: s.refused, Attempt: 1 + s.tries + s.looks}
	answer, err := s.answerer.Answer(ctx, q)
	if err != nil {
		return a, nil, err
	}
	if answer.Choice != "" {
		if !q.Offers(answer.Choice) {
			return a, nil, notOffered(string(answer.Choice), flow)
		}
		if answer.Choice == InBrowser {
			return a, nil, browserNeeded(flow.Status, whyBrowser(flow))
		}
		a = st.chosen(answer.Choice, flow)
		if missing := s.missing(a, flow, answer.Values); missing != nil {
			if answer, err = s.answerer.Answer(ctx, Question{Flow: flow, Fields: missing, Attempt: 1}); err != nil {
				return a, nil, err
			}
		}
	}
	if missing := s.missing(a, flow, answer.Values); missing != nil {
		return a, nil, notGiven(missing[0])
	}
	v := values{}
	maps.Copy(v, answer.Values)
	if s.knowsPassword(a) {
		v[FieldPassword] = s.password
	}
	return a, v, s.offered(flow, a)
}

// knowsPassword reports whether the action takes the password that the flow took
// before: to change it, or, changed, to sign on with.
func (s *signOn) knowsPassword(a action) bool {
	return !s.password.Empty() && (a.name == resetPassword.name || a.name == checkPassword.name && s.changed)
}

// offered checks that the flow takes an action now.
func (s *signOn) offered(flow *Flow, a action) error {
	if a.name == waitForPush.name {
		return nil
	}
	_, err := s.actionURL(flow, a.name)
	return err
}

// missing returns the fields of an action that have no value.
func (s *signOn) missing(a action, flow *Flow, given values) (fields []Field) {
	for _, f := range a.takes(flow) {
		if given[f].Empty() && (f != FieldPassword || !s.knowsPassword(a)) {
			fields = append(fields, f)
		}
	}
	return fields
}

// anotherUser reports whether the flow knows another user, from an earlier
// sign-on, than the one who is to sign on.
func (s *signOn) anotherUser(flow *Flow, v values) bool {
	name := v[FieldUsername].Reveal()
	return flow.Status == "PASSWORD_REQUIRED" && !s.reset && name != "" && flow.User.Username != "" && !strings.EqualFold(name, flow.User.Username)
}

// accepted remembers the password that a later status may ask for again.
func (s *signOn) accepted(a action, v values) {
	switch a.name {
	case lookUpUser.name:
		s.reset = true // whatever the flow calls this user
	case checkPassword.name:
		s.password = v[FieldPassword]
	case resetPassword.name, recoverPassword.name:
		s.password, s.changed = v[FieldNewPassword], true
	}
}

// moved forgets what was counted for the status that the flow has left.
func (s *signOn) moved(flow, next *Flow) *Flow {
	if next == nil {
		return nil
	}
	if next.Status != flow.Status || next.SelectedDevice != flow.SelectedDevice {
		s.tries, s.looks = 0, 0
	}
	s.refused = nil
	return next
}

// mayAskAgain reports whether another value may be sent. None is after a lock-out
// or a cool-down, where one failure more would cause one, and after an answer that
// was refused before.
func (s *signOn) mayAskAgain(a action, e *Error) bool {
	return slices.Contains(a.again, e.Reason) && s.tries+1 < maxTries && !e.lastTry && !errors.Is(s.refused, e)
}

// again returns the flow that the status is asked of again: the one that refused,
// or, where the refusal was no flow, the one that PingOne has now.
func (s *signOn) again(ctx context.Context, flow, next *Flow, a action, refused *Error) (*Flow, error) {
	if next == nil {
		var err error
		if next, err = s.ReadFlow(ctx, flow.ID); err != nil {
			return nil, refused
		}
		next = next.after(flow)
	}
	if next.Status != flow.Status || !next.offers(a.name) {
		return nil, refused
	}
	s.tries, s.refused = s.tries+1, refused
	return next, nil
}

// maxAgreements bounds agreements in a row.
const maxAgreements = 5

// asksAgain reports whether the flow has not moved, and so has refused the values.
// A consent is no value that could be wrong: the flow asks for another one.
func (s *signOn) asksAgain(flow, next *Flow, a action) bool {
	if next.Status != flow.Status {
		return false
	}
	if a.name == consent.name {
		s.looks++
		return s.looks == maxAgreements
	}
	return next.SelectedDevice == flow.SelectedDevice &&
		slices.Equal(next.Attributes, flow.Attributes) && maps.Equal(next.Texts, flow.Texts)
}
