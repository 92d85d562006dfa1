package login

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/implicit-cli/implicit/internal/loopback"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// The ways to sign on.
const (
	ViaBrowser  = "browser"
	ViaTerminal = "terminal"
	ViaPaste    = "paste"
)

// Way says how to sign on.
type Way struct {
	Via      string
	Chosen   bool   // by ChooseWay: another way may be taken where this one cannot go on
	Listen   string // where to listen for the browser, other than the redirect URI
	UserInfo bool   // also ask userinfo
}

// DefaultRedirectURI is used with a browser where none is set: PingOne takes any
// port for it, if it is registered so with a native application.
const DefaultRedirectURI = "http://127.0.0.1/callback"

// ChooseWay returns the way that fits the settings and the machine, and why where
// that is not obvious. Without a user at a terminal the error is a
// [*implicit.InteractionRequiredError].
func (s *Service) ChooseWay(listen string, userHere bool) (via, why string, err error) {
	provider, redirectURI := s.Settings.Provider, s.Settings.RedirectURI
	given := s.Credentials.HasPassword() || s.Settings.Username != ""
	switch {
	case provider.PingOne != nil && (provider.Sandbox || given || s.Settings.ResponseMode == "pi.flow"):
		return ViaTerminal, "", nil
	case s.remoteRedirect(listen):
		if userHere {
			return ViaPaste, fmt.Sprintf("the redirect URI %s is not on this machine, so the browser's answer cannot be received here", redirectURI), nil
		}
	case s.CanOpen:
		return ViaBrowser, "", nil
	case userHere:
		return ViaPaste, "no browser can be opened here", nil
	}
	return "", "", &implicit.InteractionRequiredError{Needs: implicit.NeedsSignOn,
		Reason: "neither a browser nor a terminal is available"}
}

// remoteRedirect reports whether the browser's answer cannot be received here.
func (s *Service) remoteRedirect(listen string) bool {
	return s.Settings.RedirectURI != "" && listen == "" && !loopback.IsLocal(s.Settings.RedirectURI)
}

// check refuses, before anything is sent, a request that the way cannot carry.
func (s *Service) check(way Way) error {
	req := request(s.Settings)
	switch {
	case way.UserInfo && !slices.Contains(strings.Fields(req.ResponseType), "token"):
		return s.Settings.Problem("response-type", "expected it to include token: --userinfo needs an access token")
	case way.Via == ViaTerminal:
		return nil
	case req.ResponseMode == "pi.flow":
		return s.Settings.Problem("response-mode", "pi.flow is for programs: use --via terminal, or another mode with a browser")
	case way.Via == ViaPaste && !req.IDTokenHint.Empty():
		return s.Settings.Problem("id-token-hint", "cannot be used with --via paste, which prints the address that holds it: use --via browser")
	case way.Via == ViaPaste && Posts(req):
		return s.Settings.Problem("method", "POST cannot be opened as an address: use --method GET, or --via browser")
	}
	return nil
}

func (s *Service) signOn(ctx context.Context, req *implicit.Request, way Way) (*Outcome, error) {
	switch way.Via {
	case ViaTerminal:
		return s.SignOnInTerminal(ctx, req)
	case ViaPaste:
		return s.SignOnByPaste(ctx, req)
	}
	return s.SignOnInBrowser(ctx, req, way.Listen)
}
