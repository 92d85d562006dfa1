package sandbox

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
)

// Application is a registration of the sandbox, as Settings and help texts
// list it.
type Application struct {
	ClientID               string   `json:"client_id"`
	Name                   string   `json:"name"`
	RedirectURIs           []string `json:"redirect_uris"`
	PostLogoutRedirectURIs []string `json:"post_logout_redirect_uris,omitempty"`
	// Scopes are granted in addition to those of OpenID Connect. One written
	// RESOURCE:NAME gives the access token the audience RESOURCE.
	Scopes []string `json:"scopes,omitempty"`
	// Origins may call authorize, flows, resume and signoff from a script
	// (corsSettings): scheme://host[:port]; a host that begins with *. means
	// its subdomains.
	Origins []string `json:"origins,omitempty"`
	// LoginPageURL is the application's own sign-on page; empty: the hosted one.
	LoginPageURL string `json:"login_page_url,omitempty"`
	Note         string `json:"note"`
}

// application holds the properties of PingOne's application model that the
// implicit grant depends on. Its zero value, completed by fill, is the plain
// single-page application with the environment's default policies.
type application struct {
	Application
	disabled      bool
	noImplicit    bool     // grantTypes lacks IMPLICIT
	responseTypes []string // TOKEN, ID_TOKEN; nil for both
	wildcard      bool     // allowWildcardInRedirectUris
	oidc          []string // scopes of OpenID Connect that are granted; nil for all
	groups        []string // accessControl.group ANY_GROUP; nil for all users
	allGroups     bool     // accessControl.group ALL_GROUPS
	admins        bool     // accessControl.role ADMIN_USERS_ONLY
	policies      []string // assigned sign-on policies by priority
	multiResource bool     // requestScopesForMultipleResourcesEnabled
	idpSignoff    bool
	sessionCheck  bool // opSessionCheckEnabled
	includeX5t    bool
	parRequired   bool
	unsignedJWT   bool // supportUnsignedRequestObject
	davinci       bool // a DaVinci flow policy instead of sign-on policies
	registration  bool // self-registration offered
	reauth        bool // the policy asks for the password in spite of a session

	idTokenLifetime     int // in seconds; 0 for the usual one
	accessTokenLifetime int // in seconds; 0 for the resource's
	attributes          []mapping
	switches            map[string]bool // for its requests alone
}

// Applications returns the registrations of the sandbox. The first one is
// the plain one.
func Applications() []Application {
	var list []Application
	for _, a := range applicationList() {
		list = append(list, a.Application)
	}
	return list
}

// application returns the application with a client ID, or nil.
func (s *Sandbox) application(clientID string) *application {
	return s.clients[clientID]
}

// register adds applications to those of the tenant.
func (s *Sandbox) register(added []Application) error {
	for _, a := range added {
		app := application{Application: a}
		app.fill(len(s.apps) + 1)
		if err := app.check(); err != nil {
			return err
		}
		if s.application(app.ClientID) != nil {
			return fmt.Errorf("sandbox: application %q: the client ID %q is taken", a.Name, app.ClientID)
		}
		s.apps = append(s.apps, &app)
		s.clients[app.ClientID] = &app
	}
	return nil
}

func (a *application) check() error {
	for _, uri := range slices.Concat(a.RedirectURIs, a.PostLogoutRedirectURIs) {
		if u, err := url.Parse(uri); err != nil || u.Scheme == "" || strings.Contains(uri, "#") {
			return fmt.Errorf("sandbox: application %q: redirect URI must be absolute and without a fragment, got %q", a.Name, uri)
		}
	}
	for _, origin := range a.Origins {
		if !isOrigin(origin) {
			return fmt.Errorf("sandbox: application %q: origin must be scheme://host[:port], got %q", a.Name, origin)
		}
	}
	return nil
}

// isOrigin reports whether s is an http or https origin: scheme://host[:port].
func isOrigin(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && s == u.Scheme+"://"+u.Host
}

func applicationList() []application {
	list := []application{
		{Application: Application{Scopes: []string{"p1:read:user", "p1:update:user"}, Name: "Plain", Note: "single-page application: IMPLICIT, TOKEN and ID_TOKEN; policies Single_Factor (default) and Multi_Factor"}},
		{responseTypes: []string{"TOKEN"},
			Application: Application{Name: "Token Only", Note: "response type TOKEN alone"}},
		{responseTypes: []string{"ID_TOKEN"},
			Application: Application{Name: "ID Token Only", Note: "response type ID_TOKEN alone"}},
		{noImplicit: true,
			Application: Application{Name: "No Implicit", Note: "grant type IMPLICIT off"}},
		{disabled: true,
			Application: Application{Name: "Disabled", Note: "disabled"}},
		{wildcard: true,
			Application: Application{Name: "Wildcard", Note: "redirect URI patterns",
				RedirectURIs: []string{"https://app.example.com/th*/cb", "http://127.0.0.1/cb/*"}}},
		{groups: []string{"Staff"},
			Application: Application{Name: "Staff", Note: "access control: group Staff"}},
		{Application: Application{Scopes: []string{"orders:read", "orders:write", "invoices:read", "p1:read:user", "p1:update:user"}, Name: "Resources", Note: "scopes of the resources orders (tokens of 300 s), invoices and the PingOne API; one resource a request"}},
		{multiResource: true,
			Application: Application{Scopes: []string{"orders:read", "orders:write", "invoices:read"}, Name: "Many Resources", Note: "scopes of orders and invoices may be asked together"}},
		{idpSignoff: true,
			Application: Application{Name: "IdP Signoff", Note: "idpSignoff on"}},
		{Application: Application{Name: "Custom Sign-On", Note: "loginPageUrl on another host", LoginPageURL: "https://login.example.com/sign-on"}},
		{policies: []string{"Identifier_First"},
			Application: Application{Name: "Identifier First", Note: "policy Identifier_First: SIGN_ON_REQUIRED, then the password"}},
		{policies: []string{"Passwordless"},
			Application: Application{Name: "Passwordless", Note: "policy Passwordless: SIGN_ON_REQUIRED, then MFA; login_hint skips the first"}},
		{policies: []string{"Multi_Factor"},
			Application: Application{Name: "MFA", Note: "policy Multi_Factor: without a device the flow fails"}},
		{policies: []string{"Multi_Factor_Bypass"},
			Application: Application{Name: "MFA Bypass", Note: "policy Multi_Factor_Bypass: without a device the step is skipped"}},
		{policies: []string{"External_IdP"},
			Application: Application{Name: "External IdP", Note: "policy External_IdP: EXTERNAL_AUTHENTICATION_REQUIRED"}},
		{davinci: true,
			Application: Application{Name: "DaVinci", Note: "DaVinci flow policy: no flows API"}},
		{policies: []string{"Agreement"},
			Application: Application{Name: "Agreement", Note: "policy Agreement: AGREEMENT_CONSENT_REQUIRED after the password"}},
		{policies: []string{"Progressive_Profiling"},
			Application: Application{Name: "Profile", Note: "policy Progressive_Profiling: PROFILE_DATA_REQUIRED after the password"}},
		{policies: []string{"Confirmation"},
			Application: Application{Name: "Confirmation", Note: "policy Confirmation: ACCOUNT_CONFIRMATION_REQUIRED after the password (a guess)"}},
		{policies: []string{"Linking"},
			Application: Application{Name: "Linking", Note: "policy Linking: ACCOUNT_LINKING_REQUIRED instead of the first password (a guess)"}},
		{parRequired: true,
			Application: Application{Name: "PAR", Note: "parRequirement REQUIRED"}},
		{sessionCheck: true,
			Application: Application{Name: "Session State", Note: "opSessionCheckEnabled: session_state"}},
		{reauth: true,
			Application: Application{Name: "Password Again", Note: "an existing session is asked for the password: PASSWORD_REQUIRED"}},
		{registration: true,
			Application: Application{Name: "Registration", Note: "self-registration; the verification code is " + verificationCode}},
		{includeX5t: true,
			Application: Application{Name: "Mapped", Note: "x5t in headers"}},
		{unsignedJWT: true,
			Application: Application{Name: "Request Object", Note: "unsigned request objects"}},
		{Application: Application{Name: "Fixed Port", Note: "loopback redirect URIs with a port, one with a query",
			RedirectURIs: []string{"http://127.0.0.1:7464/callback", "http://localhost:8080", "https://app.example.com/callback?tenant=a"}}},
		{Application: Application{ClientID: "imported01", Name: "Imported", Note: "a client ID that is not a UUID"}},
		{Application: Application{Name: "Sample", Note: "a page at http://localhost:8080 that uses the hosted sign-on page, as PingOne's samples do",
			RedirectURIs: []string{samplePage}, PostLogoutRedirectURIs: []string{samplePage}, Origins: []string{samplePage}}},
		{Application: Application{Name: "Sample Sign-On", Note: "a page at http://localhost:8080 with its own sign-on page, loginPageUrl http://localhost:8080/login/",
			RedirectURIs: []string{samplePage, samplePage + "/", samplePage + "/login/"}, PostLogoutRedirectURIs: []string{samplePage, samplePage + "/logout/"},
			Origins: []string{samplePage}, LoginPageURL: samplePage + "/login/"}},
		{policies: []string{"Five_Steps"},
			Application: Application{Name: "Five Steps", Note: "policy Five_Steps: user name, password, device, passcode, agreement"}},
		{policies: []string{"Multi_Factor_Skip"},
			Application: Application{Name: "MFA Skip", Note: "policy Multi_Factor_Skip: bypassAllowed, and an action to skip MFA (its name is a guess)"}},
	}
	for i := range list {
		list[i].fill(i + 1)
	}
	return list
}

// samplePage is where PingOne's sample applications run.
const samplePage = "http://localhost:8080"

func (a *application) fill(n int) {
	if a.ClientID == "" {
		a.ClientID = fmt.Sprintf("c11e0000-0000-4000-8000-%012d", n)
	}
	if a.RedirectURIs == nil {
		a.RedirectURIs = []string{"http://127.0.0.1/callback", "http://localhost/callback", "http://[::1]/callback", "https://app.example.com/callback"}
	}
	if a.PostLogoutRedirectURIs == nil {
		a.PostLogoutRedirectURIs = []string{"http://127.0.0.1/signed-off", "https://app.example.com/signed-off"}
	}
	if a.policies == nil {
		a.policies = []string{"Single_Factor", "Multi_Factor"}
	}
	if a.oidc == nil {
		a.oidc = oidcScopes()
	}
	if a.responseTypes == nil {
		a.responseTypes = []string{"TOKEN", "ID_TOKEN"}
	}
}

func (a *application) issues(responseType string) bool {
	return slices.Contains(a.responseTypes, strings.ToUpper(responseType))
}

// matchRedirect reports whether uri is registered: exactly, by a pattern, or
// under the any-port rule for loopback (RFC 8252 7.3).
func matchRedirect(registered []string, uri string, wildcard, anyPort bool) bool {
	return slices.ContainsFunc(registered, func(r string) bool {
		switch {
		case r == uri:
			return true
		case wildcard && strings.Contains(r, "*"):
			before, after, _ := strings.Cut(r, "*")
			return matchPattern(before, after, uri)
		}
		return anyPort && matchLoopback(r, uri)
	})
}

// matchPattern lets the one asterisk of a pattern match a part of a path
// segment or query, never for anything of scheme, host or port.
func matchPattern(before, after, uri string) bool {
	if len(uri) < len(before)+len(after) || !strings.HasPrefix(uri, before) || !strings.HasSuffix(uri, after) {
		return false
	}
	u, err := url.Parse(uri)
	if err != nil || u.Fragment != "" || u.User != nil {
		return false
	}
	middle := uri[len(before) : len(uri)-len(after)]
	return !strings.ContainsAny(middle, "/?#\\") && !strings.Contains(middle, "..")
}

func matchLoopback(registered, uri string) bool {
	r, err := url.Parse(registered)
	if err != nil || r.Port() != "" || !isLoopback(r.Hostname()) {
		return false
	}
	u, err := url.Parse(uri)
	if err != nil || u.Port() == "" {
		return false
	}
	return uri == u.Scheme+"://"+u.Host+strings.TrimPrefix(uri, u.Scheme+"://"+u.Host) &&
		u.Scheme == r.Scheme && u.User == nil && u.Hostname() == r.Hostname() &&
		strings.TrimPrefix(uri, u.Scheme+"://"+u.Host) == strings.TrimPrefix(registered, r.Scheme+"://"+r.Host)
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}
