package sandbox

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// The response modes of PingOne.
const (
	modeQuery    = "query"
	modeFragment = "fragment"
	modeForm     = "form_post"
	modeFlow     = "pi.flow"
)

// authRequest is a validated authorization request. While it is being read,
// what has been read so far says where an error may go.
type authRequest struct {
	app            *application
	redirectURI    string
	mode           string
	state, nonce   string
	token, idToken bool     // what to issue
	scopes         []string // granted
	prompt         string
	maxAge         int // seconds; -1 without
	loginHint      string
	policy         *policy
}

// formParams returns the parameters of a request: the
// query of a GET, the form of a POST. It refuses any other body.
func (s *Sandbox) formParams(c *call) (url.Values, *answer) {
	raw := c.r.URL.RawQuery
	if c.r.Method == http.MethodPost {
		media, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
		if err != nil || media != "application/x-www-form-urlencoded" {
			return nil, s.platformError(c, http.StatusUnsupportedMediaType, "INVALID_REQUEST", "The media type is not supported.")
		}
		raw = string(c.body)
	}
	values, err := parseQuery(raw)
	if err != nil {
		return nil, s.platformError(c, http.StatusBadRequest, "INVALID_REQUEST", "The parameters are not valid.")
	}
	return values, nil
}

// readRequest validates the parameters in the order that decides who may
// learn of an error: client, redirect URI, then the rest.
func (s *Sandbox) readRequest(app *application, v url.Values) (*authRequest, *refusal) {
	req := &authRequest{app: app, maxAge: -1, mode: v.Get("response_mode")}
	if refused := s.readRedirectURI(req, v); refused != nil {
		return req, refused
	}
	req.state, req.nonce = v.Get("state"), v.Get("nonce")
	req.prompt, req.loginHint = v.Get("prompt"), v.Get("login_hint")
	for _, step := range []func(*authRequest, url.Values) *refusal{
		s.readMode, readEnabled, readRepeats, readRequestObject, s.readResponseType, s.readScope, readPrompt, s.readPolicy,
	} {
		if refused := step(req, v); refused != nil {
			return req, refused
		}
	}
	if s.on("scope-narrowed") && len(req.scopes) > 1 {
		req.scopes = req.scopes[:1]
	}
	if req.idToken && req.nonce == "" && s.on("nonce-required") {
		return req, &refusal{code: "invalid_request", description: "Missing required parameter: nonce", target: "nonce"}
	}
	return req, nil
}

func (s *Sandbox) readRedirectURI(req *authRequest, v url.Values) *refusal {
	refused := &refusal{code: "invalid_request", target: "redirect_uri", unregistered: true}
	uris := v["redirect_uri"]
	switch {
	case len(uris) > 1:
		refused.description = "Repeated parameter: redirect_uri"
		return refused
	case len(uris) == 0 || uris[0] == "":
		if req.mode == modeFlow && !s.on("pi-flow-needs-redirect-uri") {
			return nil
		}
		refused.description = "Missing required parameter: redirect_uri"
		return refused
	case !matchRedirect(req.app.RedirectURIs, uris[0], req.app.wildcard, !s.on("exact-loopback-port")):
		s.explainRedirect(req.app, uris[0])
		refused.description = "Redirect URI mismatch: the redirect URI is not registered for the application"
		return refused
	}
	req.redirectURI = uris[0]
	return nil
}

// readMode finds the response mode. Without one it is the query for a code, which has
// only an error to carry here, and else the fragment (OAuth 2.0 Multiple Response Type
// Encoding Practices 2.1 and 5).
func (s *Sandbox) readMode(req *authRequest, v url.Values) *refusal {
	asked := req.mode
	switch {
	case asked == "" && (s.on("default-mode-query") || v.Get("response_type") == "code"):
		req.mode = modeQuery
	case asked == "":
		req.mode = modeFragment
	case !slices.Contains([]string{modeQuery, modeFragment, modeForm, modeFlow}, asked):
		req.mode = modeFragment
		return &refusal{code: "invalid_request", description: "Unsupported response_mode", target: "response_mode"}
	case asked == modeQuery && s.on("query-mode-refused"):
		req.mode = modeFragment
		return &refusal{code: "invalid_request", description: "response_mode query is not allowed for tokens", target: "response_mode"}
	}
	return nil
}

// readEnabled refuses a disabled application, where that is not the hosted page's.
func readEnabled(req *authRequest, _ url.Values) *refusal {
	if req.app.disabled {
		return &refusal{code: "unauthorized_client", description: "Request denied: The application is disabled"}
	}
	return nil
}

// readRepeats refuses a parameter that is repeated (RFC 6749 3.1).
func readRepeats(_ *authRequest, v url.Values) *refusal {
	for name, values := range v {
		if len(values) > 1 {
			return &refusal{code: "invalid_request", description: "Repeated parameter: " + strconv.Quote(name), target: name}
		}
	}
	return nil
}

// readRequestObject takes the claims of an unsigned request object as
// parameters, where the application allows that, and lets them win.
func readRequestObject(req *authRequest, v url.Values) *refusal {
	if v.Get("request_uri") != "" {
		return &refusal{code: "invalid_request_uri", description: "The request_uri is unknown or has expired", target: "request_uri"}
	}
	if req.app.parRequired {
		return &refusal{code: "invalid_request", description: "The application requires pushed authorization requests", target: "request_uri"}
	}
	object := v.Get("request")
	if object == "" {
		return nil
	}
	refused := &refusal{code: "invalid_request_object", description: "The request object is not valid for the application", target: "request"}
	parts := strings.Split(object, ".")
	if !req.app.unsignedJWT || len(parts) != 3 || parts[2] != "" {
		return refused
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return refused
	}
	claims := map[string]any{}
	d := json.NewDecoder(bytes.NewReader(payload))
	d.UseNumber()
	if d.Decode(&claims) != nil {
		return refused
	}
	for name, claim := range claims {
		switch value := claim.(type) {
		case string:
			v.Set(name, value)
		case json.Number:
			v.Set(name, value.String())
		}
	}
	req.state, req.nonce = v.Get("state"), v.Get("nonce")
	req.prompt, req.loginHint = v.Get("prompt"), v.Get("login_hint")
	return nil
}

func (s *Sandbox) readResponseType(req *authRequest, v url.Values) *refusal {
	types := strings.Fields(v.Get("response_type"))
	slices.Sort(types)
	off := &refusal{code: "unsupported_response_type", description: "Request failed: Unsupported response type: " + v.Get("response_type"), target: "response_type"}
	if s.on("unauthorized-response-type") {
		off.code = "unauthorized_client"
	}
	switch {
	case len(types) == 0:
		return &refusal{code: "invalid_request", description: "Missing required parameter: response_type", target: "response_type"}
	case len(slices.Compact(slices.Clone(types))) != len(types):
		return off
	case req.app.noImplicit:
		return off
	}
	for _, t := range types {
		switch t {
		case "token":
			req.token = true
		case "id_token":
			req.idToken = true
		default:
			return off
		}
		if !req.app.issues(t) {
			return off
		}
	}
	return nil
}

func readPrompt(req *authRequest, v url.Values) *refusal {
	if age := v.Get("max_age"); age != "" {
		n, err := strconv.Atoi(age)
		if err != nil || n < 0 {
			return &refusal{code: "invalid_request", description: "max_age must be a number of seconds", target: "max_age"}
		}
		req.maxAge = n
	}
	if !slices.Contains([]string{"", "none", "login", "consent"}, req.prompt) {
		return &refusal{code: "invalid_request", description: "Unsupported prompt", target: "prompt"}
	}
	return nil
}

// readPolicy picks the first policy of acr_values that the application is
// assigned, or its first one when the request names none.
func (s *Sandbox) readPolicy(req *authRequest, v url.Values) *refusal {
	wanted := strings.Fields(v.Get("acr_values"))
	if len(wanted) == 0 {
		req.policy = s.policies[req.app.policies[0]]
		return nil
	}
	for _, name := range wanted {
		if slices.Contains(req.app.policies, name) {
			req.policy = s.policies[name]
			return nil
		}
	}
	return &refusal{code: "invalid_request", description: "Invalid acr_values: no such policy is assigned to the application", target: "acr_values"}
}
