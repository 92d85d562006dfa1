// Package login gets valid tokens. Every command that needs one asks a [Service]:
// Login signs on, Token returns a stored token or gets a new one, Resume ends a
// sign-on that was driven step by step. All three end in one place, verify.
package login

import (
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/prompt"
	"github.com/implicit-cli/implicit/internal/session"
	"github.com/implicit-cli/implicit/internal/wire"
	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// Service signs on for one set of settings. Its fields are values; only UI calls
// back. It serves one command: it is not for concurrent use.
type Service struct {
	Settings  *config.Settings
	Transport http.RoundTripper // reaches the provider; see NewTransport
	UserAgent string
	Now       func() time.Time
	Sleep     func(ctx context.Context, d time.Duration) error // nil: a timer
	Random    io.Reader                                        // for state and nonce

	Store    *session.Store
	Flows    session.Flows
	KeyCache implicit.KeyCache // nil: none

	Preflight   Preflight
	Credentials *prompt.Credentials // answer a sign-on in the terminal
	Input       prompt.PasteOptions // where an address can be pasted
	Open        func(ctx context.Context, address string) error
	CanOpen     bool   // a browser can be opened
	SudoUID     string // the variable SUDO_UID
	UI          UI
	Secrets     *words.Scrubber // learns what no message may repeat

	Recorder *wire.Recorder         // records what is not an HTTP call; nil: nothing
	Verified func(*implicit.Result) // told of each response that was validated; nil: no one

	provider *provider // nil until connect
	stop     context.CancelFunc
}

// UI is what a sign-on tells the user.
type UI interface {
	// Announce shows the address to sign on at, even where other progress is
	// not wanted: without it no one can sign on.
	Announce(Announcement)
	// Say reports progress, Warn what the user should know.
	Say(format string, args ...any)
	Warn(format string, args ...any)
	// Report tells the error that the command will end with, before it ends.
	Report(err error)
}

// Announcement is a sign-on that waits for the user.
type Announcement struct {
	Address string
	Via     string // ViaBrowser or ViaPaste
	Paste   bool   // the final address can be pasted too
}

// Outcome is a verified login.
type Outcome struct {
	Request  *implicit.Request
	Response *implicit.Response
	Result   *implicit.Result
	Session  pingone.Session // empty where the sign-on was the browser's
	UserInfo *implicit.Claims
	Issuer   string
	Stored   bool
}

// Login signs on the way that is asked for and stores the tokens. With a
// [*implicit.VerifyError] the outcome is returned too, for reporting: its tokens
// must not be used.
func (s *Service) Login(ctx context.Context, way Way) (*Outcome, error) {
	if err := s.check(way); err != nil {
		return nil, err
	}
	req, err := s.Request(ctx, way.Via)
	if err != nil {
		return nil, err
	}
	out, err := s.signOn(ctx, req, way)
	if way.Chosen && needsBrowser(err) {
		out, way, err = s.signOnElsewhere(ctx, way, err)
	}
	if err != nil {
		return nil, explain(err, req)
	}
	if out.Result.Valid() && way.UserInfo {
		if err := s.addUserInfo(ctx, out); err != nil {
			return nil, err
		}
	}
	if !out.Result.Valid() {
		return out, out.Result.Err()
	}
	s.keep(ctx, out, way.Via)
	return out, nil
}

// Close ends what runs in the background, so that it leaves no half-written
// cache behind.
func (s *Service) Close() {
	if s.provider == nil {
		return
	}
	if s.stop != nil {
		s.stop()
	}
	s.provider.keys.Close()
}

// prefetch fetches the keys while the sign-on goes on.
func (s *Service) prefetch(ctx context.Context) {
	ctx, s.stop = context.WithCancel(ctx)
	s.provider.keys.Prefetch(ctx)
}

// prefetchAlong does the same for a sign-on that sends requests of its own, with the
// context that it returns: it begins when the first one has its connection, which both
// then use where the server speaks HTTP/2.
func (s *Service) prefetchAlong(ctx context.Context) context.Context {
	fetching, stop := context.WithCancel(ctx)
	s.stop = stop
	begin := sync.OnceFunc(func() { s.provider.keys.Prefetch(fetching) })
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: begin})
}

// client returns a client for PingOne's calls with the session's cookies.
func (s *Service) client(session pingone.Session) *pingone.Client {
	return &pingone.Client{Environment: *s.provider.pingOne, HTTP: s.provider.http, Session: s.learnSession(session), Wait: s.Settings.Wait}
}
