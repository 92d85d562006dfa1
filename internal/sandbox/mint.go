package sandbox

import (
	"fmt"
	"strings"
)

// TokenRequest is a token that is made without a sign-on.
type TokenRequest struct {
	Type        string `json:"type"`        // id_token (default) or access_token
	User        string `json:"user"`        // a username; empty: the first user
	Application string `json:"application"` // a client ID or a name; empty: the first one
	Scope       string `json:"scope"`       // as granted, separated by spaces; empty: openid
	Nonce       string `json:"nonce"`
	// AccessToken is what at_hash of an ID token is made of; empty: there is no at_hash.
	AccessToken string `json:"access_token"`
	// Claims are set after all others; null removes one.
	Claims map[string]any `json:"claims"`
	// Header is the same for the header; it does not change how the token is signed.
	Header map[string]any `json:"header"`
	// Switches are on for this token alone: expired, wrong-audience, wrong-key …
	Switches []string `json:"switches"`
}

// Mint makes a token. It refuses an unknown user, application, type and switch.
func (s *Sandbox) Mint(t TokenRequest) (string, error) {
	var on []string
	for _, name := range t.Switches {
		names, err := knownSwitch(name)
		if err != nil {
			return "", err
		}
		if strings.Contains(names[0], ":") {
			return "", &ValueError{fmt.Sprintf("the switch %q acts on requests, not on tokens", name)}
		}
		on = append(on, names...)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	g, err := s.granted(t)
	if err != nil {
		return "", err
	}
	s.request = &request{app: g.app, on: on, claims: t.Claims, header: t.Header}
	defer func() { s.request = nil }()
	c := &call{base: s.base, auth: s.authURL(s.base), now: s.clock()}
	switch t.Type {
	case "", inIDToken:
		return s.idToken(c, g, t.AccessToken)
	case inAccessToken:
		token, _, err := s.accessToken(c, g)
		return token, err
	}
	return "", &ValueError{fmt.Sprintf("type must be %s or %s, found %q", inIDToken, inAccessToken, t.Type)}
}

func (s *Sandbox) granted(t TokenRequest) (grant, error) {
	now := s.clock()
	g := grant{app: s.apps[0], account: s.users[0], sessionID: s.uuid(), scopes: strings.Fields(t.Scope), nonce: t.Nonce, amr: []string{"pwd"}, authTime: now}
	if t.User != "" {
		g.account = s.accounts[t.User]
	}
	if t.Application != "" {
		g.app = s.named(t.Application)
	}
	switch {
	case g.account == nil:
		return g, &NotFoundError{"user", t.User}
	case g.app == nil:
		return g, &NotFoundError{"application", t.Application}
	}
	if len(g.scopes) == 0 {
		g.scopes = []string{"openid"}
	}
	g.acr = g.app.policies[0]
	return g, nil
}

// override sets members of a claim set or a header, and removes those that are null.
func override(object, with map[string]any) {
	for name, value := range with {
		if object[name] = value; value == nil {
			delete(object, name)
		}
	}
}
