package loopback

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"rsc.io/qr"
)

// TestDrawQR reads the drawing back, character by character, and compares it
// with the code.
func TestDrawQR(t *testing.T) {
	for _, text := range []string{"x", "https://auth.example/as/authorize?" + strings.Repeat("state=abc&", 60)} {
		code, err := qr.Encode(text, qr.L)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := DrawQR(&b, text, 100); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
		if want := (code.Size + 2*quiet + 1) / 2; len(lines) != want {
			t.Fatalf("expected %d lines, found %d", want, len(lines))
		}
		for row, line := range lines {
			modules, ok := strings.CutPrefix(strings.TrimSuffix(line, "\x1b[0m"), "\x1b[30;107m")
			if cells := []rune(modules); !ok || len(cells) != code.Size+2*quiet {
				t.Fatalf("line %d: %q", row, line)
			} else {
				for column, c := range cells {
					x, y := column-quiet, 2*row-quiet
					if strings.ContainsRune("█▀", c) != code.Black(x, y) || strings.ContainsRune("█▄", c) != code.Black(x, y+1) {
						t.Fatalf("module %d,%d is wrong", x, y)
					}
				}
			}
		}
	}
}

func TestDrawQRRefuses(t *testing.T) {
	if err := DrawQR(&bytes.Buffer{}, strings.Repeat("x", 3000), 1000); err == nil {
		t.Error("expected an error for a text longer than any code")
	}
	var b bytes.Buffer
	if err := DrawQR(&b, strings.Repeat("x", 400), 24); err == nil || b.Len() > 0 {
		t.Errorf("a code that is larger than the terminal is drawn: %v", err)
	}
	if err := DrawQR(broken{}, "x", 24); !errors.Is(err, errBroken) {
		t.Errorf("expected the writer's error, found %v", err)
	}
}

type broken struct{}

var errBroken = errors.New("broken")

func (broken) Write([]byte) (int, error) { return 0, errBroken }
