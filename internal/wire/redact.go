package wire

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"strings"
)

// Redactor replaces what may be a secret by fingerprints, under one random key. It may
// be used by many goroutines.
type Redactor struct {
	key   [32]byte
	only  bool // named claims only
	ours  bool // what is redacted is a request of ours: any hidden value may be a secret
	learn func(string)
}

// NewRedactor makes a redactor with a key from random; nil: crypto/rand.
func NewRedactor(random io.Reader, o Options) *Redactor {
	if random == nil {
		random = rand.Reader
	}
	r := &Redactor{only: o.Claims, learn: o.Learn}
	if _, err := io.ReadFull(random, r.key[:]); err != nil {
		_, _ = rand.Read(r.key[:]) // never fails
	}
	if r.learn == nil {
		r.learn = func(string) {}
	}
	return r
}

// Fingerprint returns «16 hexadecimal digits» that are equal for equal values, and tell
// nothing of them. An empty value stays empty.
func (r *Redactor) Fingerprint(value string) string {
	if value == "" {
		return ""
	}
	mac := hmac.New(sha256.New, r.key[:])
	_, _ = io.WriteString(mac, value)
	return "«" + hex.EncodeToString(mac.Sum(nil)[:8]) + "»"
}

// hide is Fingerprint for a value that must not be anywhere else either.
func (r *Redactor) hide(value string) string {
	r.learn(value)
	return r.Fingerprint(value)
}

// minSecret is the length from which a value that is not known is looked for elsewhere.
const minSecret = 8

// minPersonal is the same for what tells who a user is: shorter values are anywhere.
const minPersonal = 3

// Value returns what is recorded of a parameter or a JSON member.
func (r *Redactor) Value(name, value string) string { return r.value(parameters()[name], value) }

func (r *Redactor) value(c class, value string) string {
	switch c {
	case secret:
		return r.hide(value)
	case token:
		return r.Token(value)
	case address:
		return r.URL(value)
	case harmless:
		return r.text(value)
	case personal:
		if !r.only {
			return r.text(value)
		}
		if len(value) >= minPersonal { // it may be in the detail of a check too
			return r.hide(value)
		}
	}
	if r.ours && len(value) >= minSecret {
		r.learn(value)
	}
	return r.Fingerprint(value)
}

// text is a value that is kept, without the tokens in it.
func (r *Redactor) text(value string) string {
	if !strings.Contains(value, "eyJ") {
		return value
	}
	return tokenShape().ReplaceAllStringFunc(value, r.Token)
}

// Token returns a JWT as header.claims.«fingerprint», with nonce and sid as their
// fingerprints, and without one where it has no signature; of any other token the
// fingerprint.
func (r *Redactor) Token(value string) string {
	if value == "" {
		return ""
	}
	r.learn(value)
	parts := strings.Split(value, ".")
	if len(parts) != 3 {
		return r.Fingerprint(value)
	}
	header, ok := r.part(parts[0], walker{r: r, keep: ofHeader()})
	claims, valid := r.part(parts[1], walker{r: r, claims: true})
	if !ok || !valid {
		return r.Fingerprint(value)
	}
	return header + "." + claims + "." + r.Fingerprint(parts[2])
}

// part redacts one part of a JWT. It stays byte for byte where nothing is hidden.
func (r *Redactor) part(encoded string, w walker) (string, bool) {
	raw, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil || len(raw) == 0 || raw[0] != '{' || !json.Valid(raw) {
		return "", false
	}
	redacted, ok := w.json(raw)
	if !ok {
		return "", false
	}
	if !w.changed {
		return encoded, true
	}
	return base64.RawURLEncoding.EncodeToString([]byte(redacted)), true
}

// Message returns a redacted copy of a message in clear: its Body.Text is the whole
// body as it was sent, whatever its media type. leg is what the call was for. nil gives
// nil.
func (r *Redactor) Message(m *Message, leg ...string) *Message {
	if m == nil {
		return nil
	}
	request := m.Status == 0
	if request {
		copied := *r
		copied.ours = true
		r = &copied
	}
	c := &Message{Method: m.Method, URL: r.URL(m.URL), Status: m.Status, Proto: m.Proto}
	for _, f := range m.Header {
		c.Header = append(c.Header, Field{r.name(f.Name), r.Header(f.Name, f.Value)})
	}
	var hidden bool
	c.Body, hidden = r.body(m.Body, strings.Join(leg, ""))
	if request && hidden { // its length would tell that of the secret
		c.Body.Size = -1
		for i, f := range c.Header {
			if strings.EqualFold(f.Name, "Content-Length") {
				c.Header[i].Value = "(not recorded)"
			}
		}
	}
	return c
}

// name returns a name that is not a value itself.
func (r *Redactor) name(name string) string {
	if nameShape().MatchString(name) && !strings.HasPrefix(name, "eyJ") {
		return name
	}
	return r.Fingerprint(name)
}
