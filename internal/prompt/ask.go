package prompt

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// show tells what the user must know before the first question of a status: why
// the last answer was refused, and what the flow says.
func (c *Credentials) show(q pingone.Question) {
	switch {
	case q.Refused != nil:
		c.Terminal.tell("%s", refusal(q))
	case c.resent:
		c.Terminal.tell("sent again")
	}
	this := fmt.Sprint(q.Flow.Status, q.Flow.PromptText, q.Flow.Texts)
	if c.told == this && !anotherAgreement(q) {
		return
	}
	c.told = this
	if text := intro(q); text != "" {
		c.Terminal.tell("%s", text)
	}
	if q.Flow.PromptText != "" {
		c.Terminal.tell("%s", c.Terminal.paragraphs(q.Flow.PromptText))
	}
	c.showTexts(q.Flow.Texts)
	if slices.Contains(q.Fields, pingone.FieldNewPassword) && len(q.Flow.PasswordPolicy) > 0 {
		c.Terminal.tell("the password policy:\n- %s", strings.Join(q.Flow.PasswordPolicy, "\n- "))
	}
}

// showTexts shows what the flow says, as far as it can be read.
func (c *Credentials) showTexts(texts map[string]string) {
	room := maxText
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		text := c.Terminal.paragraphs(texts[name])
		if room -= len(name) + len(text); room < 0 {
			c.Terminal.tell("the flow has more text than can be shown here")
			return
		}
		c.Terminal.tell("%s: %s", words.Text(name), text)
	}
}

// intro says why a question that users do not expect is asked.
func intro(q pingone.Question) string {
	switch q.Flow.Status {
	case "PASSWORD_EXPIRED":
		return "the password has expired; choose a new one"
	case "MUST_CHANGE_PASSWORD":
		return "the password must be changed; choose a new one"
	case "RECOVERY_CODE_REQUIRED":
		return "PingOne sends you a code to recover the password"
	case "VERIFICATION_CODE_REQUIRED":
		return "PingOne sends you a code to verify your e-mail address"
	case "ASSERTION_REQUIRED":
		return "a FIDO2 device works only in a browser; choose another device, or the browser"
	case "AGREEMENT_CONSENT_REQUIRED":
		text := "the sign-on asks to accept an agreement"
		if anotherAgreement(q) {
			text = "the sign-on asks to accept another agreement"
		}
		if len(q.Flow.Texts) == 0 {
			text += "; PingOne does not send its text here: to read it first, press Enter, and run implicit login --via browser"
		}
		return text
	case "PROFILE_DATA_REQUIRED":
		return "the sign-on asks for your profile"
	}
	return ""
}

func anotherAgreement(q pingone.Question) bool {
	return q.Flow.Status == "AGREEMENT_CONSENT_REQUIRED" && q.Attempt > 1
}

// refusal says why an answer was refused, and what another wrong one may do.
func refusal(q pingone.Question) string {
	var e *pingone.Error
	if !errors.As(q.Refused, &e) {
		return q.Refused.Error()
	}
	switch e.Reason {
	case pingone.ReasonWrongCredentials, pingone.ReasonWrongPasscode, pingone.ReasonWrongCode:
		text := e.Summary() + "; more wrong ones may lock the account"
		if q.Offers(pingone.Recover) {
			text += ". Press Enter if you forgot the password"
		}
		return text
	case pingone.ReasonPushTimedOut:
		return e.Summary()
	case pingone.ReasonWeakPassword:
		if e.Unsatisfied != nil {
			return e.Summary()
		}
	}
	return e.Error()
}

// ask asks for a value at the terminal. The choice is what the user wants instead.
func (c *Credentials) ask(ctx context.Context, q pingone.Question, f pingone.Field) (value implicit.Secret, choice pingone.Choice, err error) {
	t := c.Terminal
	switch f {
	case pingone.FieldUsername:
		value, err = c.askUsername(ctx, q)
	case pingone.FieldPassword:
		return c.askPassword(ctx, q)
	case pingone.FieldNewPassword:
		value, err = t.newPassword(ctx)
		c.replaced = err == nil
	case pingone.FieldRecoveryCode:
		value, choice, err = c.askCode(ctx, q, "Recovery code")
		c.recovery = value
		return value, choice, err
	case pingone.FieldVerificationCode:
		return c.askCode(ctx, q, "Verification code")
	case pingone.FieldAccept:
		value, err = t.accept(ctx)
	default:
		var line string
		line, err = t.Line(ctx, words.Text(displayName(q.Flow, f))+": ")
		value = implicit.NewSecret(line)
	}
	return value, "", err
}

// askPassword asks for the current password. An empty line is for a user who
// forgot it.
func (c *Credentials) askPassword(ctx context.Context, q pingone.Question) (implicit.Secret, pingone.Choice, error) {
	label := "Password: "
	if slices.Contains(q.Fields, pingone.FieldNewPassword) {
		label = "Current password: "
	}
	value, err := c.Terminal.Hidden(ctx, label)
	var empty *CancelledError
	if errors.As(err, &empty) && !empty.ended && q.Offers(pingone.Recover) {
		line, err := c.Terminal.Preset(ctx, "Forgot it? Send a recovery code? y/n", "n")
		if err != nil {
			return value, "", err
		}
		if isYes(line) {
			return value, pingone.Recover, nil
		}
	}
	c.current = value
	return value, "", named(err, "password")
}

func (c *Credentials) askUsername(ctx context.Context, q pingone.Question) (implicit.Secret, error) {
	ask := func() (string, error) { return c.Terminal.Line(ctx, "User name: ") }
	if c.Username != "" && q.Refused != nil {
		ask = func() (string, error) { return c.Terminal.Preset(ctx, "User name", c.Username) }
	}
	line, err := ask()
	if err == nil {
		c.Username, c.named = line, true
	}
	return implicit.NewSecret(line), err
}

// newPassword asks twice, until both are the same.
func (t *Terminal) newPassword(ctx context.Context) (implicit.Secret, error) {
	for {
		first, err := t.Hidden(ctx, "New password: ")
		if err != nil {
			return implicit.Secret{}, err
		}
		second, err := t.Hidden(ctx, "New password again: ")
		if err != nil || first.Reveal() == second.Reveal() {
			return second, err
		}
		t.tell("the two new passwords differ; nothing was sent")
	}
}

// accept asks for the consent. Anything but yes declines it, and sends nothing.
func (t *Terminal) accept(ctx context.Context) (implicit.Secret, error) {
	line, err := t.Preset(ctx, "Accept? y/n", "n")
	if err != nil {
		return implicit.Secret{}, err
	}
	if isYes(line) {
		return implicit.NewSecret("true"), nil
	}
	return implicit.Secret{}, &CancelledError{Label: "agreement", Declined: true}
}

func isYes(line string) bool { return strings.EqualFold(line, "y") || strings.EqualFold(line, "yes") }

// askCode asks for a code that PingOne sent.
func (c *Credentials) askCode(ctx context.Context, q pingone.Question, what string) (implicit.Secret, pingone.Choice, error) {
	label := what + ": "
	if q.Offers(pingone.Resend) {
		label = what + ", or r to send it again: "
	}
	code, err := c.Terminal.Hidden(ctx, label)
	if err == nil && q.Offers(pingone.Resend) && strings.EqualFold(strings.TrimSpace(code.Reveal()), "r") {
		return implicit.Secret{}, pingone.Resend, nil
	}
	return implicit.NewSecret(strings.TrimSpace(code.Reveal())), "", named(err, what)
}

func displayName(flow *pingone.Flow, f pingone.Field) string {
	for _, a := range flow.Attributes {
		if pingone.Field(a.Name) == f && a.DisplayName != "" {
			return a.DisplayName
		}
	}
	return fmt.Sprint(f)
}
