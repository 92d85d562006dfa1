package pingonetest

import (
	"net/http"
	"time"

	"github.com/implicit-cli/implicit/internal/sandbox"
)

// Option varies a server.
type Option func(*config)

type config struct {
	options sandbox.Options
	listen  sandbox.ListenOptions
	err     error // of a tenant
}

// WithSwitches turns switches on from the start.
func WithSwitches(on ...Switch) Option {
	return func(c *config) {
		for _, sw := range on {
			c.options.Switches = append(c.options.Switches, string(sw))
		}
	}
}

// WithApplications registers applications in addition to the built-in ones.
// Each allows the implicit grant with both response types. Note is not used.
func WithApplications(added ...Application) Option {
	return func(c *config) {
		for _, a := range added {
			c.options.Applications = append(c.options.Applications, sandbox.Application{
				Name: a.Name, ClientID: a.ClientID, RedirectURIs: a.RedirectURIs, Scopes: a.Scopes,
				PostLogoutRedirectURIs: a.SignOffURIs, Origins: a.Origins, LoginPageURL: a.LoginPageURL,
			})
		}
	}
}

// WithClock makes the server take the time from now, for example for tokens
// that are about to expire. now is called concurrently. TLS uses the real time.
func WithClock(now func() time.Time) Option {
	return func(c *config) { c.options.Now = now }
}

// WithCustomDomain leaves the environment ID out of addresses and issuer, as
// PingOne does on a custom domain.
func WithCustomDomain() Option {
	return func(c *config) { c.options.CustomDomain = true }
}

// WithMiddleware hands each request to wrap's handler first: to count, delay
// or refuse requests.
func WithMiddleware(wrap func(http.Handler) http.Handler) Option {
	return func(c *config) { c.listen.Wrap = wrap }
}

// WithPlainHTTP serves http instead of https, for an application that cannot
// be told to trust a certificate. PingOne itself is never without TLS.
func WithPlainHTTP() Option {
	return func(c *config) { c.listen.Plain = true }
}
