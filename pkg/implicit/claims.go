package implicit

import (
	"encoding/json"
	"fmt"
	"time"
)

// Claims is a decoded token: its header and its claims. Texts are as the token has
// them; those of a token that was not verified are anyone's.
type Claims struct {
	header, payload object
}

// DecodeUnverified reads a JWT strictly and verifies nothing: rely neither on its
// signature nor on any claim. The error says what is malformed: RFC 7515 section
// 5.2 steps 1 to 4, a name that appears more than once, text that is not UTF-8.
func DecodeUnverified(token string) (*Claims, error) {
	c, err := parseToken(token)
	if err != nil {
		return nil, fmt.Errorf("decode token: %w", err)
	}
	return &c.claims, nil
}

// Header returns the JOSE header as the token has it; nil for a userinfo response
// that is not signed.
func (c *Claims) Header() json.RawMessage { return json.RawMessage(c.header.raw) }

// Payload returns the claims as the token has them, numbers with all their digits.
func (c *Claims) Payload() json.RawMessage { return json.RawMessage(c.payload.raw) }

// MarshalJSON returns [Claims.Payload].
func (c *Claims) MarshalJSON() ([]byte, error) { return c.Payload(), nil }

// Lookup returns the JSON value at a path of names and, inside arrays, of
// indices counted from 0. An empty path is the whole payload.
func (c *Claims) Lookup(path ...string) (json.RawMessage, bool) {
	value, ok := c.at(path)
	return json.RawMessage(value), ok
}

// Text returns the string at the path of [Claims.Lookup]; empty if it is absent,
// null or anything else (OpenID Connect Core section 5.3.2).
func (c *Claims) Text(path ...string) string {
	value, _ := c.at(path)
	s, _ := value.text()
	return s
}

func (c *Claims) at(path []string) (rawValue, bool) {
	if len(path) == 0 {
		return rawValue(c.payload.raw), true
	}
	value, ok := c.payload.get(path[0])
	for _, name := range path[1:] {
		if !ok {
			break
		}
		value, ok = value.child(name)
	}
	return value, ok
}

func (c *Claims) headerText(name string) string {
	s, _ := c.header.text(name)
	return s
}

// Subject returns sub; empty if it is absent or not a string.
func (c *Claims) Subject() string { return c.claimText("sub") }

// Audience returns aud, one string or an array of them; nil if it is anything else.
func (c *Claims) Audience() []string {
	raw, _ := c.payload.get("aud")
	if list, ok := raw.texts(); ok {
		return list
	}
	return nil
}

func (c *Claims) claimText(name string) string {
	s, _ := c.payload.text(name)
	return s
}

// Time returns a claim that is a NumericDate (RFC 7519 section 2), such as exp,
// iat, nbf and auth_time; ok is false if it is absent or not one.
func (c *Claims) Time(name string) (t time.Time, ok bool) {
	raw, ok := c.payload.get(name)
	if !ok {
		return time.Time{}, false
	}
	return raw.numericDate()
}
