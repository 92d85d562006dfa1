package implicit

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/implicit-cli/implicit/pkg/internal/web"
)

// Param is one name and value of a request, in the order they are sent.
type Param struct{ Name, Value string }

// Request is one authorize request of the implicit grant: OpenID Connect Core
// section 3.2.2.1. Make it with [NewRequest], which fills in a fresh State and
// Nonce. An empty field is not sent.
type Request struct {
	Endpoint string // the authorization endpoint; https, or http on loopback
	Method   string // GET (also when empty) or POST

	ClientID     string
	RedirectURI  string // absolute, without a fragment; may be empty with pi.flow
	ResponseType string // token, id_token or both; sent as written, since providers differ in the order they know
	ResponseMode string // fragment, form_post, pi.flow; query only with AllowQuery
	Scope        string // space separated
	State        string // is returned in the response and ties it to this request
	Nonce        string // is returned in the ID token and ties that to this request

	Prompt      string
	MaxAge      *int64 // seconds since the user last signed on; nil: no limit
	ACRValues   string
	LoginHint   string
	UILocales   string
	IDTokenHint Secret

	Params []Param // any other authorize parameter

	// AllowQuery lets ResponseMode be "query". Tokens in a query end up in
	// logs and histories, and OAuth 2.0 Multiple Response Types section 3.0
	// forbids it.
	AllowQuery bool
}

// NewRequest returns a request for both tokens in the fragment, scope openid,
// with a fresh state and nonce.
func NewRequest(endpoint, clientID, redirectURI string) *Request {
	return &Request{
		Endpoint:     endpoint,
		ClientID:     clientID,
		RedirectURI:  redirectURI,
		ResponseType: "token id_token",
		ResponseMode: "fragment",
		Scope:        "openid",
		State:        randomValue(rand.Reader),
		Nonce:        randomValue(rand.Reader),
	}
}

// randomValue reads 192 bits from r and returns them as 32 characters of
// A-Z a-z 0-9 - _, which every provider sends back unchanged. It panics when r
// fails, as crypto/rand does.
func randomValue(r io.Reader) string {
	b := make([]byte, 24)
	if _, err := io.ReadFull(r, b); err != nil {
		panic("implicit: no randomness: " + err.Error())
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// check refuses what must not be sent.
func (r *Request) check() error {
	for _, check := range []func() error{
		r.checkEndpoint, r.checkClientID, r.checkRedirectURI, r.checkResponseType,
		r.checkResponseMode, r.checkScope, r.checkBinding, r.checkMaxAge, r.checkParams,
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (r *Request) checkEndpoint() error {
	if err := web.CheckURL(r.Endpoint); err != nil {
		return &RequestError{"authorization endpoint", err.Error()}
	}
	if r.Method != "" && r.Method != http.MethodGet && r.Method != http.MethodPost {
		return &RequestError{"method", fmt.Sprintf("expected GET or POST, found %q", r.Method)}
	}
	return nil
}

func (r *Request) checkClientID() error {
	switch {
	case r.ClientID == "":
		return &RequestError{"client_id", "missing; it is the ID of the application at the provider"}
	case web.HasControlOrSpace(r.ClientID):
		return &RequestError{"client_id", fmt.Sprintf("expected no spaces or control characters, found %q", r.ClientID)}
	}
	return nil
}

// checkRedirectURI follows RFC 6749 section 3.1.2: absolute, no fragment.
func (r *Request) checkRedirectURI() error {
	if r.RedirectURI == "" {
		if r.ResponseMode == "pi.flow" {
			return nil
		}
		return &RequestError{"redirect_uri", "missing; it must be registered with the application"}
	}
	u, err := url.Parse(r.RedirectURI)
	switch {
	case err != nil || web.HasControlOrSpace(r.RedirectURI):
		return &RequestError{"redirect_uri", fmt.Sprintf("expected a URL, found %q", r.RedirectURI)}
	case strings.Contains(r.RedirectURI, "#"):
		return &RequestError{"redirect_uri", fmt.Sprintf("expected no fragment, found %q", r.RedirectURI)}
	case u.Scheme == "" || (u.Host == "" && u.Path == "" && u.Opaque == ""):
		return &RequestError{"redirect_uri", fmt.Sprintf("expected an absolute URL, found %q", r.RedirectURI)}
	case (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() == "":
		return &RequestError{"redirect_uri", fmt.Sprintf("expected a host, found %q", r.RedirectURI)}
	case u.User != nil:
		return &RequestError{"redirect_uri", "expected no user name or password in it"}
	}
	return nil
}

func (r *Request) checkResponseType() error {
	kinds := strings.Split(r.ResponseType, " ")
	for i, k := range kinds {
		if (k != "token" && k != "id_token") || slices.Contains(kinds[:i], k) {
			return &RequestError{"response_type", fmt.Sprintf("expected token, id_token or both, once, separated by one space; found %q", r.ResponseType)}
		}
	}
	return nil
}

func (r *Request) checkResponseMode() error {
	switch r.ResponseMode {
	case "", "fragment", "form_post", "pi.flow":
		return nil
	case "query":
		if r.AllowQuery {
			return nil
		}
		return &RequestError{"response_mode", "query is refused: tokens in a query end up in logs and histories; use fragment or form_post"}
	}
	return &RequestError{"response_mode", fmt.Sprintf("expected fragment, form_post or pi.flow; found %q", r.ResponseMode)}
}

func (r *Request) checkScope() error {
	if strings.TrimSpace(r.Scope) == "" {
		return &RequestError{"scope", "empty; OpenID Connect needs at least openid"}
	}
	for _, c := range r.Scope {
		if c != ' ' && (c < 0x21 || c > 0x7e || c == '"' || c == '\\') {
			return &RequestError{"scope", fmt.Sprintf("expected printable ASCII without quotes and backslashes, found %q", r.Scope)}
		}
	}
	return nil
}

// checkBinding requires what ties the response to this request: a state always,
// a nonce where an ID token will carry it (OpenID Connect Core 3.2.2.1).
func (r *Request) checkBinding() error {
	if r.State == "" {
		return &RequestError{"state", "empty; a forged response could not be recognised"}
	}
	if r.Nonce == "" && slices.Contains(strings.Fields(r.ResponseType), "id_token") {
		return &RequestError{"nonce", "empty; OpenID Connect requires one for an ID token"}
	}
	return nil
}

func (r *Request) checkMaxAge() error {
	if r.MaxAge != nil && *r.MaxAge < 0 {
		return &RequestError{"max_age", fmt.Sprintf("expected seconds, zero or more; found %d", *r.MaxAge)}
	}
	return nil
}

// own are the parameters that have a field; Params may not say them again.
var own = []string{
	"response_type", "client_id", "redirect_uri", "scope", "response_mode", "state", "nonce",
	"prompt", "max_age", "acr_values", "login_hint", "ui_locales", "id_token_hint",
}

func (r *Request) checkParams() error {
	for i, p := range r.Params {
		again := slices.ContainsFunc(r.Params[:i], func(q Param) bool { return q.Name == p.Name })
		switch {
		case p.Name == "":
			return &RequestError{"parameter", "expected NAME=VALUE, found no name"}
		case slices.Contains(own, p.Name):
			return &RequestError{p.Name, "has its own setting and may not be given as a further parameter"}
		case again && p.Name != "resource": // RFC 8707 section 2 lets resource repeat
			return &RequestError{p.Name, "given twice; OAuth allows no parameter twice"}
		}
	}
	return nil
}

// Parameters returns what is sent, in order.
func (r *Request) Parameters() []Param {
	all := []Param{
		{"response_type", r.ResponseType},
		{"client_id", r.ClientID},
		{"redirect_uri", r.RedirectURI},
		{"scope", r.Scope},
		{"response_mode", r.ResponseMode},
		{"state", r.State},
		{"nonce", r.Nonce},
		{"prompt", r.Prompt},
		{"max_age", r.maxAge()},
		{"acr_values", r.ACRValues},
		{"login_hint", r.LoginHint},
		{"ui_locales", r.UILocales},
		{"id_token_hint", r.IDTokenHint.Reveal()},
	}
	all = slices.DeleteFunc(all, func(p Param) bool { return p.Value == "" })
	return append(all, r.Params...)
}

func (r *Request) maxAge() string {
	if r.MaxAge == nil {
		return ""
	}
	return strconv.FormatInt(*r.MaxAge, 10)
}

// URL returns the request as an address, spaces as %20. The error is as that of
// [Request.HTTP].
func (r *Request) URL() (string, error) {
	if err := r.check(); err != nil {
		return "", err
	}
	separator := "?"
	if strings.Contains(r.Endpoint, "?") {
		separator = "&" // RFC 6749 section 3.1: the endpoint's own query is kept
	}
	return r.Endpoint + separator + encode(r.Parameters(), "%20"), nil
}

// HTTP returns the request ready to be sent: a GET with the parameters in the
// query, or a POST with the same form-serialised in the body (OpenID Connect Core
// section 3.1.2.1). The error is a [*RequestError] for what must not be sent.
func (r *Request) HTTP() (*http.Request, error) {
	if r.Method != http.MethodPost {
		address, err := r.URL()
		if err != nil {
			return nil, err
		}
		return http.NewRequest(http.MethodGet, address, nil)
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	req, err := http.NewRequest(http.MethodPost, r.Endpoint, strings.NewReader(encode(r.Parameters(), "+")))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return req, nil
}

func encode(params []Param, space string) string {
	var b strings.Builder
	for i, p := range params {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(strings.ReplaceAll(url.QueryEscape(p.Name), "+", space))
		b.WriteByte('=')
		b.WriteString(strings.ReplaceAll(url.QueryEscape(p.Value), "+", space))
	}
	return b.String()
}
