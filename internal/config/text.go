package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// readText reads a text of at most max bytes. A byte order mark at its start is
// dropped; UTF-16 is named in the error.
func readText(r io.Reader, max int) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, int64(max)+1))
	switch {
	case err != nil:
		return nil, err
	case len(data) > max:
		return nil, fmt.Errorf("expected at most %d bytes", max)
	case isUTF16(data):
		return nil, errors.New("expected UTF-8, found UTF-16; save it as UTF-8")
	case !utf8.Valid(data):
		return nil, errors.New("expected UTF-8")
	}
	return bytes.TrimPrefix(data, []byte("\ufeff")), nil
}

// isUTF16 recognises UTF-16 by its byte order mark, or by the zero byte that one
// of the first two ASCII characters has.
func isUTF16(data []byte) bool {
	return bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) ||
		len(data) >= 2 && (data[0] == 0) != (data[1] == 0)
}
