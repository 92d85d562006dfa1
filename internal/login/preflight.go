package login

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/internal/state"
	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// A browser shows what PingOne refuses in a page that names no remedy, and the
// command then waits in vain. So the request is tried once before a browser opens:
// with prompt=none no one is asked anything.

const (
	preflightTime  = 2 * time.Second
	preflightValid = 24 * time.Hour // after it passed
)

// Preflight says whether and how the request is tried before a browser opens.
type Preflight struct {
	Off    bool      // for pipelines, whose output no one watches
	Passed state.Dir // remembers requests that passed
}

// preflight begins to try req. The returned function waits for the outcome, which
// is an error only if a sign-on in a browser cannot work.
func (s *Service) preflight(ctx context.Context, req *implicit.Request, via string) (wait func() error) {
	if s.Preflight.Off || s.Settings.NoPreflight || s.provider.pingOne == nil || req.Prompt != "" || hasObject(req) {
		return func() error { return nil }
	}
	mark := s.markOf(req, via)
	if s.passed(mark) {
		return func() error { return nil }
	}
	outcome := make(chan error, 1)
	trial := s.trial(req)
	go func() {
		passed, err := s.try(ctx, trial, via)
		if passed {
			s.markPassed(mark)
		}
		outcome <- err
	}()
	return func() error { return <-outcome }
}

// Try sends the request that the settings ask for once, without a user. passed
// reports whether PingOne accepted it; an error says why a sign-on cannot work.
// Neither: nothing is known, as with any other provider.
func (s *Service) Try(ctx context.Context) (passed bool, err error) {
	req, err := s.Request(ctx, ViaBrowser)
	if err != nil || s.provider.pingOne == nil {
		return false, err
	}
	return s.try(ctx, s.trial(req), ViaBrowser)
}

// trial is req without what belongs to the user or to the sign-on that follows.
func (s *Service) trial(req *implicit.Request) *implicit.Request {
	t := *req
	t.Method, t.Prompt, t.LoginHint, t.IDTokenHint = http.MethodGet, "none", "", implicit.Secret{}
	t.State, t.Nonce = randomValue(s.Random), randomValue(s.Random)
	return &t
}

// try sends a trial, without a cookie. Tokens that are received are discarded.
func (s *Service) try(ctx context.Context, req *implicit.Request, via string) (passed bool, err error) {
	ctx, cancel := context.WithTimeout(implicit.WithLeg(ctx, implicit.LegPreflight), preflightTime)
	defer cancel()
	client := &pingone.Client{Environment: *s.provider.pingOne, HTTP: s.provider.http}
	_, err = client.Authorize(ctx, req)
	if cannotWork(err) {
		return false, explainAs(err, cmp.Or(redirectURI(s.Settings, via), req.RedirectURI))
	}
	var refused *implicit.AuthorizeError
	return err == nil || errors.As(err, &refused), nil
}

// cannotWork knows the refusals that no user can change in the browser. All others
// are left to the sign-on, which knows more.
func cannotWork(err error) bool {
	var platform *pingone.Error
	var refused *implicit.AuthorizeError
	switch {
	case errors.As(err, &platform):
		if platform.Reason == pingone.ReasonRedirectMismatch || platform.Reason == pingone.ReasonNotFound {
			return true
		}
		refused = platform.OAuthError()
	case !errors.As(err, &refused):
		return false
	}
	return refused.Code == "unauthorized_client" || refused.Code == "unsupported_response_type"
}

// hasObject reports whether the request is given by reference or as an object,
// which may be valid only once.
func hasObject(req *implicit.Request) bool {
	return slices.ContainsFunc(req.Params, func(p implicit.Param) bool { return p.Name == "request" || p.Name == "request_uri" })
}

// markOf names the file that remembers a request that passed.
func (s *Service) markOf(req *implicit.Request, via string) string {
	inputs := []string{req.Endpoint, req.ClientID, redirectURI(s.Settings, via), req.ResponseType, req.ResponseMode}
	sum := sha256.Sum256([]byte(strings.Join(inputs, "\x00")))
	path, err := s.Preflight.Passed.Join("preflight", hex.EncodeToString(sum[:]))
	if err != nil {
		return "" // without a home directory nothing is remembered
	}
	return path
}

func (s *Service) passed(mark string) bool {
	if mark == "" {
		return false
	}
	data, err := state.ReadFile(mark, 100)
	at, parsed := time.Parse(time.RFC3339, string(data))
	age := s.Now().Sub(at)
	return err == nil && parsed == nil && age >= 0 && age < preflightValid
}

func (s *Service) markPassed(mark string) {
	if mark != "" {
		state.RemoveOld(filepath.Dir(mark), s.Now().Add(-preflightValid), func(string) bool { return true })
		_ = state.WriteFile(mark, []byte(s.Now().UTC().Format(time.RFC3339))) // without it the next login tries again
	}
}
