package implicit

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	defaultSkew = time.Minute
	maxSubject  = 255 // OpenID Connect Core section 2
)

// issuer must be identical: OpenID Connect Core section 3.1.3.7 rule 2.
func (t *tokenCheck) issuer() {
	raw, found := t.claim("iss")
	if iss, _ := raw.text(); iss != t.Verifier.Issuer {
		t.fail("the token was issued by a different issuer", quote(t.Verifier.Issuer), shown(raw, found), t.rule("OpenID Connect Core section 3.1.3.7 rule 2"))
		return
	}
	t.pass(t.Verifier.Issuer)
}

// subject refuses an absent one unless it is optional, and another user's. Where an
// ID token says who the user is, the access token may name them otherwise.
func (t *tokenCheck) subject(optional bool) {
	const clause = "OpenID Connect Core section 2"
	raw, found := t.claim("sub")
	sub, _ := raw.text()
	known := t.expect.Subject != "" && (!t.access || t.noIDToken)
	optional = optional && !known
	switch {
	case !found && optional:
		t.skip("sub is absent")
	case sub == "" || len(sub) > maxSubject:
		t.fail("sub is required", "1 to 255 characters", shown(raw, found), t.rule(clause))
	case known && sub != t.expect.Subject:
		t.fail("the token is for a different user", quote(t.expect.Subject), quote(sub), "OpenID Connect Core section 3.1.2.2")
	default:
		t.pass(plain(sub))
	}
}

func (t *tokenCheck) expiry() {
	const clause = "OpenID Connect Core section 3.1.3.7 rule 9"
	exp, ok := t.time("exp", clause)
	if !ok {
		return
	}
	if limit := t.now.Add(-t.skew()); !exp.After(limit) {
		t.fail("it expired "+words(t.now.Sub(exp))+" ago"+t.clockNote(), "later than "+stamp(limit), stamp(exp), t.rule(clause))
		return
	}
	t.pass(stamped("until ", exp))
}

// issuedAt refuses a token from the future, and one older than the request.
func (t *tokenCheck) issuedAt(optional bool) {
	const clause = "OpenID Connect Core section 3.1.3.7 rule 10"
	if _, found := t.claim("iat"); !found && optional {
		t.skip("iat is absent")
		return
	}
	iat, ok := t.time("iat", clause)
	if !ok || t.inFuture("it was issued", iat, clause) {
		return
	}
	if limit := t.expect.RequestedAt.Add(-t.skew()); !optional && !t.expect.RequestedAt.IsZero() && iat.Before(limit) {
		t.fail("it was issued "+words(t.expect.RequestedAt.Sub(iat))+" before the request"+t.clockNote(),
			"not before "+stamp(limit), stamp(iat), clause)
		return
	}
	t.pass(stamp(iat))
}

func (t *tokenCheck) notBefore() {
	const clause = "RFC 7519 section 4.1.5"
	if _, found := t.claim("nbf"); !found {
		t.skip("nbf is absent")
		return
	}
	if nbf, ok := t.time("nbf", clause); ok && !t.inFuture("it becomes valid", nbf, clause) {
		t.pass(stamped("since ", nbf))
	}
}

// time returns a NumericDate that is required, or records a failure.
func (t *tokenCheck) time(name, clause string) (time.Time, bool) {
	raw, found := t.claim(name)
	at, ok := raw.numericDate()
	if !ok {
		t.fail(name+" is required, in seconds since 1970", "a number", shown(raw, found), t.rule(clause))
	}
	return at, ok
}

func (t *tokenCheck) inFuture(what string, at time.Time, clause string) bool {
	limit := t.now.Add(t.skew())
	if !at.After(limit) {
		return false
	}
	t.fail(what+" "+words(at.Sub(t.now))+" from now"+t.clockNote(), "not after "+stamp(limit), stamp(at), t.rule(clause))
	return true
}

func (t *tokenCheck) claim(name string) (rawValue, bool) { return t.jwt.claims.payload.get(name) }

func (v *Verifier) skew() time.Duration {
	switch {
	case v.Skew == 0:
		return defaultSkew
	case v.Skew < 0:
		return 0
	}
	return v.Skew
}

// clockNote names the difference of the clocks, which the user can correct. A Date
// header has whole seconds: a difference below two means nothing.
func (v *Verifier) clockNote() string {
	if v.ServerTime == nil {
		return ""
	}
	offset, known := v.ServerTime()
	switch {
	case !known:
		return ""
	case offset >= 2*time.Second:
		return "; your clock is " + words(offset) + " behind the server"
	case offset <= -2*time.Second:
		return "; your clock is " + words(-offset) + " ahead of the server"
	}
	return "; your clock agrees with the server's"
}

// words prints a duration in its two largest units, "41 s", "2 h 5 min".
func words(d time.Duration) string {
	units := []struct {
		name string
		size time.Duration
	}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"min", time.Minute}, {"s", time.Second}}
	var parts []string
	for _, u := range units {
		if n := d / u.size; n > 0 && len(parts) < 2 {
			parts = append(parts, strconv.FormatInt(int64(n), 10)+" "+u.name)
			d -= n * u.size
		}
	}
	if parts == nil {
		return "less than 1 s"
	}
	return strings.Join(parts, " ")
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func stamped(prefix string, t time.Time) string {
	text := make([]byte, 0, 40)
	return string(t.UTC().AppendFormat(append(text, prefix...), time.RFC3339))
}

// shown prints a claim as the token has it.
func shown(raw rawValue, found bool) string {
	if !found {
		return "none"
	}
	if s, ok := raw.text(); ok {
		return quote(s)
	}
	return strings.ReplaceAll(strings.Replace(strings.TrimPrefix(quote(string(raw)), `"`), `"…`, "…", 1), `\"`, `"`)
}

// plain shows a text without quotes if it needs none.
func plain(s string) string {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' || s[i] == '"' || i > maxSubject {
			return quote(s)
		}
	}
	return s
}

// audiences adds those of aud to list; ok is false where it is neither a string nor an array of
// strings.
func (t *tokenCheck) audiences(list []string) (all []string, raw rawValue, found, ok bool) {
	raw, found = t.claim("aud")
	list, ok = raw.appendTexts(list)
	return list, raw, found, ok && !slices.Contains(list, "")
}
