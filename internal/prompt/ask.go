package prompt

import (
	"context"
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
	if q.Refused != nil {
		c.Terminal.tell("%v", q.Refused)
	}
	if c.told == q.Flow.Status {
		return
	}
	c.told = q.Flow.Status
	if text := intro(q.Flow.Status); text != "" {
		c.Terminal.tell("%s", text)
	}
	if q.Flow.PromptText != "" {
		c.Terminal.tell("%s", words.Text(q.Flow.PromptText))
	}
	for _, name := range slices.Sorted(maps.Keys(q.Flow.Texts)) {
		c.Terminal.tell("%s: %s", words.Text(name), words.Text(q.Flow.Texts[name]))
	}
	if slices.Contains(q.Fields, pingone.FieldNewPassword) && len(q.Flow.PasswordPolicy) > 0 {
		c.Terminal.tell("a new password has %s", strings.Join(q.Flow.PasswordPolicy, ", "))
	}
}

// intro says why a question that users do not expect is asked.
func intro(status string) string {
	switch status {
	case "PASSWORD_EXPIRED":
		return "the password has expired; choose a new one"
	case "MUST_CHANGE_PASSWORD":
		return "the password must be changed; choose a new one"
	case "AGREEMENT_CONSENT_REQUIRED":
		return "the sign-on asks to accept an agreement"
	case "PROFILE_DATA_REQUIRED":
		return "the sign-on asks for your profile"
	}
	return ""
}

// again is what the second question for the same value adds.
func again(q pingone.Question) string {
	if q.Refused == nil {
		return ""
	}
	return " (more wrong ones may lock the account)"
}

// ask asks for a value at the terminal. The choice is what the user wants instead.
func (c *Credentials) ask(ctx context.Context, q pingone.Question, f pingone.Field) (value implicit.Secret, choice pingone.Choice, err error) {
	t := c.Terminal
	switch f {
	case pingone.FieldUsername:
		value, err = c.askUsername(ctx, q)
	case pingone.FieldPassword:
		label := "Password" + again(q)
		if slices.Contains(q.Fields, pingone.FieldNewPassword) {
			label = "Current password"
		}
		value, err = t.Hidden(ctx, label+": ")
		err = named(err, "password")
		c.current = value
	case pingone.FieldNewPassword:
		value, err = t.newPassword(ctx)
	case pingone.FieldRecoveryCode:
		return c.askCode(ctx, q, "Recovery code")
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
	if line = strings.ToLower(line); line == "y" || line == "yes" {
		return implicit.NewSecret("true"), nil
	}
	return implicit.Secret{}, &CancelledError{Label: "agreement", Declined: true}
}

// askCode asks for a code that PingOne sent.
func (c *Credentials) askCode(ctx context.Context, q pingone.Question, what string) (implicit.Secret, pingone.Choice, error) {
	label := what + again(q) + ": "
	if q.Offers(pingone.Resend) {
		label = what + ", or r to send it again" + again(q) + ": "
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
