package pingone

import (
	"slices"
	"strings"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// status is a row of the sign-on's table: what a flow asks for, and how it is
// answered.
type status struct {
	name    string
	action  action            // with no name: only a browser can answer
	instead map[Choice]action // what may be sent in its place, where the flow offers it
	why     string            // what it asks for, in words
}

type choices = map[Choice]action

// statuses is the sign-on. A status that is not in it can be answered only by a
// browser, or by [Client.Submit].
func statuses() []status {
	return []status{
		{"USERNAME_PASSWORD_REQUIRED", checkPassword, choices{Recover: forgotPassword}, "the policy asks for a user name and a password"},
		{"PASSWORD_REQUIRED", checkPassword, choices{Recover: forgotPassword}, "the policy asks for the password"},
		{"SIGN_ON_REQUIRED", lookUpUser, nil, "the policy asks for a user name"},
		{"PASSWORD_EXPIRED", resetPassword, nil, "the password has expired and must be changed"},
		{"MUST_CHANGE_PASSWORD", resetPassword, nil, "the password was set by an administrator and must be changed"},
		{"RECOVERY_CODE_REQUIRED", recoverPassword, choices{Resend: sendRecoveryCode}, "the password is being recovered"},
		{"VERIFICATION_CODE_REQUIRED", verifyUser, choices{Resend: sendVerificationCode}, "the e-mail address must be verified"},
		{"DEVICE_SELECTION_REQUIRED", selectDevice, nil, "the policy asks for a second factor, with a choice of devices"},
		{"OTP_REQUIRED", checkPasscode, choices{Resend: sendAgain, OtherDevice: selectDevice}, "the policy asks for a one-time passcode"},
		{"PUSH_CONFIRMATION_REQUIRED", waitForPush, choices{OtherDevice: selectDevice}, "the policy asks for a confirmation on a phone"},
		{"PUSH_CONFIRMATION_TIMED_OUT", selectDevice, choices{Resend: sendAgain}, "the confirmation on the phone timed out"},
		{"AGREEMENT_CONSENT_REQUIRED", consent, nil, "an agreement must be accepted"},
		{"PROFILE_DATA_REQUIRED", updateProfile, nil, "the profile must be completed"},

		{"ASSERTION_REQUIRED", selectDevice, choices{InBrowser: {}}, "the policy asks for a FIDO2 device, which works only on PingOne's own page"},
		{"EXTERNAL_AUTHENTICATION_REQUIRED", action{}, nil, "the policy continues at an external identity provider"},
		{"ACCOUNT_LINKING_REQUIRED", action{}, nil, "an external account must be linked"},
		{"ACCOUNT_CONFIRMATION_REQUIRED", action{}, nil, "the account must be confirmed"},
	}
}

// statusOf returns the row of the flow's status; that of an unknown one has no
// action.
func statusOf(flow *Flow) status {
	for _, s := range statuses() {
		if s.name == flow.Status {
			return s
		}
	}
	return status{name: flow.Status, why: "only the sign-on page can answer it"}
}

// answerable reports whether this package can answer the status of this flow.
func (s status) answerable(flow *Flow) bool {
	switch s.name {
	case "PROFILE_DATA_REQUIRED":
		return len(flow.Attributes) > 0 && !slices.ContainsFunc(flow.Attributes, Attribute.isCredential)
	case "ASSERTION_REQUIRED": // by another device
		return flow.Links[selectDevice.name] != "" && flow.hasDeviceFor(OtherDevice, selectDevice)
	}
	return s.action.name != ""
}

// whyBrowser says in words what a status that this package does not answer asks for.
func whyBrowser(flow *Flow) string {
	why := statusOf(flow).why
	if flow.IdentityProvider != "" {
		why += ", " + quote(flow.IdentityProvider)
	}
	switch {
	case flow.Status != "PROFILE_DATA_REQUIRED":
	case len(flow.Attributes) == 0:
		why += ", and the flow does not say with what"
	default:
		why += ", and the flow asks for something that is not part of a profile"
	}
	return why
}

// choices returns what the flow offers instead, in a fixed order.
func (s status) choices(flow *Flow) (offered []Choice) {
	for _, c := range []Choice{Resend, OtherDevice, Recover, InBrowser} {
		if a, ok := s.instead[c]; ok && (c == InBrowser || flow.offers(a.name)) && flow.hasDeviceFor(c, a) {
			offered = append(offered, c)
		}
	}
	if _, ok := flow.bypass(); ok {
		offered = append(offered, Skip)
	}
	return offered
}

// chosen returns the action of a choice.
func (s status) chosen(c Choice, flow *Flow) action {
	if c == Skip {
		name, _ := flow.bypass()
		return action{name: name}
	}
	return s.instead[c]
}

// bypass returns the offered action that leaves out the second factor. PingOne's
// name for it is not documented.
func (f *Flow) bypass() (name string, ok bool) {
	for _, name := range f.Actions() {
		if strings.Contains(strings.ToLower(name), "bypass") {
			return name, true
		}
	}
	return "", false
}

// offers reports whether an action may be sent: any, where a flow has no links.
func (f *Flow) offers(name string) bool {
	_, ok := f.Links[name]
	return ok || f.Links == nil
}

// Takes returns the values that an action takes; nil for one without values and
// for one that this package does not know.
func (f *Flow) Takes(action string) []Field { return actionNamed(action).takes(f) }

// values are an answer's.
type values = map[Field]implicit.Secret

// action is one request that flows take.
type action struct {
	name   string // as PingOne spells it: its media type
	fields []Field
	body   func(*Flow, values) (any, error) // nil: the fields by their names
	wrong  Reason                           // what a refusal means that does not say why
	again  []Reason                         // after which another value may be sent; nil: it may be repeated as it is
}

func actionNamed(name string) action {
	for _, a := range []action{checkPassword, forgotPassword, lookUpUser, resetPassword, recoverPassword, sendRecoveryCode,
		verifyUser, sendVerificationCode, selectDevice, checkPasscode, consent, updateProfile} {
		if a.name == name {
			return a
		}
	}
	return action{name: name}
}

func (a action) takes(flow *Flow) []Field {
	if a.name == updateProfile.name {
		return flow.attributeFields()
	}
	return slices.Clone(a.fields)
}

// json returns the action's body.
func (a action) json(flow *Flow, v values) (any, error) {
	if a.body != nil {
		return a.body(flow, v)
	}
	body := map[string]string{}
	for _, f := range a.fields {
		body[string(f)] = v[f].Reveal()
	}
	return body, nil
}
