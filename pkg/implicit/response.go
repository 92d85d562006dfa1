package implicit

import (
	"slices"
	"strconv"
	"time"
)

// The channels of an authorization response: the part of a redirect or request that
// holds it, one for each response mode.
const (
	ChannelFragment = "fragment"
	ChannelQuery    = "query"
	ChannelForm     = "form" // form_post: OAuth 2.0 Form Post Response Mode
	ChannelFlow     = "flow" // PingOne's pi.flow: authorizeResponse in a flow's JSON
)

// Response is the authorization response to a [Request], parsed and not yet
// verified: OpenID Connect Core section 3.2.2.5. Its tokens may be anyone's; those
// of a [Result] are safe to use. The Parse functions make it.
type Response struct {
	Channel     string // one of the Channel constants
	AccessToken Secret
	IDToken     Secret
	TokenType   string
	Scope       string // as granted; empty where the provider does not say
	State       string
	Issuer      string // iss: RFC 9207

	// Error is the provider's refusal, which is unverified too. Tokens in the
	// same response must not be used.
	Error *AuthorizeError

	// TokenAlias is set when the access token is named "token", as some of
	// PingOne's pages print it.
	TokenAlias bool

	params []secretParam
}

type secretParam struct {
	name  string
	value Secret
}

// Names of an authorization response that mean something by themselves, and
// those that only accompany them.
var (
	answers    = []string{"access_token", "id_token", "token", "error", "code", "response"}
	companions = []string{"token_type", "expires_in", "scope", "state", "session_state", "iss", "error_description", "error_uri"}
)

// newResponse makes a response of decoded parameters. The error is a
// [*ParseError] for those that are no response of the implicit grant, or
// contradict each other.
func newResponse(channel string, params []Param) (*Response, error) {
	r := &Response{Channel: channel}
	for i, p := range params {
		if slices.ContainsFunc(params[:i], func(q Param) bool { return q.Name == p.Name }) {
			return nil, parseErrorf("the parameter %s appears more than once", quote(p.Name))
		}
		r.params = append(r.params, secretParam{p.Name, NewSecret(p.Value)})
	}
	if err := r.classify(); err != nil {
		return nil, err
	}
	r.fill()
	return r, nil
}

// classify refuses what is not a response of this grant. An empty value counts as
// missing (RFC 6749 section 3.1).
func (r *Response) classify() error {
	token := r.has("access_token") || r.has("id_token") || r.has("token")
	switch {
	case r.has("access_token") && r.has("token"):
		return parseErrorf("expected access_token or token, found both")
	case token || r.has("error"):
		return nil
	case r.has("response"):
		return parseErrorf("expected tokens, found the signed response of JARM, which the implicit grant does not use")
	case r.has("code"):
		return parseErrorf("expected tokens, found an authorization code: which is for another response type")
	}
	return parseErrorf("expected tokens or an error, found neither")
}

func (r *Response) fill() {
	r.AccessToken, r.IDToken = r.Get("access_token"), r.Get("id_token")
	if r.has("token") {
		r.AccessToken, r.TokenAlias = r.Get("token"), true
	}
	r.TokenType = r.Get("token_type").Reveal()
	r.Scope = r.Get("scope").Reveal()
	r.State = r.Get("state").Reveal()
	r.Issuer = r.Get("iss").Reveal()
	if r.has("error") {
		r.Error = &AuthorizeError{
			Code:        r.Get("error").Reveal(),
			Description: r.Get("error_description").Reveal(),
			URI:         r.Get("error_uri").Reveal(),
		}
	}
}

// Get returns the value of the parameter name; empty where there is none.
// Names are case-sensitive.
func (r *Response) Get(name string) Secret {
	for _, p := range r.params {
		if p.name == name {
			return p.value
		}
	}
	return Secret{}
}

// has reports whether the parameter name has a value.
func (r *Response) has(name string) bool { return !r.Get(name).Empty() }

// Names returns the names of all parameters, in order, unknown ones included.
func (r *Response) Names() []string {
	names := make([]string, len(r.params))
	for i, p := range r.params {
		names[i] = p.name
	}
	return names
}

// lifetime returns how long the access token is valid from when it was issued,
// as the provider says in expires_in: RFC 6749 section 4.2.2. ok is false where
// the response does not say. The error is for anything but whole seconds, up to
// 200 years.
func (r *Response) lifetime() (d time.Duration, ok bool, err error) {
	const maxSeconds = 200 * 365 * 24 * 3600 // a Duration holds 292 years
	raw := r.Get("expires_in").Reveal()
	if raw == "" {
		return 0, false, nil
	}
	seconds, err := strconv.ParseInt(raw, 10, 64)
	if err != nil || seconds < 0 || seconds > maxSeconds {
		return 0, false, parseErrorf("expires_in: expected whole seconds, found %s", quote(raw))
	}
	return time.Duration(seconds) * time.Second, true, nil
}
