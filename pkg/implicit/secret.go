package implicit

import (
	"fmt"
	"log/slog"
)

// Secret holds a password, a passcode, a token or a cookie. No fmt verb, no
// encoder and no logger prints it; only [Secret.Reveal] gives the value away.
// The zero Secret is empty.
type Secret struct {
	// A pointer, because fmt calls no method on unexported fields of a struct
	// it walks: it then prints an address and not the value.
	value *string
}

// NewSecret wraps value. An empty value gives the zero Secret.
func NewSecret(value string) Secret {
	if value == "" {
		return Secret{}
	}
	return Secret{&value}
}

// Reveal returns the value in clear.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// Empty reports whether there is nothing to keep secret.
func (s Secret) Empty() bool { return s.value == nil }

func (s Secret) redacted() string {
	if s.Empty() {
		return ""
	}
	return "[redacted]"
}

// Format prints "[redacted]" for every verb and flag.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.redacted()) }

// MarshalText keeps the value out of JSON and every other encoding that knows
// [encoding.TextMarshaler].
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.redacted()), nil }

// LogValue keeps the value out of log/slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.redacted()) }
