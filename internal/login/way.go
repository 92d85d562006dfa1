package login

import (
	"fmt"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/loopback"
)

// The ways to the answer.
const (
	ViaBrowser  = "browser"
	ViaTerminal = "terminal"
	ViaPaste    = "paste"
)

// DefaultRedirectURI is the one used with a browser where none is set: PingOne
// takes any port for it, if it is registered so with a native application.
const DefaultRedirectURI = "http://127.0.0.1/callback"

// Surroundings are what the choice of a way depends on beside the settings.
type Surroundings struct {
	Password bool   // one is given
	Browser  bool   // one can be opened
	Terminal bool   // somebody is there
	Listen   string // --listen
}

// ChooseWay returns the way that the settings and surroundings suggest, and why
// where that is not obvious. The error is a [*LoginNeededError] where there is
// none.
func ChooseWay(s *config.Settings, now Surroundings) (via, why string, err error) {
	sandboxed, _ := s.Switch("sandbox")
	redirectURI := s.Text("redirect-uri")
	switch {
	case s.Text("issuer") == "" && (sandboxed || now.Password || s.Text("username") != "" || s.Text("response-mode") == "pi.flow"):
		return ViaTerminal, "", nil
	case redirectURI != "" && now.Listen == "" && !loopback.IsLocal(redirectURI):
		if now.Terminal {
			return ViaPaste, fmt.Sprintf("the redirect URI %s is not on this machine, so the browser's answer cannot be caught here", redirectURI), nil
		}
	case now.Browser:
		return ViaBrowser, "", nil
	case now.Terminal:
		return ViaPaste, "no browser can be opened here", nil
	}
	return "", "", &LoginNeededError{"a person must sign on, and neither a browser nor a terminal is here"}
}
