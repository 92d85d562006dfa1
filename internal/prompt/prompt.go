// Package prompt answers what a sign-on asks the user: from settings where they
// hold the answer, else at the terminal, else not at all.
package prompt

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/internal/passcode"
	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// Credentials answers a sign-on's questions. What is given is sent once, and its
// refusal ends the sign-on. What is typed may be typed again as long as the flow
// allows it. It serves one sign-on at a time.
type Credentials struct {
	Username        string
	Password        implicit.Secret
	PasswordCommand *passcode.Command // prints the password; nil: none
	NewPassword     implicit.Secret
	TOTP            *passcode.TOTP    // nil: none
	Once            *passcode.Once    // gives out the codes of TOTP
	Command         *passcode.Command // nil: none
	Device          string            // ID, nickname or type
	AcceptAgreement bool
	Profile         []implicit.Param
	SkipMFA         bool
	Fields          map[pingone.Field]implicit.Secret // given for one action; they win

	Terminal *Terminal // nil: no terminal is available
	Now      func() time.Time
	Offset   func() (ahead time.Duration, known bool) // the server's clock less ours
	Say      func(format string, args ...any)
	Warn     func(format string, args ...any)

	typed    bool            // the last answer was
	resent   bool            // the last answer was to send the code again
	named    bool            // the user name was typed
	current  implicit.Secret // the password that was sent
	recovery implicit.Secret // the recovery code that was typed
	printed  implicit.Secret // by PasswordCommand
	replaced bool            // a new password was sent, and not refused yet
	chosen   bool            // the given device was
	skipped  bool            // the second factor was to be
	told     string          // what was shown of the flow
	pushed   time.Time       // since when a push is waited for
	since    time.Time       // of the last answer: what is asked for was sent after
}

// Answer implements [pingone.Answerer].
func (c *Credentials) Answer(ctx context.Context, q pingone.Question) (pingone.Answer, error) {
	c.defaults()
	c.noteNewPassword(q)
	if q.Refused != nil && !c.mayAnswerAgain(q) {
		return pingone.Answer{}, q.Refused
	}
	c.typed = false
	a, err := c.answer(ctx, q)
	if cancelled := (*CancelledError)(nil); errors.As(err, &cancelled) {
		cancelled.SignOn = true
	}
	c.since, c.resent = c.Now(), a.Choice == pingone.Resend && !isPush(q.Flow)
	return a, err
}

func (c *Credentials) defaults() {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Say == nil {
		c.Say = func(string, ...any) {}
	}
	if c.Warn == nil {
		c.Warn = c.Say
	}
	if c.since.IsZero() {
		c.since = c.Now()
	}
}

// mayAnswerAgain reports whether the user can be asked for another value.
func (c *Credentials) mayAnswerAgain(q pingone.Question) bool {
	return c.Terminal != nil && (c.typed || isPush(q.Flow))
}

func (c *Credentials) answer(ctx context.Context, q pingone.Question) (pingone.Answer, error) {
	if c.Terminal != nil {
		c.show(q)
	}
	if c.SkipMFA && !c.skipped && q.Offers(pingone.Skip) {
		c.skipped = true
		return pingone.Answer{Choice: pingone.Skip}, nil
	}
	if d, ok, err := c.givenDevice(q); ok || err != nil {
		return chooses(d), err
	}
	switch {
	case isPush(q.Flow):
		return c.push(ctx, q)
	case slices.Contains(q.Fields, pingone.FieldPasscode):
		return c.passcode(ctx, q)
	}
	if err := c.runPasswordCommand(ctx, q); err != nil {
		return pingone.Answer{}, err
	}
	values := map[pingone.Field]implicit.Secret{}
	for _, f := range q.Fields {
		value, choice, err := c.value(ctx, q, f)
		if err != nil || choice != "" {
			return pingone.Answer{Choice: choice}, err
		}
		values[f] = value
	}
	return pingone.Answer{Values: values}, nil
}

// HasPassword reports whether a password is given, or a command that prints it.
func (c *Credentials) HasPassword() bool { return !c.Password.Empty() || c.PasswordCommand != nil }

// runPasswordCommand gets the password when it is asked for, once.
func (c *Credentials) runPasswordCommand(ctx context.Context, q pingone.Question) (err error) {
	_, given := c.Fields[pingone.FieldPassword]
	if c.PasswordCommand != nil && c.printed.Empty() && !given && slices.Contains(q.Fields, pingone.FieldPassword) {
		c.printed, err = c.PasswordCommand.Password(ctx)
	}
	return err
}

// value is one that was given, or that the user types. A choice is what the user
// wants instead.
func (c *Credentials) value(ctx context.Context, q pingone.Question, f pingone.Field) (implicit.Secret, pingone.Choice, error) {
	if given := c.given(q, f); !given.Empty() {
		return given, "", nil
	}
	if f == pingone.FieldDevice {
		return c.askDevice(ctx, q)
	}
	if c.Terminal == nil {
		return implicit.Secret{}, "", missing(f)
	}
	c.typed = true
	return c.ask(ctx, q, f)
}

// given is the value that the settings hold. A refused one is not given again, but
// for what goes along with a typed one.
func (c *Credentials) given(q pingone.Question, f pingone.Field) implicit.Secret {
	if v, ok := c.Fields[f]; ok {
		return v
	}
	switch f {
	case pingone.FieldUsername:
		switch {
		case c.named && q.Refused != nil:
			return implicit.Secret{}
		case c.Username != "":
			return implicit.NewSecret(c.Username)
		}
		return implicit.NewSecret(q.Flow.User.Username)
	case pingone.FieldPassword:
		switch {
		case slices.Contains(q.Fields, pingone.FieldNewPassword) && !c.current.Empty():
			return c.current
		case q.Refused == nil || slices.Contains(q.Fields, pingone.FieldNewPassword):
			c.current = c.Password
			if c.PasswordCommand != nil {
				c.current = c.printed
			}
			return c.current
		}
	case pingone.FieldNewPassword:
		if q.Refused == nil && !c.NewPassword.Empty() {
			c.replaced = true
			return c.NewPassword
		}
	case pingone.FieldRecoveryCode:
		var refused *pingone.Error
		if errors.As(q.Refused, &refused) && refused.Reason == pingone.ReasonWeakPassword {
			return c.recovery // the password alone was refused
		}
	case pingone.FieldAccept:
		if c.AcceptAgreement {
			return implicit.NewSecret("true")
		}
	}
	for _, p := range c.Profile {
		if pingone.Field(p.Name) == f && q.Refused == nil {
			return implicit.NewSecret(p.Value)
		}
	}
	return implicit.Secret{}
}

// noteNewPassword warns once the given new password was taken.
func (c *Credentials) noteNewPassword(q pingone.Question) {
	switch {
	case slices.Contains(q.Fields, pingone.FieldNewPassword) && q.Refused != nil:
		c.replaced = false
	default:
		c.Completed()
	}
}

// Completed says that the last answer was accepted. It warns where that changed the
// password that the settings still hold.
func (c *Credentials) Completed() {
	if c.replaced && !c.Password.Empty() {
		c.Warn("the password was changed: IMPLICIT_PASSWORD, or the file that holds it, is now the old one")
	}
	c.replaced = false
}

// Given is all secrets that were given, for telling whether others failed with the
// same.
func (c *Credentials) Given() implicit.Secret {
	text := c.Password.Reveal() + "\x00" + c.NewPassword.Reveal()
	if c.PasswordCommand != nil {
		text += "\x00" + strings.Join(c.PasswordCommand.Words, " ")
	}
	if c.TOTP != nil {
		text += "\x00" + c.TOTP.ID()
	}
	return implicit.NewSecret(text)
}
