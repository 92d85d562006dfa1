package pingonetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/implicit-cli/implicit/internal/sandbox"
)

// PutUsers adds users, or replaces those with their usernames, whose sessions go on with
// the new claims: all of them, or none where there is a mistake. [Server.Users] does not
// change.
func (s *Server) PutUsers(users ...Account) error {
	text, err := json.Marshal(users)
	if err == nil {
		_, err = s.box.PutUsers(text)
	}
	return changed("users", err)
}

// PutApplications is [Server.PutUsers] for applications, which their client IDs identify.
func (s *Server) PutApplications(applications ...Registration) error {
	text, err := json.Marshal(applications)
	if err == nil {
		_, err = s.box.PutApplications(text)
	}
	return changed("applications", err)
}

// DeleteUser removes a user, with the user's sessions and flows. The last one cannot be
// deleted.
func (s *Server) DeleteUser(username string) error {
	return changed("user", s.box.DeleteUser(username))
}

// DeleteApplication removes an application by its client ID. The last one cannot be
// deleted.
func (s *Server) DeleteApplication(clientID string) error {
	return changed("application", s.box.DeleteApplication(clientID))
}

func changed(what string, err error) error {
	var wrong *sandbox.TenantError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrong):
		return fmt.Errorf("pingonetest: %s: %s", what, pathsOf(wrong))
	}
	return fmt.Errorf("pingonetest: %w", err)
}

// SetFor turns a switch on for the next requests on which it acts (0: until it is
// turned off), and for the requests of one application, by client ID or name (empty: of
// all). It panics where [Server.Set] does, and for an unknown application.
func (s *Server) SetFor(sw Switch, requests int, application string) {
	if err := s.box.SetFor(sandbox.SwitchState{Name: string(sw), For: requests, Application: application}); err != nil {
		panic("pingonetest: " + err.Error())
	}
}

// Advance moves the server's clock, back where d is negative. It panics for a time
// before 1970 or after 2200.
func (s *Server) Advance(d time.Duration) {
	if err := s.box.MoveClock(d); err != nil {
		panic("pingonetest: " + err.Error())
	}
}

// ExpireSessions ends the sign-on sessions of a user, or with an empty name of all. It
// returns how many there were; for an unknown user it panics.
func (s *Server) ExpireSessions(username string) int { return expired(s.box.ExpireSessions(username)) }

// ExpireFlows is [Server.ExpireSessions] for the sign-on flows that have not ended.
func (s *Server) ExpireFlows(username string) int { return expired(s.box.ExpireFlows(username)) }

func expired(n int, err error) int {
	if err != nil {
		panic("pingonetest: " + err.Error())
	}
	return n
}

// Reset brings back the users, applications, switches and the clock of the start, ends
// flows and sessions, and drops requests and messages. Keys stay.
func (s *Server) Reset() error { return s.box.Reset() }

// Token is a token for [Server.Mint] to make. The zero value is a valid ID token of the
// first user for the first application.
type Token struct {
	Access      bool   // an access token instead of an ID token
	User        string // a username
	Application string // a client ID or a name
	Scope       string // as granted, separated by spaces; empty means openid
	Nonce       string
	AccessToken string // what at_hash of an ID token is made of; empty: there is none
	// Claims are set after all others, and Header after the header's; nil removes one.
	Claims, Header map[string]any
	// Switches are on for this token alone: Expired, WrongAudience, WrongKey …
	Switches []Switch
}

// Mint makes a token without a sign-on. It returns an error for an unknown user,
// application or switch.
func (s *Server) Mint(t Token) (string, error) {
	wanted := sandbox.TokenRequest{
		User: t.User, Application: t.Application, Scope: t.Scope, Nonce: t.Nonce, AccessToken: t.AccessToken, Claims: t.Claims, Header: t.Header,
	}
	if t.Access {
		wanted.Type = "access_token"
	}
	for _, sw := range t.Switches {
		wanted.Switches = append(wanted.Switches, string(sw))
	}
	token, err := s.box.Mint(wanted)
	if err != nil {
		return "", fmt.Errorf("pingonetest: %w", err)
	}
	return token, nil
}
