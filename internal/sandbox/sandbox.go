// Package sandbox is an embedded PingOne: the authorization server side of
// the implicit grant, with its sign-on flows, hosted sign-on page, keys,
// userinfo and signoff, as an http.Handler that keeps everything in memory.
//
// It is strict where PingOne is strict, has a user and an application for
// every case PingOne distinguishes, and a named switch for every point where
// PingOne's pages leave room (a reading) or where a server can go wrong
// (a fault). What it has is a Tenant: the built-in one, or one that files say. It is
// built on the standard library and a YAML parser alone, and shares no code
// with the client, so that the two cannot share a mistake.
package sandbox

import (
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// EnvironmentID is the identifier of the sandbox's environment, unless its tenant
// has another one.
const EnvironmentID = "0e5a11ab-1e00-4000-8000-00005a4db0c5"

const organizationID = "0e5a11ab-1e00-4000-8000-00000000049a"

// Options configure a Sandbox. The zero value is usable.
type Options struct {
	// BaseURL is the scheme://host[:port] under which clients reach the
	// sandbox: issuer and links begin with it. Start uses its listener's when
	// it is empty. In New, empty means that each answer takes it from the Host
	// of its request, and that Settings has no URLs.
	BaseURL string
	// CustomDomain serves paths and issuer without the environment ID, as
	// PingOne does on a custom domain.
	CustomDomain bool
	// Tenant is what the environment has; nil means the built-in one.
	Tenant *Tenant
	// Others are further environments, which Start serves on the same listener: each
	// under its environment ID, or under its custom domain. The other options are those
	// of all, but for CustomDomain and Applications.
	Others []*Tenant
	// Applications are registered in addition to the tenant's. One without
	// a client ID gets a new one; one without redirect URIs gets those of the
	// first built-in application.
	Applications []Application
	// ChooseUser lists the users on the sign-on page: one click signs one on.
	ChooseUser bool
	// State is what Server.State returned in another run: the same keys and the
	// same authority are used again. Empty means new ones.
	State []byte
	// Keys are where signing keys come from; nil means new ones.
	Keys *Keys
	// OneKey has no NEXT signing key until it is needed, for a sandbox that lives as
	// long as one command: to make a key takes longer than all the rest of it.
	OneKey bool
	// Switches are the readings and faults that are on from the start, by
	// the names of Switches.
	Switches []string
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Rand is where identifiers come from; nil means crypto/rand.
	Rand io.Reader
	// Log receives each answered request, and is called concurrently; nil means
	// silence.
	Log func(Event)
	// Sent receives what PingOne would have sent to a user: passcodes, recovery
	// and verification codes. It must not call the sandbox. nil means nothing.
	Sent func(Message)
	// Explain receives why authorize matched no application or no redirect URI:
	// which one is the nearest, and what differs. It must not call the sandbox. nil
	// means nothing.
	Explain func(string)
}

// Sandbox is a PingOne environment in memory. It is safe for concurrent use.
type Sandbox struct {
	base    string
	custom  bool
	further bool // one of several environments, but not the first

	chooseUser bool
	now        func() time.Time
	rand       io.Reader
	log        func(Event)
	sent       func(Message)

	explain func(string)
	journal Journal
	initial Options // for Reset

	// mu guards everything below. A handler holds it from the parsed
	// request to the finished answer; reading and writing the network
	// happens outside.
	mu sync.Mutex
	directory
	switches map[string]bool
	limited  []*limitedSwitch
	request  *request        // that is being answered; nil between two
	spent    map[string]bool // faults named ...-once that have been used
	shift    time.Duration   // of the clock
	keys     *keyRing
	flows    map[string]*flow
	sessions map[string]*session // by the value of the ST cookie
	messages []Message
	swept    time.Time
}

// New returns a sandbox. It refuses a BaseURL that is not an http or https
// origin, an application that could not be registered, and an unknown switch,
// naming the known ones.
func New(o Options) (*Sandbox, error) {
	if err := checkBase(o.BaseURL); err != nil {
		return nil, err
	}
	s := &Sandbox{base: o.BaseURL, chooseUser: o.ChooseUser, now: o.Now, rand: o.Rand, log: o.Log, sent: o.Sent, explain: o.Explain}
	if s.now == nil {
		s.now = time.Now
	}
	if s.rand == nil {
		s.rand = rand.Reader
	}
	if s.log == nil {
		s.log = func(Event) {}
	}
	if s.explain == nil {
		s.explain = func(string) {}
	}
	if s.sent == nil {
		s.sent = func(Message) {}
	}
	if o.Tenant == nil {
		o.Tenant = builtIn()
	}
	s.custom = o.CustomDomain || o.Tenant.customDomain != ""
	s.initial = o
	if err := s.begin(); err != nil {
		return nil, err
	}
	saved, err := readState(o.State)
	if err != nil {
		return nil, err
	}
	if s.keys = newKeyRing(o.Keys, o.OneKey, s.now(), s.uuid); saved.Signing != nil {
		if err := s.keys.restore(saved.Signing); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// begin puts the sandbox into the state of its start: all but its keys.
func (s *Sandbox) begin() error {
	s.switches, s.spent, s.limited, s.shift = map[string]bool{}, map[string]bool{}, nil, 0
	s.flows, s.sessions, s.messages = map[string]*flow{}, map[string]*session{}, nil
	if s.keys != nil {
		s.keys.hideLate()
	}
	s.directory = s.initial.Tenant.directory(s.now())
	if err := s.register(s.initial.Applications); err != nil {
		return err
	}
	for _, name := range slices.Concat(s.initial.Tenant.switches, s.initial.Switches) {
		if err := s.set(name, true); err != nil {
			return err
		}
	}
	return nil
}

func checkBase(base string) error {
	if base == "" || isOrigin(base) {
		return nil
	}
	return fmt.Errorf("sandbox: public URL must be scheme://host[:port], got %q", base)
}

// Settings is what a client needs to know of a sandbox. Its JSON form is the
// line that `implicit sandbox` prints.
type Settings struct {
	AuthURL       string        `json:"auth_url"`
	Issuer        string        `json:"issuer"`
	EnvironmentID string        `json:"environment_id"`
	ClientID      string        `json:"client_id"`
	RedirectURI   string        `json:"redirect_uri"`
	CACert        string        `json:"ca_cert"` // a file, for the caller to write and fill in
	Users         []User        `json:"users"`
	Applications  []Application `json:"applications"`
	Control       *Control      `json:"control,omitempty"`      // for the caller to fill in
	Environments  []Settings    `json:"environments,omitempty"` // the further ones; for the caller to fill in
}

// Control is where and with which key a running sandbox can be changed.
type Control struct {
	URL string `json:"url"`
	Key string `json:"key,omitempty"` // empty where it was handed in
}

// Settings returns the URLs of the sandbox, its first application and the
// lists of all users and applications. CACert is left empty.
func (s *Sandbox) Settings() Settings {
	s.mu.Lock()
	defer s.mu.Unlock()
	auth := s.authURL(s.base)
	settings := Settings{AuthURL: auth, Issuer: auth + "/as", EnvironmentID: s.environmentID}
	for _, a := range s.users {
		settings.Users = append(settings.Users, a.User)
	}
	for _, a := range s.apps {
		settings.Applications = append(settings.Applications, a.Application)
	}
	settings.ClientID, settings.RedirectURI = s.apps[0].ClientID, s.apps[0].RedirectURIs[0]
	return settings
}

func (s *Sandbox) authURL(base string) string {
	if s.custom {
		return base
	}
	return base + "/" + s.environmentID
}

var _ http.Handler = (*Sandbox)(nil)
