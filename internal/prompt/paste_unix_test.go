//go:build linux || darwin

package prompt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// person is a terminal with somebody in front of it.
type person struct {
	t    *testing.T
	keys *os.File // what is written here is typed
	tty  *os.File

	mu     sync.Mutex
	screen bytes.Buffer
}

func newPerson(t *testing.T) *person {
	t.Helper()
	keys, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { keys.Close(); tty.Close() })
	p := &person{t: t, keys: keys, tty: tty}
	go p.watch()
	return p
}

func (p *person) watch() {
	for b := make([]byte, 1024); ; {
		n, err := p.keys.Read(b)
		if err != nil {
			return
		}
		p.mu.Lock()
		p.screen.Write(b[:n])
		p.mu.Unlock()
	}
}

func (p *person) sees() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.screen.String()
}

func (p *person) waitsFor(text string) {
	p.t.Helper()
	for deadline := time.Now().Add(time.Minute); !strings.Contains(p.sees(), text); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			p.t.Fatalf("expected %q on the screen, found %q", text, p.sees())
		}
	}
}

func (p *person) types(text string) {
	p.t.Helper()
	if _, err := p.keys.WriteString(text); err != nil {
		p.t.Fatal(err)
	}
}

func (p *person) mode() unix.Termios {
	p.t.Helper()
	mode, err := unix.IoctlGetTermios(int(p.tty.Fd()), getTermios)
	if err != nil {
		p.t.Fatal(err)
	}
	return *mode
}

func (p *person) paste(ctx context.Context) (*implicit.Response, error) {
	return Paste(ctx, PasteOptions{In: p.tty, Terminal: true, Err: p.tty, RedirectURI: redirectURI}, ours)
}

// pastes runs Paste while do is done at the keyboard, and checks that nothing
// secret was shown and the terminal is as before.
func (p *person) pastes(ctx context.Context, do func()) (resp *implicit.Response, err error) {
	p.t.Helper()
	before := p.mode()
	done := make(chan struct{})
	go func() {
		defer close(done)
		resp, err = p.paste(ctx)
	}()
	p.waitsFor(pasteLabel)
	do()
	<-done
	if p.mode() != before {
		p.t.Error("the terminal was left in another mode")
	}
	p.waitsFor(bracketsOff)
	if strings.Contains(p.sees(), "SECRET") {
		p.t.Errorf("a token on the screen: %q", p.sees())
	}
	return resp, err
}

func TestPasteAtATerminal(t *testing.T) {
	long := redirectURI + "#state=ours&access_token=" + strings.Repeat("SECRET", 5000)
	var wrapped strings.Builder
	for i := 0; i < len(long); i += 80 {
		wrapped.WriteString(long[i:min(i+80, len(long))] + "\n")
	}
	for _, c := range []struct{ name, keys string }{
		{"longer than a line may be", long + "\n"},
		{"wrapped lines", wrapped.String()},
		{"in brackets", "\x1b[200~" + wrapped.String() + "\x1b[201~\r"},
		{"after an empty line and a mistake", "\n\noops\x15" + long + "\r"},
		{"ended by Ctrl-D", long + "\x04"},
		{"quoted", "'" + long + "'\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPerson(t)
			resp, err := p.pastes(t.Context(), func() { p.types(c.keys) })
			if err != nil || len(resp.AccessToken.Reveal()) != 30000 {
				t.Fatalf("found %v, %v", resp, err)
			}
			if !strings.Contains(p.sees(), "received 30") {
				t.Errorf("expected to be told how much came, found %q", p.sees())
			}
		})
	}
}

func TestPasteAsksAgain(t *testing.T) {
	p := newPerson(t)
	resp, err := p.pastes(t.Context(), func() {
		p.types("http://elsewhere.example/#access_token=SECRET&state=ours\n")
		p.waitsFor("elsewhere.example")
		p.types("#access_token=SECRET&state=x\n")
		p.waitsFor("another login's")
		p.types("#access_token=SECRET&state=ours\n")
	})
	if err != nil || resp.State != "ours" || strings.Count(p.sees(), "that cannot be used") != 2 {
		t.Errorf("found %v, %v, %q", resp, err, p.sees())
	}
}

func TestPasteStopsWhenTheListenerWins(t *testing.T) {
	p := newPerson(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	caught := errors.New("the listener won")
	_, err := p.pastes(ctx, func() {
		p.types("#access_token=SEC") // half way through
		p.waitsFor("received 17")
		cancel(caught)
	})
	if !errors.Is(err, caught) {
		t.Errorf("found %v", err)
	}
}

func TestPasteEndsWithoutAnAddress(t *testing.T) {
	p := newPerson(t)
	if _, err := p.pastes(t.Context(), func() { p.types("\x04") }); !errors.As(err, new(*CancelledError)) {
		t.Errorf("Ctrl-D: found %v", err)
	}
}

func TestPasteWithErrorsInAFile(t *testing.T) {
	p := newPerson(t)
	file, errOut, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	done := make(chan error, 1)
	go func() {
		defer errOut.Close()
		_, err := Paste(t.Context(), PasteOptions{In: p.tty, Terminal: true, Err: errOut, RedirectURI: redirectURI}, ours)
		done <- err
	}()
	label := make([]byte, len(pasteLabel))
	if _, err := io.ReadFull(file, label); err != nil {
		t.Fatal(err)
	}
	p.types("#access_token=SECRET&state=ours\x1b[A\n")
	rest, _ := io.ReadAll(file)
	if err := <-done; err != nil || bytes.Contains(rest, []byte("\x1b")) || strings.Contains(string(rest)+p.sees(), "SECRET") {
		t.Errorf("found %v, %q, %q", err, rest, p.sees())
	}
}

// TestPasteInterrupted runs itself under a terminal of its own, where Ctrl-C
// makes a signal.
func TestPasteInterrupted(t *testing.T) {
	if os.Getenv("IMPLICIT_TEST_PASTE") != "" {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
		defer stop()
		_, err := Paste(ctx, PasteOptions{In: os.Stdin, Terminal: true, Err: os.Stderr}, ours)
		fmt.Printf("ended: %v\n", errors.Is(err, context.Canceled))
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestPasteInterrupted$")
	cmd.Env = append(os.Environ(), "IMPLICIT_TEST_PASTE=1")
	keys, err := pty.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	defer keys.Close()
	p := &person{t: t, keys: keys}
	go p.watch()
	p.waitsFor(pasteLabel)
	p.types("\x03")
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v: %s", err, p.sees())
	}
	p.waitsFor("ended: true")
}
