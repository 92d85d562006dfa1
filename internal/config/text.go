package config

import (
	"errors"
	"io"
	"unicode/utf8"

	"github.com/implicit-cli/implicit/internal/state"
)

// readText is [state.ReadText] for a text that must be UTF-8 throughout.
func readText(r io.Reader, max int) ([]byte, error) {
	data, err := state.ReadText(r, "", int64(max))
	switch {
	case err != nil:
		return nil, errors.Unwrap(err)
	case !utf8.Valid(data):
		return nil, errors.New("expected UTF-8")
	}
	return data, nil
}
