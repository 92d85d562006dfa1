package render

import (
	"encoding/json"
	"fmt"
	"io"
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

// Text writes the result for people: who, what, until when, and each check.
func (l Login) Text(w io.Writer, s Style) {
	if l.Result.Valid() {
		who := words.Who(l.Result, l.UserInfo)
		if who != "" {
			who = " as " + words.Text(who)
		}
		fmt.Fprintf(w, "%s\n", s.Bold("Signed in"+who))
	} else {
		fmt.Fprintf(w, "%s\n", s.Bad("Not valid: do not use these tokens"))
	}
	Rows(w, l.rows())
	fmt.Fprintln(w)
	Checks(w, s, l.Result.Checks)
}

func (l Login) rows() [][2]string {
	rows := [][2]string{{"issuer", words.Text(l.Issuer)}, {"client", words.Text(l.ClientID)}}
	r := l.Result
	if r.Unverified.IDToken != nil {
		rows = append(rows, [2]string{"subject", words.Text(r.Unverified.IDToken.Subject())})
	}
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
	return rows
}

func (l Login) accessToken() string {
	kind := "JWT"
	if l.Result.Unverified.AccessToken == nil {
		kind = "opaque"
	}
	if t, ok := words.Expiry(l.Result, l.Now); ok {
		return kind + ", until " + words.When(t, l.Now)
	}
	return kind + ", the provider does not say when it expires"
}

func idTokenLife(r *implicit.Result, now time.Time) string {
	if r.Unverified.IDToken == nil {
		return "cannot be read"
	}
	if t, ok := r.Unverified.IDToken.Time("exp"); ok {
		return "until " + words.When(t, now)
	}
	return "without an expiry"
}

// scope is the granted scope: that of the response, else of the access token.
func (l Login) scope() string {
	if l.Result.Unverified.Response.Scope != "" || l.Result.Unverified.AccessToken == nil {
		return l.Result.Unverified.Response.Scope
	}
	return l.Result.Unverified.AccessToken.Text("scope")
}

// Checks writes one line for each check.
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
func Claims(w io.Writer, object json.RawMessage, now time.Time) error {
	members, err := orderedMembers(object)
	if err != nil {
		return err
	}
	var rows [][2]string
	for _, m := range members {
		rows = append(rows, [2]string{words.Text(m.name), claimText(m.name, m.value, now)})
	}
	Rows(w, rows)
	return nil
}
