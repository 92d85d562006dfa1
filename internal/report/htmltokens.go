package report

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// foundToken is a token of the recorded response. claims is nil where it is opaque.
type foundToken struct {
	name   string
	text   string
	claims *implicit.Claims
}

const idToken = "ID token"

func (p *page) found() (tokens []foundToken) {
	s := findSignOn(p.run.entries())
	for _, t := range [][2]string{{idToken, "id_token"}, {"access token", "access_token"}} {
		if text := value(s.response, t[1]); text != "" {
			tokens = append(tokens, foundToken{t[0], text, token(text)})
		}
	}
	return tokens
}

func capital(name string) string { return strings.ToUpper(name[:1]) + name[1:] }

func (t foundToken) expires() (time.Time, bool) {
	if t.claims == nil {
		return time.Time{}, false
	}
	return t.claims.Time("exp")
}

// tokens shows what the tokens say, and when.
func (p *page) tokens() {
	if !p.open("tokens", "Decoded, whether or not they passed the checks. Times are relative to the end of the run.") {
		return
	}
	for _, t := range p.found() {
		p.raw("<article class=token><h3>", capital(t.name), "</h3>")
		if t.claims == nil {
			p.raw("<p>Opaque: no client can read it. ")
			p.element("code", t.text)
			p.raw("</p></article>")
			continue
		}
		p.raw("<h4>Header</h4>")
		p.claims(t.claims.Header())
		p.raw("<h4>Claims</h4>")
		p.claims(t.claims.Payload())
		p.raw("</article>")
	}
	p.raw("</section>\n")
}

func (p *page) claims(object json.RawMessage) {
	p.raw("<table class=pairs><tbody>")
	for _, m := range orderedMembers(object) {
		p.raw("<tr>")
		p.element("td class=name", m.name)
		p.raw("<td>")
		p.text(claimText(m.value))
		if at, ok := claimTime(m.name, m.value); ok {
			p.element("span class=when", words.When(at, p.run.Ended))
		}
		p.element("td class=dim", claimMeanings[m.name])
	}
	p.raw("</tbody></table>")
}

type jsonMember struct {
	name  string
	value json.RawMessage
}

// orderedMembers returns those of an object in their order, as far as it can be read.
func orderedMembers(object json.RawMessage) (all []jsonMember) {
	dec := json.NewDecoder(bytes.NewReader(object))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil
	}
	for dec.More() {
		name, err := dec.Token()
		var v json.RawMessage
		if err != nil || dec.Decode(&v) != nil {
			return all
		}
		all = append(all, jsonMember{name.(string), v})
	}
	return all
}

func claimText(v json.RawMessage) string {
	var text string
	if json.Unmarshal(v, &text) == nil {
		return text
	}
	return string(v)
}

// claimTime reads the claims that hold seconds since 1970 (RFC 7519 NumericDate).
func claimTime(name string, v json.RawMessage) (time.Time, bool) {
	var seconds float64
	if !slices.Contains([]string{"exp", "iat", "nbf", "auth_time", "updated_at"}, name) || json.Unmarshal(v, &seconds) != nil || max(seconds, -seconds) > 1e11 {
		return time.Time{}, false
	}
	return time.Unix(int64(seconds), 0), true
}

var claimMeanings = map[string]string{
	"alg": "signature algorithm", "kid": "signing key", "typ": "kind of token", "iss": "issuer", "sub": "user", "aud": "intended for",
	"exp": "expires", "iat": "issued", "nbf": "not valid before", "auth_time": "when the user signed on", "nonce": "binds it to the request",
	"at_hash": "binds it to the access token", "acr": "sign-on policy", "amr": "how the user signed on", "azp": "client it was issued to",
	"client_id": "client it was issued to", "scope": "what it allows", "sid": "session", "env": "PingOne environment", "org": "PingOne organization",
	"jti": "ID of the token",
}
