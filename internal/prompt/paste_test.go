package prompt

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

const redirectURI = "http://127.0.0.1:8080/callback"

func ours(resp *implicit.Response) error {
	if resp.State != "ours" {
		return errors.New("the state is another login's")
	}
	return nil
}

func TestPasteFromAPipe(t *testing.T) {
	other := errors.New("the state is another login's")
	var parse *implicit.ParseError
	for _, c := range []struct {
		name, in string
		refused  func(error) bool
	}{
		{"whole address", redirectURI + "#access_token=at&state=ours\n", nil},
		{"fragment", "#access_token=at&state=ours", nil},
		{"parameters", "access_token=at&state=ours", nil},
		{"wrapped lines in quotes", "\"" + redirectURI + "#access\r\n  _token=a\nt&state=ours\"\n\n", nil},
		{"nothing", "", func(err error) bool { return errors.As(err, new(*implicit.InteractionRequiredError)) }},
		{"another address", "http://127.0.0.1:8080/other#access_token=at&state=ours", func(err error) bool { return errors.As(err, &parse) }},
		{"another login's", "#access_token=at&state=x", func(err error) bool { return err.Error() == other.Error() }},
		{"without end", strings.Repeat("a", maxPaste+1), func(err error) bool { return strings.Contains(err.Error(), "at most") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			var errOut bytes.Buffer
			resp, err := Paste(t.Context(), PasteOptions{In: strings.NewReader(c.in), Err: &errOut, RedirectURI: redirectURI}, ours)
			switch {
			case c.refused != nil:
				if err == nil || !c.refused(err) {
					t.Errorf("found %v, %v", resp, err)
				}
			case err != nil || resp.AccessToken.Reveal() != "at":
				t.Errorf("found %v, %v", resp, err)
			}
			if errOut.Len() > 0 {
				t.Errorf("expected silence, found %q", errOut.String())
			}
		})
	}
}

func TestPasteFromAPipeEndsWithItsContext(t *testing.T) {
	in, out := io.Pipe()
	defer out.Close()
	ctx, cancel := context.WithCancelCause(t.Context())
	caught := errors.New("the listener won")
	cancel(caught)
	if _, err := Paste(ctx, PasteOptions{In: in}, ours); !errors.Is(err, caught) {
		t.Errorf("found %v", err)
	}
}

func TestAssembly(t *testing.T) {
	for _, c := range []struct{ name, keys, want string }{
		{"typed", "abc", "abc"},
		{"line break that turned out to be inside", "ab\ncd", "ab\ncd"},
		{"line break in brackets", "\x1b[200~ab\rcd\x1b[201~", "ab\rcd"},
		{"backspace", "abx\x7fc\x08\x7f\x7f\x7f\x7fd", "d"},
		{"line killed", "abc\x15d", "d"},
		{"arrows and function keys", "a\x1b[Ab\x1bOPc\x1b[15~d\x1bxe", "abcde"},
		{"control characters", "a\x00\x01\x07b", "ab"},
	} {
		var a assembly
		for _, k := range []byte(c.keys) {
			a.add(k)
		}
		if string(a.text) != c.want {
			t.Errorf("%s: expected %q, found %q", c.name, c.want, a.text)
		}
	}
}

// FuzzAssembly pastes any text after any keys: what stands between the brackets
// arrives whole, but for what a terminal never sends there.
func FuzzAssembly(f *testing.F) {
	f.Add([]byte("abc\x1b[A\x1b"), "#access_token=at&state=ours")
	f.Add([]byte("\x1b[200~"), "wrapped\nline")
	f.Add([]byte("\x15\x7f\x04\n"), "")
	f.Fuzz(func(t *testing.T, before []byte, pasted string) {
		var a assembly
		for _, k := range append(before, "~~\x15"+bracketsReset+"\x15\x1b"+pasteBegin...) {
			a.add(k)
		}
		pasted = strings.Map(func(c rune) rune {
			if c < ' ' && c != '\n' || c >= 0x7f {
				return -1
			}
			return c
		}, pasted)
		if len(pasted) > maxPaste {
			return
		}
		for _, k := range []byte(pasted + "\x1b" + pasteEnd) {
			a.add(k)
		}
		if string(a.text) != pasted || a.pasting {
			t.Errorf("after %q: pasted %q, found %q", before, pasted, a.text)
		}
	})
}

// bracketsReset ends whatever sequence was left open.
const bracketsReset = "\x1b[201~\x1b[201~"
