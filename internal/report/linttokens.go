package report

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

func (l *linter) lintTokens() {
	id, access := token(value(l.response, "id_token")), token(value(l.response, "access_token"))
	for _, t := range []struct {
		name   string
		claims *implicit.Claims
	}{{"ID token", id}, {"access token", access}} {
		if t.claims != nil {
			l.lintAuthTime(t.name, t.claims)
			l.lintCase(t.name, t.claims)
		}
	}
	if access != nil {
		l.lintLifetime(access)
		l.lintType(access)
		l.lintAPI(access)
	}
}

// maxDrift is how far expires_in and exp - iat may differ: a provider counts them at
// different moments.
const maxDrift = 5 * time.Second

func (l *linter) lintLifetime(access *implicit.Claims) {
	seconds, err := strconv.ParseInt(value(l.response, "expires_in"), 10, 64)
	exp, hasExp := access.Time("exp")
	iat, hasIat := access.Time("iat")
	if err != nil || !hasExp || !hasIat {
		return
	}
	if life := exp.Sub(iat); (life - time.Duration(seconds)*time.Second).Abs() > maxDrift {
		l.add(LintExpiresIn, "RFC 6749 section 4.2.2", "a client that trusts expires_in uses the token after it expired, or renews too often",
			"expires_in is %d, and the access token is valid for %d seconds (exp - iat)", seconds, int64(life/time.Second))
	}
}

// minPlausible is September 2001. PingOne has been seen to write auth_time in thousands
// of seconds.
var minPlausible = time.Unix(1e9, 0)

func (l *linter) lintAuthTime(name string, claims *implicit.Claims) {
	at, ok := claims.Time("auth_time")
	if !ok {
		return
	}
	iat, hasIat := claims.Time("iat")
	switch {
	case at.Before(minPlausible):
		l.add(LintAuthTime, "OpenID Connect Core section 2", "max_age cannot be checked with it; PingOne writes a thousandth under DaVinci policies",
			"auth_time of the %s is %d, which is in %d", name, at.Unix(), at.UTC().Year())
	case hasIat && at.Sub(iat) > time.Minute:
		l.add(LintAuthTime, "OpenID Connect Core section 2", "max_age cannot be checked with it",
			"auth_time of the %s is later than its iat: %d and %d", name, at.Unix(), iat.Unix())
	}
}

// standardClaims are those that this program or the standard's clients read.
const standardClaims = "iss sub aud exp iat nbf jti nonce auth_time acr amr azp at_hash c_hash sid scope client_id " +
	"name given_name family_name middle_name nickname preferred_username profile picture website email email_verified " +
	"gender birthdate zoneinfo locale phone_number phone_number_verified address updated_at"

func (l *linter) lintCase(name string, claims *implicit.Claims) {
	var members map[string]json.RawMessage
	if json.Unmarshal(claims.Payload(), &members) != nil {
		return
	}
	standard := strings.Fields(standardClaims)
	var found []string
	for claim := range members {
		i := slices.IndexFunc(standard, func(s string) bool { return strings.EqualFold(s, claim) && s != claim })
		if i >= 0 {
			found = append(found, fmt.Sprintf("%q (%s)", claim, standard[i]))
		}
	}
	if slices.Sort(found); len(found) > 0 {
		l.add(LintCaseVariant, "RFC 7519 section 4", "names are case-sensitive: clients ignore these, and some that do not can be misled",
			"claims of the %s that differ from a standard one by letter case only: %s", name, strings.Join(found, ", "))
	}
}

func (l *linter) lintType(access *implicit.Claims) {
	var header struct{ Typ string }
	if json.Unmarshal(access.Header(), &header) != nil || !ofPingOne(access) {
		return
	}
	typ := strings.TrimPrefix(strings.ToLower(header.Typ), "application/")
	if typ != "at+jwt" {
		l.add(LintAccessTokenType, "RFC 9068 section 2.1; PingOne changes of 2027-03-02",
			"from 2027-03-02 each access token of PingOne has the type at+jwt, and an API that requires another type will refuse it; the application can turn it on now",
			"the access token has %s", typeWords(header.Typ))
	}
}

func typeWords(typ string) string {
	if typ == "" {
		return "no typ in its header"
	}
	return fmt.Sprintf("typ %q in its header", typ)
}

// lintAPI looks for an access token that is for another API than PingOne's own, which
// userinfo needs: its aud is that API's.
func (l *linter) lintAPI(access *implicit.Claims) {
	audience := access.Audience()
	if !ofPingOne(access) || len(audience) == 0 {
		return
	}
	for _, aud := range audience {
		u, err := url.Parse(aud)
		if aud == access.Text("iss") || aud == value(l.request, "client_id") || err == nil && strings.HasPrefix(u.Hostname(), "api.pingone.") {
			return
		}
	}
	l.add(LintOtherAPI, "RFC 9068 section 4", "any other API, userinfo included, may refuse it",
		"the access token is for another API: aud is %q", audience)
}

// ofPingOne reports whether a token names an environment of PingOne, as each of them does.
func ofPingOne(claims *implicit.Claims) bool {
	return claims.Text("env") != "" || strings.Contains(claims.Text("iss"), ".pingone.")
}
