package pingonetest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/implicit-cli/implicit/internal/sandbox"
)

// Server is a running PingOne environment. Its fields are for reading.
type Server struct {
	// URL is the environment's base, without a slash at the end:
	// https://127.0.0.1:PORT/ENVIRONMENT-ID.
	URL           string
	Issuer        string // URL + "/as": the iss of its tokens
	EnvironmentID string

	ClientID    string // of Applications[0]
	RedirectURI string // of Applications[0], with any port: http://127.0.0.1/callback

	Users        []User
	Applications []Application

	// Certificate is the authority to trust, in PEM; nil with [WithPlainHTTP].
	Certificate []byte

	box    *sandbox.Server
	client *http.Client
}

// User is an account.
type User struct {
	Username   string
	Password   string
	TOTPSecret string // base32 (RFC 6238: SHA-1, 30 s, 6 digits) or an otpauth://totp address; empty without such a device
	Note       string // what is special about it
}

// Application is a registration in the environment.
type Application struct {
	Name string // "Plain", or what [WithApplications] was given
	// ClientID may be empty in WithApplications: then the server makes one.
	ClientID string
	// RedirectURIs are matched exactly, but a loopback one without a port
	// matches any port. Empty in WithApplications means those of "Plain".
	RedirectURIs []string
	// Scopes are granted in addition to those of OpenID Connect. One written
	// RESOURCE:NAME gives the access token the audience RESOURCE; a request may
	// ask for the scopes of one resource.
	Scopes []string
	// SignOffURIs are where signoff may lead (post_logout_redirect_uri).
	SignOffURIs []string
	// Origins may call authorize, flows, resume and signoff from a script:
	// scheme://host[:port], also https://*.example.com.
	Origins []string
	// LoginPageURL is its own sign-on page, which receives ?flowId=; empty
	// means the hosted one.
	LoginPageURL string
	Note         string // what is special about it
}

// Start starts a server that ends with the test. It fails the test when an
// option is wrong or it cannot listen on loopback.
func Start(t testing.TB, options ...Option) *Server {
	t.Helper()
	s, err := New(options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// New is Start for TestMain, examples and programs, which close the server
// themselves. It returns an error for an unknown switch, for a tenant or an
// application that PingOne would not have, and when it cannot listen on loopback.
func New(options ...Option) (*Server, error) {
	c := config{options: sandbox.Options{Keys: sandbox.SharedKeys()}}
	for _, o := range options {
		o(&c)
	}
	if c.err != nil {
		return nil, fmt.Errorf("pingonetest: %w", c.err)
	}
	box, err := sandbox.Start(context.Background(), c.options, c.listen)
	if err != nil {
		return nil, fmt.Errorf("pingonetest: %w", err)
	}
	its := box.Settings()
	s := &Server{
		URL: its.AuthURL, Issuer: its.Issuer, EnvironmentID: its.EnvironmentID,
		ClientID: its.ClientID, RedirectURI: its.RedirectURI, Certificate: box.CACert, box: box,
	}
	for _, u := range its.Users {
		s.Users = append(s.Users, User(u))
	}
	for _, a := range its.Applications {
		s.Applications = append(s.Applications, Application{
			Name: a.Name, ClientID: a.ClientID, RedirectURIs: a.RedirectURIs, Scopes: a.Scopes,
			SignOffURIs: a.PostLogoutRedirectURIs, Origins: a.Origins, LoginPageURL: a.LoginPageURL, Note: a.Note,
		})
	}
	s.client = newClient(box)
	return s, nil
}

// Close stops the server and its connections. Start does it at the end of the
// test.
func (s *Server) Close() {
	s.client.CloseIdleConnections()
	_ = s.box.Close()
}

// newClient trusts one server and stays on it: a redirect to another host is
// returned as the response, so that no token is sent to it.
func newClient(box *sandbox.Server) *http.Client {
	transport := &http.Transport{ForceAttemptHTTP2: true}
	if box.CACert != nil {
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(box.CACert)
		transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	}
	return &http.Client{Transport: transport, CheckRedirect: func(to *http.Request, via []*http.Request) error {
		switch {
		case !onServer(box, to.URL):
			return http.ErrUseLastResponse
		case len(via) >= 10:
			return errors.New("stopped after 10 redirects")
		}
		return nil
	}}
}

func onServer(box *sandbox.Server, u *url.URL) bool { return u.Scheme+"://"+u.Host == box.URL }

// Client returns a new client that trusts the server's certificate. It uses no
// proxy, keeps no cookies (set Jar to change that), and follows redirects
// within the server only: one to another host, as the redirect to the
// application is, is returned with its Location.
func (s *Server) Client() *http.Client {
	client := *s.client
	return &client
}

// User returns the account with a username. It panics when there is none.
func (s *Server) User(username string) User {
	i := slices.IndexFunc(s.Users, func(u User) bool { return u.Username == username })
	if i < 0 {
		panic(fmt.Sprintf("pingonetest: no user %q; Server.Users lists them", username))
	}
	return s.Users[i]
}

// Application returns the registration with a name. It panics when there is
// none.
func (s *Server) Application(name string) Application {
	i := slices.IndexFunc(s.Applications, func(a Application) bool { return a.Name == name })
	if i < 0 {
		panic(fmt.Sprintf("pingonetest: no application %q; Server.Applications lists them", name))
	}
	return s.Applications[i]
}

// Message is what PingOne would have sent to a user.
type Message struct {
	Username string
	Kind     string // passcode, recovery code or verification code
	By       string // EMAIL, SMS, VOICE or WHATSAPP
	To       string // the address, masked
	Code     string
}

// Messages returns what was sent to a user so far, oldest first.
func (s *Server) Messages(username string) (list []Message) {
	sent, _ := s.box.Messages(username) // nothing was sent to an unknown user
	for _, m := range sent {
		list = append(list, Message(m))
	}
	return list
}

// TOTPCode returns the passcode that a user's authenticator app shows now, by the
// server's clock. The server accepts each code once. It panics for a user without
// such an app.
func (s *Server) TOTPCode(username string) string {
	code, err := s.box.TOTPCode(username)
	if err != nil {
		panic("pingonetest: " + err.Error())
	}
	return code
}

// Set turns a switch on or off while the server runs. It panics on an unknown
// switch, or a leg that the switch does not take.
func (s *Server) Set(sw Switch, on bool) {
	if err := s.box.Set(string(sw), on); err != nil {
		panic("pingonetest: " + err.Error())
	}
}

// RotateKeys makes the published next key the signing one, publishes another
// next key, and withdraws the key that signed until now.
func (s *Server) RotateKeys() error { return s.box.Rotate() }
