package pingone

import (
	"context"
	"slices"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// Field is one value that a sign-on asks for. Most are named as in PingOne's JSON.
type Field string

// The fields that actions take. A flow at PROFILE_DATA_REQUIRED asks for others:
// the names of its [Attribute]s.
const (
	FieldUsername         Field = "username"
	FieldPassword         Field = "password" // the one that is valid now
	FieldNewPassword      Field = "newPassword"
	FieldPasscode         Field = "otp" // 4 to 12 digits
	FieldRecoveryCode     Field = "recoveryCode"
	FieldVerificationCode Field = "verificationCode"
	FieldDevice           Field = "device" // ID, nickname or type: see [Flow.Device]
	FieldAccept           Field = "accept" // of an agreement: "true" or "false"
)

// Choice is what may be answered instead of values.
type Choice string

// The choices. A question offers those that the flow offers now.
const (
	Resend      Choice = "resend"       // the code again, or the push
	OtherDevice Choice = "other_device" // takes FieldDevice
	Recover     Choice = "recover"      // a forgotten password; takes FieldUsername
	Skip        Choice = "skip"         // the second factor
	InBrowser   Choice = "browser"      // ends with the error of a status that only a browser can answer
)

// Question is what a flow asks for now.
type Question struct {
	Flow    *Flow
	Fields  []Field  // the values the action takes; empty for a push, which is asked before each look at the flow
	Instead []Choice // what may be answered instead of values
	Refused error    // why the last answer to this status was not taken, or a push timed out; nil the first time
	Attempt int      // 1 the first time this status is asked
}

// Offers reports whether c may be answered.
func (q Question) Offers(c Choice) bool { return slices.Contains(q.Instead, c) }

// Answer is the values, or another choice. Values that a choice takes may be in
// the same answer; what is missing is asked in another question.
type Answer struct {
	Values map[Field]implicit.Secret
	Choice Choice // empty: send the values
}

// Answerer answers a sign-on's questions. It is called only when the flow asks:
// again after a refusal, where another value may be sent, at most three times for
// a status. One that has no other value returns q.Refused as its error. A value is
// never sent twice: an answer that was refused before ends the sign-on.
type Answerer interface {
	Answer(ctx context.Context, q Question) (Answer, error)
}

// AnswerFunc is an [Answerer] that is a function.
type AnswerFunc func(ctx context.Context, q Question) (Answer, error)

// Answer implements [Answerer].
func (f AnswerFunc) Answer(ctx context.Context, q Question) (Answer, error) { return f(ctx, q) }

// Answers is an [Answerer] of values that are known before: those of a test user.
// With FieldDevice it chooses that device. A value that is asked for and missing
// is an [*implicit.InteractionRequiredError], and a refused one ends the sign-on.
type Answers map[Field]implicit.Secret

// Answer implements [Answerer].
func (a Answers) Answer(_ context.Context, q Question) (Answer, error) {
	if q.Refused != nil {
		return Answer{}, q.Refused
	}
	if wanted := a[FieldDevice].Reveal(); wanted != "" && q.Offers(OtherDevice) {
		device, err := q.Flow.Device(wanted)
		if err != nil {
			return Answer{}, err
		}
		if device.ID != q.Flow.SelectedDevice {
			return Answer{Values: a, Choice: OtherDevice}, nil
		}
	}
	for _, f := range q.Fields {
		switch {
		case !a[f].Empty():
		case f == FieldDevice && q.Offers(InBrowser):
			return Answer{Choice: InBrowser}, nil
		case f == FieldDevice && len(q.Flow.Devices) == 1:
			return Answer{Values: values{f: implicit.NewSecret(q.Flow.Devices[0].ID)}}, nil
		case f == FieldDevice:
			return Answer{}, needsDevice(q.Flow, "no device is named")
		default:
			return Answer{}, notGiven(f)
		}
	}
	return Answer{Values: a}, nil
}

func notGiven(f Field) error {
	return &implicit.InteractionRequiredError{Code: string(f), Needs: implicit.NeedsAnswer, Reason: "no " + string(f) + " is given"}
}
