package prompt

import (
	"context"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/internal/passcode"
	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// maxOffset is how far the clocks may differ before it is said: half of a step.
const maxOffset = 15 * time.Second

// passcode answers OTP_REQUIRED.
func (c *Credentials) passcode(ctx context.Context, q pingone.Question) (pingone.Answer, error) {
	d := selected(q.Flow)
	code, err := implicit.Secret{}, error(nil)
	switch given := c.Fields[pingone.FieldPasscode]; {
	case !given.Empty():
		code = given
	case q.Refused != nil:
		return c.askPasscode(ctx, q, d)
	case c.TOTP != nil && (d.Type == "TOTP" || d.Type == ""):
		code, err = c.totp(ctx)
	case c.Command != nil:
		username := q.Flow.User.Username
		if username == "" {
			username = c.Username
		}
		c.Say("waiting for the passcode of --otp-command")
		code, err = c.Command.Run(ctx, passcode.Asked{Device: d.Type, Target: d.Address, Username: username, Since: c.since})
	case c.Terminal == nil:
		err = missingPasscode(d)
	default:
		return c.askPasscode(ctx, q, d)
	}
	return passcodeIs(code), err
}

func passcodeIs(code implicit.Secret) pingone.Answer {
	return pingone.Answer{Values: map[pingone.Field]implicit.Secret{pingone.FieldPasscode: code}}
}

func (c *Credentials) totp(ctx context.Context) (implicit.Secret, error) {
	if c.Offset != nil {
		if ahead, known := c.Offset(); known && ahead.Abs() > maxOffset {
			direction := "behind"
			if ahead < 0 {
				direction = "ahead of"
			}
			c.Warn("this machine's clock is %s %s the server's: the passcode may be refused", words.Span(ahead.Abs()), direction)
		}
	}
	return c.Once.Code(ctx, c.TOTP)
}

// askPasscode asks for a passcode, until what is typed can be one.
func (c *Credentials) askPasscode(ctx context.Context, q pingone.Question, d pingone.Device) (pingone.Answer, error) {
	c.typed = true
	label := passcodeLabel(d)
	if q.Offers(pingone.Resend) {
		label += ", r to send again"
	}
	if q.Offers(pingone.OtherDevice) {
		label += ", d for another device"
	}
	for {
		typed, err := c.Terminal.Hidden(ctx, label+": ")
		if err != nil {
			return pingone.Answer{}, named(err, "passcode")
		}
		switch text := strings.ToLower(strings.ReplaceAll(typed.Reveal(), " ", "")); {
		case text == "r" && q.Offers(pingone.Resend):
			return pingone.Answer{Choice: pingone.Resend}, nil
		case text == "d" && q.Offers(pingone.OtherDevice):
			d, err := c.Terminal.device(ctx, q.Flow, "Device: ")
			return chooses(d), err
		case passcode.Valid(text):
			return passcodeIs(implicit.NewSecret(text)), nil
		}
		c.Terminal.tell("expected 4 to 12 digits; nothing was sent")
	}
}

func passcodeLabel(d pingone.Device) string {
	switch {
	case d.Type == "TOTP":
		return "Passcode of the authenticator app"
	case d.Address != "":
		return "Passcode sent to " + words.Text(d.Address)
	}
	return "Passcode"
}

func isPush(flow *pingone.Flow) bool {
	return flow.Status == "PUSH_CONFIRMATION_REQUIRED" || flow.Status == "PUSH_CONFIRMATION_TIMED_OUT"
}

// pushPoll is how often a push is polled.
const pushPoll = 3 * time.Second

// push waits for the user's phone. At a terminal a key is waited for meanwhile.
func (c *Credentials) push(ctx context.Context, q pingone.Question) (pingone.Answer, error) {
	if q.Flow.Status == "PUSH_CONFIRMATION_TIMED_OUT" {
		return c.pushTimedOut(ctx, q)
	}
	if c.pushed.IsZero() {
		c.pushed = c.Now()
		text := "confirm the sign-on on your " + nameOf(selected(q.Flow))
		if c.Terminal != nil && canWaitForKey {
			text += keysFor(q)
		}
		if c.Terminal != nil {
			c.Terminal.tell("%s", text)
		} else {
			c.Say("%s", text)
		}
	}
	if c.Terminal == nil || !canWaitForKey {
		return pingone.Answer{}, nil
	}
	progress := "waiting"
	if waited := c.Now().Sub(c.pushed); waited >= time.Second {
		progress += ", " + words.Span(waited)
	}
	key, err := c.Terminal.key(ctx, progress, pushPoll)
	if err != nil {
		return pingone.Answer{}, err
	}
	return c.pressed(ctx, q, key)
}

// keysFor says which keys a push takes.
func keysFor(q pingone.Question) string {
	if q.Offers(pingone.OtherDevice) {
		return " (d for another device)"
	}
	return ""
}

func (c *Credentials) pressed(ctx context.Context, q pingone.Question, key byte) (pingone.Answer, error) {
	if key != 'd' && key != 'D' || !q.Offers(pingone.OtherDevice) {
		return pingone.Answer{}, nil
	}
	c.pushed = time.Time{}
	d, err := c.Terminal.device(ctx, q.Flow, "Device: ")
	return chooses(d), err
}

// pushTimedOut asks at a terminal whether to go on.
func (c *Credentials) pushTimedOut(ctx context.Context, q pingone.Question) (pingone.Answer, error) {
	c.pushed = time.Time{}
	label := "r to send it again"
	if len(q.Flow.Devices) > 1 {
		label += ", d for another device"
	}
	for {
		line, err := c.Terminal.Line(ctx, label+": ")
		if err != nil {
			return pingone.Answer{}, named(err, "answer")
		}
		switch strings.ToLower(line) {
		case "r":
			return pingone.Answer{Choice: pingone.Resend}, nil
		case "d":
			d, err := c.Terminal.device(ctx, q.Flow, "Device: ")
			return pingone.Answer{Values: chooses(d).Values}, err
		}
	}
}
