package implicit

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// maxToken bounds a token, in bytes: a header line of a request is shorter.
const maxToken = 64 << 10

// headerNames are read here or by those who get the token.
func headerNames() []string {
	return []string{"alg", "b64", "crit", "cty", "enc", "jku", "jwk", "kid", "typ", "x5c", "x5t", "x5u", "zip"}
}

// claimNames likewise.
func claimNames() []string {
	return []string{
		"acr", "amr", "at_hash", "aud", "auth_time", "azp", "client_id", "exp", "iat", "iss", "jti", "nbf", "nonce", "scope", "sub",
	}
}

// compact is a JWS in compact serialization (RFC 7515 section 7.1), taken apart.
type compact struct {
	claims    Claims
	payload   string
	signed    []byte // what the signature is over
	signature []byte
}

// parseToken reads a JWS whose payload are claims: a JSON object of one meaning.
func parseToken(token string) (*compact, error) {
	c := new(compact)
	if err := c.parse(token); err != nil {
		return nil, err
	}
	return c, nil
}

// parse is parseToken in the memory of the token that was read before.
func (c *compact) parse(token string) error {
	if err := c.split(token); err != nil {
		return err
	}
	if err := c.claims.payload.parse(c.payload); err != nil {
		return fmt.Errorf("payload: not the JSON expected: %w", err)
	}
	return nil
}

// split reads a JWS strictly: three parts, base64url without padding,
// line breaks or stray bits, and a header that is a JSON object of one meaning.
// An empty signature is for the algorithm to refuse.
func (c *compact) split(token string) error {
	if len(token) > maxToken {
		return fmt.Errorf("expected at most %d bytes, found more", maxToken)
	}
	part1, rest, _ := strings.Cut(token, ".")
	part2, part3, ok := strings.Cut(rest, ".")
	if !ok || strings.IndexByte(part3, '.') >= 0 {
		if parts := strings.Count(token, ".") + 1; parts != 5 {
			return fmt.Errorf("expected 3 parts separated by dots, found %d", parts)
		}
		return errors.New("expected 3 parts, found the 5 of an encrypted token (JWE)")
	}
	var room [2048]byte // for most tokens
	header, err := appendDecoded(room[:0], part1)
	if err != nil {
		return fmt.Errorf("header: %w", err)
	}
	both, err := appendDecoded(header, part2)
	if err != nil {
		return fmt.Errorf("payload: %w", err)
	}
	if c.signature, err = appendDecoded(c.signature[:0], part3); err != nil {
		return fmt.Errorf("signature: %w", err)
	}
	text := string(both)
	c.payload, c.signed = text[len(header):], append(c.signed[:0], token[:len(part1)+1+len(part2)]...)
	if err := c.claims.header.parse(text[:len(header)]); err != nil {
		return fmt.Errorf("header: not the JSON expected: %w", err)
	}
	return nil
}

// appendDecoded also refuses stray bits after the last byte: without that, one
// token could be written in several ways.
func appendDecoded(out []byte, part string) ([]byte, error) {
	start, size := len(out), base64.RawURLEncoding.DecodedLen(len(part))
	out = slices.Grow(out, size)[:start+size]
	_, err := base64.RawURLEncoding.Decode(out[start:], []byte(part))
	last := part[max(0, len(part)-1):]
	switch {
	case err != nil,
		strings.IndexByte(part, '\r') >= 0, strings.IndexByte(part, '\n') >= 0, // the decoder passes over both; one byte at a time is found faster
		len(part)%4 == 2 && !strings.Contains("AQgw", last),
		len(part)%4 == 3 && !strings.Contains("AEIMQUYcgkosw048", last):
		return nil, errors.New("not base64url without padding")
	}
	return out, nil
}

// looksLikeJWT distinguishes a JWT from an opaque token (RFC 6749 section 1.4). What
// begins as a JWT and is broken is a broken JWT, not an opaque token; an
// encrypted one (RFC 7516) is opaque to all but its resource.
func looksLikeJWT(token string) bool {
	header, rest, dotted := strings.Cut(token, ".")
	if !dotted || strings.Count(rest, ".") == 3 {
		return false
	}
	if strings.HasPrefix(header, "eyJ") { // {"
		return true
	}
	text, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(header, "="))
	return err == nil && strings.HasPrefix(strings.TrimSpace(string(text)), "{")
}
