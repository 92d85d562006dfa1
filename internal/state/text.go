package state

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// TextError says why a text that the user handed in cannot be used.
type TextError struct {
	Name string // the flag or stream it was handed to
	Err  error
}

func (e *TextError) Error() string { return e.Name + ": " + e.Err.Error() }

func (e *TextError) Unwrap() error { return e.Err }

// Kind is "usage".
func (e *TextError) Kind() string { return "usage" }

// Hint says how to convert a text in another encoding.
func (e *TextError) Hint() string {
	if errors.Is(e.Err, errUTF16) {
		return "convert it: iconv -f UTF-16 -t UTF-8; in PowerShell: Set-Content -Encoding utf8"
	}
	return ""
}

var (
	errUTF16  = errors.New("expected UTF-8, found UTF-16")
	errNoFIFO = errors.New("no program writes to this FIFO")
)

// mark is the UTF-8 encoding of U+FEFF, which some editors and PowerShell put
// at the start of a file (Unicode Standard section 23.8).
const mark = "\xef\xbb\xbf"

// CutMark is text without the byte order mark that it may start with.
func CutMark(text string) string { return strings.TrimPrefix(text, mark) }

// ReadText reads a text of at most limit bytes to its end and drops a byte
// order mark. name says in the error, a [*TextError], what was read.
func ReadText(r io.Reader, name string, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(TextReader(r), limit+1))
	if err == nil && len(data) > 1 && (data[0] == 0) != (data[1] == 0) { // an ASCII character in two bytes
		err = errUTF16
	}
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("expected at most %d bytes", limit)
	}
	if err != nil {
		return nil, &TextError{name, err}
	}
	return data, nil
}

// ReadTextFile is [ReadText] for the file at path. A pipe is read to its end,
// as in --password-file <(command). A FIFO that no program has open for writing
// is an error, since it would block for ever.
func ReadTextFile(path, name string, limit int64) ([]byte, error) {
	f, err := openText(path)
	if err != nil {
		return nil, &TextError{name, err}
	}
	defer f.Close()
	data, err := ReadText(f, name, limit)
	if info, serr := f.Stat(); err == nil && len(data) == 0 && serr == nil && info.Mode()&os.ModeNamedPipe != 0 {
		err = &TextError{name, fmt.Errorf("read %s: %w", path, errNoFIFO)}
	}
	return data, err
}

// TextReader gives the text of r without a byte order mark, for input that is
// read in parts. The mark of UTF-16 is an error.
func TextReader(r io.Reader) io.Reader { return &textReader{r: r} }

type textReader struct {
	r     io.Reader
	start []byte // what was read to look for the mark
	err   error  // what that ended with
	begun bool
}

func (t *textReader) Read(p []byte) (int, error) {
	if !t.begun {
		t.begun = true
		if err := t.begin(max(len(p), len(mark))); err != nil {
			return 0, err
		}
	}
	if len(t.start) > 0 {
		n := copy(p, t.start)
		t.start = t.start[n:]
		return n, nil
	}
	if t.err != nil {
		return 0, t.err
	}
	return t.r.Read(p)
}

// begin reads until it is clear whether the text starts with a mark. A first
// line is not held back: only the start of a mark waits for the rest of it.
func (t *textReader) begin(size int) error {
	b := make([]byte, 0, size)
	for t.err == nil && (len(b) < 2 || len(b) < len(mark) && strings.HasPrefix(mark, string(b))) {
		var n int
		n, t.err = t.r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
	}
	if bytes.HasPrefix(b, []byte("\xff\xfe")) || bytes.HasPrefix(b, []byte("\xfe\xff")) {
		return errUTF16
	}
	t.start = bytes.TrimPrefix(b, []byte(mark))
	return nil
}
