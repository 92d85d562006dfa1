package pingone

import (
	"context"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// Field is one value that a sign-on asks for, by its name in PingOne's JSON.
type Field string

// The fields that actions take.
const (
	FieldUsername Field = "username"
	FieldPassword Field = "password"
)

// Question is what a flow asks for now.
type Question struct {
	Flow   *Flow
	Fields []Field
}

// Answerer answers a sign-on's questions. It is called only when the flow asks,
// and once for each status.
type Answerer interface {
	Answer(ctx context.Context, q Question) (map[Field]implicit.Secret, error)
}

// Answers is an [Answerer] of values that are known before: those of a test user.
// A value that is asked for and missing is an [*implicit.InteractionRequiredError].
type Answers map[Field]implicit.Secret

// Answer implements [Answerer].
func (a Answers) Answer(_ context.Context, q Question) (map[Field]implicit.Secret, error) {
	for _, f := range q.Fields {
		if a[f].Empty() {
			return nil, &implicit.InteractionRequiredError{Code: string(f), Needs: implicit.NeedsAnswer, Reason: "no " + string(f) + " is given"}
		}
	}
	return a, nil
}

// AnswerFunc is an [Answerer] that is a function.
type AnswerFunc func(ctx context.Context, q Question) (map[Field]implicit.Secret, error)

// Answer implements [Answerer].
func (f AnswerFunc) Answer(ctx context.Context, q Question) (map[Field]implicit.Secret, error) {
	return f(ctx, q)
}
