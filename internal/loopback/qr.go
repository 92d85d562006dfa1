package loopback

import (
	"fmt"
	"io"
	"strings"

	"rsc.io/qr"
)

// quiet is the light margin in modules. The standard (ISO/IEC 18004) wants
// four; readers are content with two, and terminals are narrow.
const quiet = 2

// DrawQR writes text as a QR code for a terminal, two modules in a character.
// It sets both colours, so that the code is dark on light whatever the
// terminal's are. The error says that the code does not fit a terminal of so many
// rows, of which one is left for a prompt, or is w's.
func DrawQR(w io.Writer, text string, rows int) error {
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		return fmt.Errorf("draw a QR code of %d bytes: %w", len(text), err)
	}
	if needs := (code.Size+2*quiet+1)/2 + 1; needs > rows {
		return fmt.Errorf("the QR code of this address needs %d rows, and the terminal has %d", needs, rows)
	}
	var b strings.Builder
	for y := -quiet; y < code.Size+quiet; y += 2 {
		b.WriteString("\x1b[30;107m") // black on bright white
		for x := -quiet; x < code.Size+quiet; x++ {
			b.WriteString(half(code.Black(x, y), code.Black(x, y+1)))
		}
		b.WriteString("\x1b[0m\n")
	}
	_, err = io.WriteString(w, b.String())
	return err
}

func half(upper, lower bool) string {
	switch {
	case upper && lower:
		return "█"
	case upper:
		return "▀"
	case lower:
		return "▄"
	}
	return " "
}
