//go:build linux || darwin

package prompt

import (
	"context"
	"errors"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// asks runs ask at the terminal while the keys are typed, and checks that the
// terminal is as before.
func (p *person) asks(t *testing.T, label, keys string, ask func(*Terminal) (string, error)) (string, error) {
	t.Helper()
	before := p.mode()
	type answer struct {
		text string
		err  error
	}
	done := make(chan answer)
	go func() {
		text, err := ask(&Terminal{In: p.tty, Err: p.tty})
		done <- answer{text, err}
	}()
	p.waitsFor(label)
	p.types(keys)
	a := <-done
	if p.mode() != before {
		t.Error("the terminal was left in another mode")
	}
	return a.text, a.err
}

func TestHidden(t *testing.T) {
	long := strings.Repeat("x", 5000)
	for _, row := range []struct{ name, keys, want string }{
		{"a password", " pass word \r", " pass word "},
		{"corrected", "pasz\x7fs\r", "pass"},
		{"corrected where a character has two bytes", "paß\x7fss\r", "pass"},
		{"begun again", "wrong\x15right\r", "right"},
		{"arrow keys", "pa\x1b[Dss\r", "pass"},
		{"ended by Ctrl-D", "pass\x04", "pass"},
		{"longer than a line of a terminal", long + "\r", long},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := newPerson(t)
			got, err := p.asks(t, "Password: ", row.keys, func(at *Terminal) (string, error) {
				secret, err := at.Hidden(t.Context(), "Password: ")
				return secret.Reveal(), err
			})
			if got != row.want || err != nil {
				t.Errorf("got %.20q, %v, want %.20q", got, err, row.want)
			}
			p.waitsFor("Password: \r\n")
		})
	}
}

// What is typed ahead belongs to the next question.
func TestHiddenReadsOneLine(t *testing.T) {
	p := newPerson(t)
	var second implicit.Secret
	got, err := p.asks(t, "Password: ", "first\rsecond\r", func(at *Terminal) (string, error) {
		first, err := at.Hidden(t.Context(), "Password: ")
		if err == nil {
			second, err = at.Hidden(t.Context(), "New password: ")
		}
		return first.Reveal(), err
	})
	if got != "first" || second.Reveal() != "second" || err != nil {
		t.Errorf("got %q and %q, %v", got, second.Reveal(), err)
	}
}

func TestNothingEntered(t *testing.T) {
	for _, keys := range []string{"\r", "\x04", "   \r", "x\x15\r"} {
		p := newPerson(t)
		var cancelled *CancelledError
		_, err := p.asks(t, "Scope: ", keys, func(at *Terminal) (string, error) { return at.Line(t.Context(), "Scope: ") })
		if !errors.As(err, &cancelled) || cancelled.Kind() != "person_needed" || !strings.Contains(err.Error(), `nothing entered at "Scope"`) {
			t.Errorf("%q: got %v", keys, err)
		}
	}
}

func TestPresetIsTakenForAnEmptyLine(t *testing.T) {
	for keys, want := range map[string]string{"\r": "openid", " email \r": "email"} {
		p := newPerson(t)
		if got, err := p.asks(t, "[openid]: ", keys, func(at *Terminal) (string, error) { return at.Preset(t.Context(), "Scopes", "openid") }); got != want || err != nil {
			t.Errorf("%q: got %q, %v", keys, got, err)
		}
	}
}

func TestASignOnThatIsCancelled(t *testing.T) {
	p := newPerson(t)
	_, err := p.asks(t, "Password: ", "\r", func(at *Terminal) (string, error) {
		c := &Credentials{Username: "user", Terminal: at}
		_, err := c.Answer(t.Context(), pingone.Question{Fields: []pingone.Field{pingone.FieldPassword}, Flow: &pingone.Flow{}})
		return "", err
	})
	if err == nil || err.Error() != "sign-on cancelled: no password entered" {
		t.Errorf("got %v", err)
	}
}

func TestPromptsEndWithTheirContext(t *testing.T) {
	p := newPerson(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped")
	_, err := p.asks(t, "Password: ", "half", func(at *Terminal) (string, error) {
		go cancel(stopped)
		_, err := at.Hidden(ctx, "Password: ")
		return "", err
	})
	if !errors.Is(err, stopped) || p.mode().Lflag&unix.ECHO == 0 {
		t.Errorf("got %v", err)
	}
}
