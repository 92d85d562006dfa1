package render

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// Login is the outcome of a login, as commands print it.
type Login struct {
	Result   *implicit.Result
	UserInfo *implicit.Claims
	Issuer   string
	ClientID string
	Now      time.Time
	Secrets  bool // print tokens of a result that is not valid, and in text
}

// Object is the result object that commands print as JSON.
type Object struct {
	Valid       bool             `json:"valid"`
	AccessToken string           `json:"access_token,omitempty"`
	TokenType   string           `json:"token_type,omitempty"`
	ExpiresIn   *int64           `json:"expires_in,omitempty"`
	ExpiresAt   string           `json:"expires_at,omitempty"`
	Scope       string           `json:"scope,omitempty"`
	IDToken     string           `json:"id_token,omitempty"`
	State       string           `json:"state,omitempty"`
	Claims      ObjectClaims     `json:"claims"`
	UserInfo    json.RawMessage  `json:"userinfo,omitempty"`
	Checks      []implicit.Check `json:"checks"`
	Warnings    Warnings         `json:"warnings"`
}

// Warnings are an array in JSON, even where there are none.
type Warnings []implicit.Warning

// MarshalJSON implements [json.Marshaler].
func (w Warnings) MarshalJSON() ([]byte, error) {
	return json.Marshal(append([]implicit.Warning{}, w...))
}

// ObjectClaims are the claims of an [Object]; nil for a token that is absent or
// opaque.
type ObjectClaims struct {
	IDToken     *implicit.Claims `json:"id_token,omitempty"`
	AccessToken *implicit.Claims `json:"access_token,omitempty"`
}

// JSON writes the result object. Tokens of a result that is not valid are left
// out: a program must not find them where it looks for good ones.
func (l Login) JSON(w io.Writer) error {
	r := l.Result
	out := Object{Valid: r.Valid(), Checks: r.Checks, Warnings: r.Warnings, Claims: ObjectClaims{r.Unverified.IDToken, r.Unverified.AccessToken}}
	if l.UserInfo != nil {
		out.UserInfo = l.UserInfo.Payload()
	}
	if resp := r.Unverified.Response; resp != nil {
		out.TokenType, out.Scope = resp.TokenType, l.scope()
		if seconds, ok := words.ExpiresIn(resp); ok {
			out.ExpiresIn = &seconds
		}
		if r.Valid() || l.Secrets {
			out.AccessToken, out.IDToken, out.State = resp.AccessToken.Reveal(), resp.IDToken.Reveal(), resp.State
		}
	}
	if t, ok := words.Expiry(r, l.Now); ok {
		out.ExpiresAt = t.UTC().Format(time.RFC3339)
	}
	return words.JSON(w, out)
}

// Text writes the result as text: the user, the tokens, when they expire, how many checks
// passed, and the failed ones in full. stored says where the tokens are; empty:
// nowhere.
func (l Login) Text(w io.Writer, s Style, stored string) {
	title, paint := "Signed in"+l.as(), s.Bold
	if !l.Result.Valid() {
		title, paint = "Not valid: do not use these tokens", s.Bad
	}
	for _, line := range s.wrap(title, 0) {
		fmt.Fprintln(w, paint(line))
	}
	fmt.Fprintln(w)
	s.Rows(w, append(l.rows(), [2]string{"checks", Tally(l.Result.Checks)}, [2]string{"stored", stored}))
	for _, c := range l.Result.Checks {
		if c.Status == implicit.StatusFail {
			s.failed(w, c)
		}
	}
}

func (l Login) as() string {
	who := words.Who(l.Result, l.UserInfo)
	if who == "" {
		who = subject(l.Result)
	}
	if who == "" {
		return ""
	}
	return " as " + words.Text(who)
}

func subject(r *implicit.Result) string {
	for _, claims := range []*implicit.Claims{r.Unverified.IDToken, r.Unverified.AccessToken} {
		if claims != nil && claims.Subject() != "" {
			return claims.Subject()
		}
	}
	return ""
}

func (l Login) rows() (rows [][2]string) {
	r := l.Result
	if resp := r.Unverified.Response; resp != nil {
		if !resp.AccessToken.Empty() {
			rows = append(rows, [2]string{"access token", l.accessToken()})
		}
		if !resp.IDToken.Empty() {
			rows = append(rows, [2]string{"ID token", idTokenLife(r, l.Now)})
		}
		if scope := l.scope(); scope != "" {
			rows = append(rows, [2]string{"scope", words.Text(scope)})
		}
		if l.Secrets {
			rows = append(rows, [2]string{"access_token", words.Text(resp.AccessToken.Reveal())}, [2]string{"id_token", words.Text(resp.IDToken.Reveal())})
		}
	}
	if id := subject(r); id != "" && " as "+words.Text(id) != l.as() {
		rows = append(rows, [2]string{"subject", words.Text(id)})
	}
	return append(rows, [2]string{"issuer", words.Text(l.Issuer)}, [2]string{"client", words.Text(l.ClientID)})
}

func (l Login) accessToken() string {
	kind := ""
	if l.Result.Unverified.AccessToken == nil {
		kind = "opaque, "
	}
	if t, ok := words.Expiry(l.Result, l.Now); ok {
		return kind + goodUntil(t, l.Now)
	}
	return kind + "the provider does not say when it expires"
}

func idTokenLife(r *implicit.Result, now time.Time) string {
	if r.Unverified.IDToken == nil {
		return "cannot be read"
	}
	if t, ok := r.Unverified.IDToken.Time("exp"); ok {
		return goodUntil(t, now)
	}
	return "without an expiry"
}

// goodUntil begins with the remaining time, which most readers want.
func goodUntil(t, now time.Time) string {
	at := t.UTC().Format("2006-01-02 15:04:05 UTC")
	if left := t.Sub(now).Round(time.Second); left > 0 {
		return "valid for " + words.Span(left) + ", until " + at
	}
	return "expired at " + at
}

// scope is the granted scope: that of the response, else of the access token.
func (l Login) scope() string {
	if l.Result.Unverified.Response.Scope != "" || l.Result.Unverified.AccessToken == nil {
		return l.Result.Unverified.Response.Scope
	}
	return l.Result.Unverified.AccessToken.Text("scope")
}

// Tally says in one line how the checks ended: "31 passed, 5 not applicable".
func Tally(checks []implicit.Check) string {
	count := map[implicit.Status]int{}
	for _, c := range checks {
		count[c.Status]++
	}
	var parts []string
	for _, part := range []struct {
		status implicit.Status
		words  string
	}{{implicit.StatusPass, "passed"}, {implicit.StatusFail, "failed"}, {implicit.StatusSkip, "not applicable"}} {
		if n := count[part.status]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, part.words))
		}
	}
	return strings.Join(parts, ", ")
}

// failed writes a failed check in full, its values below each other so that they
// can be compared.
func (s Style) failed(w io.Writer, c implicit.Check) {
	fmt.Fprintln(w)
	const indent = "      "
	for i, line := range s.wrap(c.Name+": "+c.Detail, len(indent)) {
		if i == 0 {
			line = s.Bad("FAIL") + "  " + line
		} else {
			line = indent + line
		}
		fmt.Fprintln(w, line)
	}
	for _, row := range [][2]string{{"expected  ", c.Expected}, {"found     ", c.Found}, {"see       ", c.Clause}} {
		if row[1] != "" {
			s.indented(w, indent+row[0], indent+"          ", row[1])
		}
	}
}

// Checks writes one line for each check, not wrapped: it can be searched.
func Checks(w io.Writer, s Style, checks []implicit.Check) {
	width := 0
	for _, c := range checks {
		width = max(width, len(c.Name))
	}
	for _, c := range checks {
		mark := map[implicit.Status]string{implicit.StatusPass: s.Good("pass"), implicit.StatusFail: s.Bad("FAIL"), implicit.StatusSkip: s.Dim("skip")}[c.Status]
		fmt.Fprintf(w, "  %s  %-*s  %s\n", mark, width, c.Name, checkLine(c))
	}
}

func checkLine(c implicit.Check) string {
	line := c.Detail
	if c.Expected != "" {
		line += "; expected " + c.Expected
	}
	if c.Found != "" {
		line += "; found " + c.Found
	}
	if c.Clause != "" {
		line += " (" + c.Clause + ")"
	}
	return line
}

// Claims writes header or claims of a token for people, one a line, in their
// order; times also in words.
func (s Style) Claims(w io.Writer, object json.RawMessage, now time.Time) error {
	members, err := orderedMembers(object)
	if err != nil {
		return err
	}
	var rows [][2]string
	for _, m := range members {
		rows = append(rows, [2]string{words.Text(m.name), claimText(m.name, m.value, now)})
	}
	s.Rows(w, rows)
	return nil
}
