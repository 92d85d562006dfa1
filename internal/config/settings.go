package config

import (
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// Settings are all settings of one run, parsed and checked by [Resolve]. Nothing
// changes them afterwards.
type Settings struct {
	Profile string // the name of the one in use, in lower case
	File    *File

	Provider Provider
	ClientID string

	RedirectURI  string // empty: not set
	Scopes       []string
	ResponseType string // as written: the order is sent
	ResponseMode string
	Method       string // GET or POST
	Prompt       string
	MaxAge       *int64 // seconds; nil: not set
	ACRValues    string // separated by spaces
	LoginHint    string
	UILocales    string
	IDTokenHint  implicit.Secret
	State, Nonce string           // empty: random
	Params       []implicit.Param // other authorize parameters, from --param

	Algorithms []string // accepted; empty: those of the provider
	ClockSkew  time.Duration

	Audience         string   // that an access token must have; empty: any
	RequiredScopes   []string // of an access token
	Requirements     []implicit.ClaimRequirement
	TrustedAudiences []string // of an ID token, in addition to the application

	Timeout     time.Duration // for one call with its retries; never zero
	Wait        time.Duration // for the user; never zero
	NoPreflight bool          // open the browser without trying the request first
	CACert      string        // the file; empty: none
	CAPEM       []byte        // certificates to trust in addition to the system's: of CACert and of the sandbox

	Username        string
	PasswordFile    string
	PasswordStdin   bool
	PasswordCommand string // a command line
	NewPasswordFile string
	TOTPSecretFile  string
	OTPCommand      string // a command line
	Device          string // a type, an ID or a nickname; empty: not set
	AcceptAgreement bool
	ProfileData     []implicit.Param // names as PingOne has them, with dots
	SkipMFA         bool
	Store           string // keyring, file, helper:NAME or none; empty: not set

	values map[string]Value
}

// Provider is the server that the settings name. Issuer is set for a provider
// that is not PingOne; else PingOne is, unless no setting names an environment
// or the sandbox was not started.
type Provider struct {
	PingOne *pingone.Environment
	Issuer  string
	Sandbox bool // PingOne is the embedded one
}

// Value is a setting as written and where it is from: "flag", the name of a
// variable, "profile NAME", the source of a [Supplied], "default", or "" for a
// setting without a value.
type Value struct {
	Name   string
	Text   string
	Source string

	rank rank
}

// rank orders the sources; the smaller, the stronger.
type rank int

const (
	unset rank = iota // a default or nothing
	byFlag
	byFlow
	byVariable
	byNamedProfile
	byAlias
	byDefaultProfile
)

// Values returns every setting as written, in the order they are shown. An ID
// token hint is in clear.
func (s *Settings) Values() []Value {
	var all []Value
	for _, k := range All() {
		v := s.values[k.Name]
		v.Name = k.Name
		all = append(all, v)
	}
	return all
}

// Source returns where a setting is from, as in [Value]. It panics for a name
// that is not a setting.
func (s *Settings) Source(name string) string {
	v, ok := s.values[name]
	if !ok {
		panic("config: unknown setting " + name)
	}
	return v.Source
}

// Problem returns an error about a setting that names its source.
func (s *Settings) Problem(name, format string, args ...any) error {
	return &Error{Name: name, Source: s.Source(name), Problem: fmt.Sprintf(format, args...)}
}

// Require returns an error if the settings do not have what is needed, for
// commands that learn it only after [Resolve].
func (s *Settings) Require(need Need) error { return s.missing(need).err() }

func (s *Settings) missing(need Need) (missing Problems) {
	text := func(name string) string { return s.values[name].Text }
	if need >= NeedProvider && text("environment-id")+text("auth-url")+text("issuer") == "" {
		missing = append(missing, &Error{Name: "environment-id", Missing: true,
			Problem: "missing; the ID of a PingOne environment, or use --auth-url, or --issuer for another provider"})
	}
	if need >= NeedClient && text("client-id") == "" {
		missing = append(missing, &Error{Name: "client-id", Missing: true,
			Problem: "missing; it is the ID of the application at the provider"})
	}
	if need >= NeedRequest && text("redirect-uri") == "" && text("response-mode") != "pi.flow" {
		missing = append(missing, &Error{Name: "redirect-uri", Missing: true,
			Problem: "missing; it must be registered with the application"})
	}
	return missing
}

// AddFlags gives fs a flag for every key of the groups.
func AddFlags(fs *pflag.FlagSet, groups ...Group) {
	for _, k := range join(groups...) {
		switch k.Kind {
		case Switch:
			fs.Bool(k.Name, false, k.Usage)
		case List, Lines:
			fs.StringArray(k.Name, nil, k.Usage)
		default:
			fs.String(k.Name, "", k.Usage)
		}
		fs.Lookup(k.Name).Annotations = map[string][]string{ValueAnnotation: {k.Value}, DefaultAnnotation: {k.Default}}
	}
}

// Annotations of a setting's flag, for the help text. The default is not in the
// flag itself, where it would look as if the user had given it.
const (
	ValueAnnotation   = "value"
	DefaultAnnotation = "default"
)

// ParamFlag is the repeatable flag that fills Settings.Params where a command
// has it.
const ParamFlag = "param"
