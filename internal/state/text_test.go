package state

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

func TestReadText(t *testing.T) {
	for _, row := range []struct{ name, in, want, problem string }{
		{"plain", "secret\n", "secret\n", ""},
		{"empty", "", "", ""},
		{"one byte", "x", "x", ""},
		{"a byte order mark", "\xef\xbb\xbfsecret", "secret", ""},
		{"a byte order mark alone", "\xef\xbb\xbf", "", ""},
		{"a second mark is text", "\xef\xbb\xbf\xef\xbb\xbfx", "\xef\xbb\xbfx", ""},
		{"half a mark is text", "\xef\xbb", "\xef\xbb", ""},
		{"a mark inside", "a\xef\xbb\xbfb", "a\xef\xbb\xbfb", ""},
		{"as long as may be", strings.Repeat("x", 20), strings.Repeat("x", 20), ""},
		{"the mark does not count", "\xef\xbb\xbf" + strings.Repeat("x", 20), strings.Repeat("x", 20), ""},
		{"one byte more", strings.Repeat("x", 21), "", "expected at most 20 bytes"},
		{"UTF-16, little end first", "\xff\xfes\x00", "", "found UTF-16"},
		{"UTF-16, big end first", "\xfe\xff\x00s", "", "found UTF-16"},
		{"UTF-16 without a mark", "s\x00e\x00", "", "found UTF-16"},
		{"UTF-16 without a mark, big end first", "\x00s\x00e", "", "found UTF-16"},
	} {
		t.Run(row.name, func(t *testing.T) {
			for _, r := range []io.Reader{strings.NewReader(row.in), iotest.OneByteReader(strings.NewReader(row.in)), iotest.DataErrReader(strings.NewReader(row.in))} {
				got, err := ReadText(r, "--flag", 20)
				if string(got) != row.want || (err == nil) != (row.problem == "") {
					t.Fatalf("got %q, %v", got, err)
				}
				var text *TextError
				if err != nil && (!errors.As(err, &text) || text.Kind() != "usage" || !strings.HasPrefix(err.Error(), "--flag: ") || !strings.Contains(err.Error(), row.problem)) {
					t.Errorf("got %v, want %q", err, row.problem)
				}
			}
		})
	}
}

func TestReadTextOfAReaderThatFails(t *testing.T) {
	broken := errors.New("broken")
	if got, err := ReadText(io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(broken)), "in", 20); !errors.Is(err, broken) || got != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

// A first line is given at once, also where it is as short as a mark.
func TestTextReaderDoesNotHoldBackALine(t *testing.T) {
	r, w := io.Pipe()
	defer w.Close()
	go func() { _, _ = w.Write([]byte("x\n")) }()
	b := make([]byte, 10)
	if n, err := TextReader(r).Read(b); string(b[:n]) != "x\n" || err != nil {
		t.Errorf("got %q, %v", b[:n], err)
	}
}

func TestReadTextFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "[text]")
	if err := os.WriteFile(path, []byte("\xef\xbb\xbfsecret"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadTextFile(path, "--flag", 20); string(got) != "secret" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	for _, path := range []string{path + ".missing", filepath.Dir(path)} {
		var text *TextError
		if _, err := ReadTextFile(path, "--flag", 20); !errors.As(err, &text) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: got %v", path, err)
		}
	}
}

// FuzzReadText: the text of a mark and x is that of x, whatever the parts it is
// read in.
func FuzzReadText(f *testing.F) {
	for _, seed := range []string{"", "x", "\xef\xbb\xbfx", "\xff\xfex\x00", "\x00x"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		whole, err := ReadText(bytes.NewReader(in), "in", 1<<20)
		parts, perr := ReadText(iotest.OneByteReader(bytes.NewReader(in)), "in", 1<<20)
		if !bytes.Equal(whole, parts) || (err == nil) != (perr == nil) {
			t.Fatalf("%q, %v and %q, %v", whole, err, parts, perr)
		}
		if err == nil && !bytes.Equal(whole, bytes.TrimPrefix(in, []byte(mark))) {
			t.Errorf("%q gives %q", in, whole)
		}
	})
}
