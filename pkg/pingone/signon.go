package pingone

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// Field is one thing a step of the sign-on asks for, by its name in PingOne's
// JSON.
type Field string

// The fields that steps ask for.
const (
	FieldUsername Field = "username"
	FieldPassword Field = "password"
)

// Question is what a flow needs now.
type Question struct {
	Flow   *Flow
	Fields []Field
}

// Answerer answers a sign-on's questions. It is asked only when the flow asks,
// and once for each step.
type Answerer interface {
	Answer(ctx context.Context, q Question) (map[Field]implicit.Secret, error)
}

// step is how one status is answered.
type step struct {
	action string
	fields []Field
}

// nextStep is the state machine: the action that a status wants and what it
// takes. ok is false for a status that has no answer here.
func nextStep(flow *Flow) (s step, ok bool) {
	switch flow.Status {
	case "USERNAME_PASSWORD_REQUIRED":
		return step{"usernamePassword.check", []Field{FieldUsername, FieldPassword}}, true
	case "PASSWORD_REQUIRED":
		return step{"usernamePassword.check", []Field{FieldUsername, FieldPassword}}, true
	case "SIGN_ON_REQUIRED":
		return step{"user.lookup", []Field{FieldUsername}}, true
	}
	return step{}, false
}

// Needs returns what the flow's status asks for; nil for a status that has no
// answer here, and for a flow at its end.
func (f *Flow) Needs() []Field {
	s, _ := nextStep(f)
	return s.fields
}

// SubmitAnswers sends one action of the flow, once: the one that its status asks for
// where action is empty. Fields are asked of answerer.
func (c *Client) SubmitAnswers(ctx context.Context, flow *Flow, action string, answerer Answerer) (*Flow, error) {
	s, ok := nextStep(flow)
	switch {
	case action == "" && (flow.Completed() || flow.Failed()):
		return nil, &ActionError{"a further step", flow.Status, nil}
	case action == "" && !ok:
		return nil, browserNeeded(flow.Status, whyBrowser(flow))
	case action == "" || action == s.action:
		return c.answer(ctx, flow, s, answerer)
	}
	return c.continued(ctx, flow, action, struct{}{})
}

// mostSteps bounds a flow that never comes to an end.
const mostSteps = 20

// CompleteFlow answers the flow until it is completed or failed, and returns it as it
// then is. Every step is sent once: a flow that asks the same again has refused
// the answer. A status without an answer is a [*implicit.InteractionRequiredError].
func (c *Client) CompleteFlow(ctx context.Context, flow *Flow, answerer Answerer) (*Flow, error) {
	var done []string
	for range mostSteps {
		if flow.Completed() || flow.Failed() {
			return flow, nil
		}
		s, ok := nextStep(flow)
		switch {
		case !ok:
			return flow, browserNeeded(flow.Status, whyBrowser(flow))
		case slices.Contains(done, flow.Status):
			return flow, refusedAgain(flow, s.action)
		}
		done = append(done, flow.Status)
		next, err := c.answer(ctx, flow, s, answerer)
		if err != nil {
			return flow, err
		}
		flow = next
	}
	return flow, &Error{Kind: KindFlow, Doing: "sign-on", Status: 200, Message: fmt.Sprintf("no end after %d steps", mostSteps)}
}

// answer asks for the step's fields and sends them. A flow that knows another
// user than the one who is to sign on is reset first.
func (c *Client) answer(ctx context.Context, flow *Flow, s step, answerer Answerer) (*Flow, error) {
	values, err := answerer.Answer(ctx, Question{flow, s.fields})
	if err != nil {
		return nil, err
	}
	if known := flow.User.Username; flow.Status == "PASSWORD_REQUIRED" && known != "" &&
		!strings.EqualFold(known, values[FieldUsername].Reveal()) {
		return c.continued(ctx, flow, "session.reset", struct{}{})
	}
	body := map[string]string{}
	for _, f := range s.fields {
		body[string(f)] = values[f].Reveal()
		if !utf8.ValidString(body[string(f)]) { // JSON would replace what is not, and send another password
			return nil, &implicit.RequestError{Parameter: string(f), Problem: "expected UTF-8"}
		}
	}
	next, err := c.continued(ctx, flow, s.action, body)
	return next, scrubbed(err, values[FieldPassword])
}

// continued submits and carries over what an answer may leave out.
func (c *Client) continued(ctx context.Context, flow *Flow, action string, body any) (*Flow, error) {
	next, err := c.Submit(ctx, flow, action, body)
	if err != nil {
		return nil, err
	}
	if next.ID == "" {
		next.ID = flow.ID
	}
	if next.ResumeURL == "" && next.ID == flow.ID {
		next.ResumeURL = flow.ResumeURL
	}
	if next.Error != nil {
		return nil, inFlowError(next, action)
	}
	return next, nil
}

// inFlowError is the refusal of a step that was answered with 200.
func inFlowError(flow *Flow, action string) *Error {
	e := &Error{Kind: KindFlow, Doing: action, Status: 200, Code: flow.Error.Code, Message: flow.Error.Message,
		CorrelationID: cmp.Or(CorrelationID(flow.Error.Message), flow.correlationID)}
	e.setReason()
	e.ofAction(action)
	return e
}

func refusedAgain(flow *Flow, action string) *Error {
	e := &Error{Kind: KindFlow, Doing: action, Status: 200, Code: flow.Status, Message: "the flow asks the same again",
		CorrelationID: flow.correlationID}
	e.ofAction(action)
	return e
}

// ofAction reads an error of the check of user name and password: PingOne's
// answers to wrong credentials differ, and none says which of the two it was.
func (e *Error) ofAction(action string) {
	if action != "usernamePassword.check" || e.Reason != ReasonOther {
		return
	}
	if e.Kind == KindFlow || e.Code == "INVALID_CREDENTIALS" || e.has("INVALID_CREDENTIALS", "") ||
		e.has("INVALID_VALUE", "username") || e.has("INVALID_VALUE", "password") {
		e.Reason = ReasonWrongCredentials
	}
}

// whyBrowser says in words what a status without an answer asks for.
func whyBrowser(flow *Flow) string {
	why, ok := map[string]string{
		"PASSWORD_EXPIRED":                 "the password is too old and must be changed",
		"MUST_CHANGE_PASSWORD":             "the password was set by an administrator and must be changed",
		"RECOVERY_CODE_REQUIRED":           "the password is being recovered",
		"VERIFICATION_CODE_REQUIRED":       "the e-mail address must be verified",
		"DEVICE_SELECTION_REQUIRED":        "the policy asks for a second factor, with a choice of devices",
		"OTP_REQUIRED":                     "the policy asks for a one-time passcode",
		"PUSH_CONFIRMATION_REQUIRED":       "the policy asks for a confirmation on a phone",
		"PUSH_CONFIRMATION_TIMED_OUT":      "the confirmation on the phone did not come in time",
		"ASSERTION_REQUIRED":               "the policy asks for a FIDO2 device, which works at PingOne's own page only",
		"ACCOUNT_LINKING_REQUIRED":         "an external account must be linked",
		"ACCOUNT_CONFIRMATION_REQUIRED":    "the account must be confirmed",
		"EXTERNAL_AUTHENTICATION_REQUIRED": "the policy goes on at an external identity provider",
		"PROFILE_DATA_REQUIRED":            "the profile must be completed",
		"AGREEMENT_CONSENT_REQUIRED":       "an agreement must be accepted",
	}[flow.Status]
	if !ok {
		return "a step that only the sign-on page can answer"
	}
	return why
}
