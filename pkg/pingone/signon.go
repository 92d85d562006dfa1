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

// action is how one status is answered.
type action struct {
	name   string // as PingOne spells it
	fields []Field
}

// nextAction is the state machine: the action that a status asks for and what it
// takes. ok is false for a status that this package does not answer.
func nextAction(flow *Flow) (a action, ok bool) {
	switch flow.Status {
	case "USERNAME_PASSWORD_REQUIRED", "PASSWORD_REQUIRED":
		return action{"usernamePassword.check", []Field{FieldUsername, FieldPassword}}, true
	case "SIGN_ON_REQUIRED":
		return action{"user.lookup", []Field{FieldUsername}}, true
	}
	return action{}, false
}

// SubmitAnswers sends one action of the flow, once, with answers of answerer: the
// action that the status asks for if name is empty. An action that takes no answers
// is sent without any.
func (c *Client) SubmitAnswers(ctx context.Context, flow *Flow, name string, answerer Answerer) (*Flow, error) {
	next, ok := nextAction(flow)
	switch {
	case name == "" && (flow.Completed() || flow.Failed()):
		return nil, &ActionError{"a further action", flow.Status, nil}
	case name == "" && !ok:
		return nil, browserNeeded(flow.Status, whyBrowser(flow))
	case name == "" || name == next.name:
		return c.answer(ctx, flow, next, answerer)
	}
	return c.submit(ctx, flow, name, struct{}{})
}

// maxActions bounds a flow that never ends.
const maxActions = 20

// CompleteFlow answers the flow until it is completed or failed, and returns it in
// its last state. No status is answered twice: a flow that asks the same again has
// refused the answer. A status that this package does not answer is an
// [*implicit.InteractionRequiredError].
func (c *Client) CompleteFlow(ctx context.Context, flow *Flow, answerer Answerer) (*Flow, error) {
	var done []string
	for range maxActions {
		if flow.Completed() || flow.Failed() {
			return flow, nil
		}
		next, ok := nextAction(flow)
		switch {
		case !ok:
			return flow, browserNeeded(flow.Status, whyBrowser(flow))
		case slices.Contains(done, flow.Status):
			return flow, refusedAgain(flow, next.name)
		}
		done = append(done, flow.Status)
		answered, err := c.answer(ctx, flow, next, answerer)
		if err != nil {
			return flow, err
		}
		flow = answered
	}
	return flow, &Error{Kind: KindFlow, Doing: "sign-on", Status: 200, Message: fmt.Sprintf("not completed after %d actions", maxActions)}
}

// answer gets the action's fields and sends them. A flow that knows another user
// than the one who is to sign on is reset first.
func (c *Client) answer(ctx context.Context, flow *Flow, a action, answerer Answerer) (*Flow, error) {
	if _, err := c.actionURL(flow, a.name); err != nil { // before a user is asked for anything
		return nil, err
	}
	answered, err := answerer.Answer(ctx, Question{Flow: flow, Fields: a.fields, Attempt: 1})
	if err != nil {
		return nil, err
	}
	values := answered.Values
	if known := flow.User.Username; flow.Status == "PASSWORD_REQUIRED" && known != "" &&
		!strings.EqualFold(known, values[FieldUsername].Reveal()) {
		return c.submit(ctx, flow, "session.reset", struct{}{})
	}
	body := map[string]string{}
	for _, f := range a.fields {
		body[string(f)] = values[f].Reveal()
		if !utf8.ValidString(body[string(f)]) { // JSON would replace the bytes, and send another password
			return nil, &implicit.RequestError{Parameter: string(f), Problem: "expected UTF-8"}
		}
	}
	next, err := c.submit(ctx, flow, a.name, body)
	return next, scrubbed(err, values[FieldPassword])
}

// submit sends an action and carries over what the answer may leave out.
func (c *Client) submit(ctx context.Context, flow *Flow, name string, body any) (*Flow, error) {
	next, err := c.Submit(ctx, flow, name, body)
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
		return nil, inFlowError(next, name)
	}
	return next, nil
}

// inFlowError is the refusal of an action that was answered with 200.
func inFlowError(flow *Flow, name string) *Error {
	e := &Error{Kind: KindFlow, Doing: name, Status: 200, Code: flow.Error.Code, Message: flow.Error.Message,
		CorrelationID: cmp.Or(CorrelationID(flow.Error.Message), flow.correlationID)}
	e.setReason()
	e.ofAction(name)
	return e
}

func refusedAgain(flow *Flow, name string) *Error {
	e := &Error{Kind: KindFlow, Doing: name, Status: 200, Code: flow.Status, Message: "the flow asks the same again",
		CorrelationID: flow.correlationID}
	e.ofAction(name)
	return e
}

// ofAction reads an error of the check of user name and password: PingOne's
// answers to wrong credentials differ, and none says which of the two it was.
func (e *Error) ofAction(name string) {
	if name != "usernamePassword.check" || e.Reason != ReasonOther {
		return
	}
	if e.Kind == KindFlow || e.Code == "INVALID_CREDENTIALS" || e.has("INVALID_CREDENTIALS", "") ||
		e.has("INVALID_VALUE", "username") || e.has("INVALID_VALUE", "password") {
		e.Reason = ReasonWrongCredentials
	}
}

// whyBrowser says in words what a status that this package does not answer asks for.
func whyBrowser(flow *Flow) string {
	why, ok := map[string]string{
		"PASSWORD_EXPIRED":                 "the password has expired and must be changed",
		"MUST_CHANGE_PASSWORD":             "the password was set by an administrator and must be changed",
		"RECOVERY_CODE_REQUIRED":           "the password is being recovered",
		"VERIFICATION_CODE_REQUIRED":       "the e-mail address must be verified",
		"DEVICE_SELECTION_REQUIRED":        "the policy asks for a second factor, with a choice of devices",
		"OTP_REQUIRED":                     "the policy asks for a one-time passcode",
		"PUSH_CONFIRMATION_REQUIRED":       "the policy asks for a confirmation on a phone",
		"PUSH_CONFIRMATION_TIMED_OUT":      "the confirmation on the phone timed out",
		"ASSERTION_REQUIRED":               "the policy asks for a FIDO2 device, which works only on PingOne's own page",
		"ACCOUNT_LINKING_REQUIRED":         "an external account must be linked",
		"ACCOUNT_CONFIRMATION_REQUIRED":    "the account must be confirmed",
		"EXTERNAL_AUTHENTICATION_REQUIRED": "the policy continues at an external identity provider",
		"PROFILE_DATA_REQUIRED":            "the profile must be completed",
		"AGREEMENT_CONSENT_REQUIRED":       "an agreement must be accepted",
	}[flow.Status]
	if !ok {
		return "only the sign-on page can answer it"
	}
	return why
}
