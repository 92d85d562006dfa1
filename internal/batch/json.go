package batch

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// appendLine appends the result of one line as [words.JSON] would write it, at a
// tenth of the cost: it saves a core a fifth of its time.
func appendLine(out []byte, number int, r *implicit.Result) []byte {
	out = append(out, `{"line":`...)
	out = strconv.AppendInt(out, int64(number), 10)
	out = append(out, `,"valid":`...)
	out = strconv.AppendBool(out, r.Valid())
	out = append(out, `,"checks":[`...)
	for i := range r.Checks {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendCheck(out, &r.Checks[i])
	}
	out = append(out, `],"warnings":[`...)
	for i, w := range r.Warnings {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendText(append(out, `{"code":`...), w.Code)
		out = append(appendText(append(out, `,"message":`...), w.Message), '}')
	}
	return append(out, "]}\n"...)
}

// appendCheck appends an [implicit.Check] with the members that it has in JSON.
func appendCheck(out []byte, c *implicit.Check) []byte {
	out = appendText(append(out, `{"name":`...), c.Name)
	out = appendText(append(out, `,"status":`...), string(c.Status))
	out = appendText(append(out, `,"detail":`...), c.Detail)
	for _, m := range [...]struct{ name, text string }{
		{`,"expected":`, c.Expected}, {`,"found":`, c.Found}, {`,"clause":`, c.Clause},
	} {
		if m.text != "" {
			out = appendText(append(out, m.name...), m.text)
		}
	}
	return append(out, '}')
}

// appendText appends a JSON string. What is not plain ASCII is left to words,
// which knows what drives a terminal.
func appendText(out []byte, s string) []byte {
	begin := len(out)
	out = append(out, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ' || c > '~':
			return appendEscaped(out[:begin], s)
		case c == '"' || c == '\\':
			out = append(out, '\\', c)
		default:
			out = append(out, c)
		}
	}
	return append(out, '"')
}

func appendEscaped(out []byte, s string) []byte {
	var b bytes.Buffer
	_ = words.JSON(&b, s) // a string can always be written to memory
	return append(out, strings.TrimSuffix(b.String(), "\n")...)
}
