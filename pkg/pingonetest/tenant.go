package pingonetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/implicit-cli/implicit/internal/sandbox"
)

// Tenant is what an environment has. What is left out is the built-in tenant's: a
// Tenant with Users alone has the built-in applications. Its fields are the keys of
// a tenant file, which docs/sandbox.md in the repository explains.
type Tenant struct {
	Name           string          `json:"name,omitempty"`
	EnvironmentID  string          `json:"environment_id,omitempty"` // a UUID
	Region         string          `json:"region,omitempty"`         // NA, CA, EU, AU, SG, AP
	CustomDomain   string          `json:"custom_domain,omitempty"`  // a host: addresses and issuer lack the environment ID
	Applications   []Registration  `json:"applications,omitempty"`
	Users          []Account       `json:"users,omitempty"`
	Resources      []Resource      `json:"resources,omitempty"`
	Policies       []Policy        `json:"policies,omitempty"` // in addition to the built-in ones
	PasswordPolicy *PasswordPolicy `json:"password_policy,omitempty"`
	Switches       []Switch        `json:"switches,omitempty"`
}

// Registration is an application of a [Tenant]. It allows the implicit grant with
// both response types unless its fields say otherwise. Lifetimes are in seconds.
type Registration struct {
	Name                 string         `json:"name"`
	ClientID             string         `json:"client_id,omitempty"` // made of the name where empty
	Type                 string         `json:"type,omitempty"`      // SINGLE_PAGE_APP, NATIVE_APP …
	Enabled              *bool          `json:"enabled,omitempty"`   // nil means true
	GrantTypes           []string       `json:"grant_types,omitempty"`
	ResponseTypes        []string       `json:"response_types,omitempty"` // TOKEN, ID_TOKEN
	RedirectURIs         []string       `json:"redirect_uris,omitempty"`  // those of "Plain" where empty
	AllowWildcard        bool           `json:"allow_wildcard_in_redirect_uris,omitempty"`
	SignOffURIs          []string       `json:"post_logout_redirect_uris,omitempty"`
	LoginPageURL         string         `json:"login_page_url,omitempty"`
	Origins              []string       `json:"origins,omitempty"`
	Scopes               []string       `json:"scopes,omitempty"` // all that is granted with openid; nil means those of OpenID Connect
	MultipleResources    bool           `json:"request_scopes_for_multiple_resources_enabled,omitempty"`
	Groups               []string       `json:"groups,omitempty"`      // whose members get tokens
	GroupMatch           string         `json:"group_match,omitempty"` // ANY_GROUP, ALL_GROUPS
	AdminsOnly           bool           `json:"admins_only,omitempty"`
	Policies             []string       `json:"policies,omitempty"`
	DaVinci              bool           `json:"davinci,omitempty"`
	Attributes           map[string]any `json:"attributes,omitempty"` // by claim: any JSON, text with ${user.NAME}, or a [Mapping]
	IDTokenLifetime      int            `json:"id_token_lifetime,omitempty"`
	AccessTokenLifetime  int            `json:"access_token_lifetime,omitempty"`
	PAR                  string         `json:"par_requirement,omitempty"` // OPTIONAL, REQUIRED
	UnsignedRequest      bool           `json:"support_unsigned_request_object,omitempty"`
	IDPSignOff           bool           `json:"idp_signoff,omitempty"`
	SessionCheck         bool           `json:"op_session_check_enabled,omitempty"`
	X5T                  bool           `json:"include_x5t,omitempty"`
	AlwaysReauthenticate bool           `json:"always_reauthenticate,omitempty"`
	Switches             []Switch       `json:"switches,omitempty"` // for its requests alone
	Note                 string         `json:"note,omitempty"`
}

// Mapping is a claim of an application's or a resource's tokens.
type Mapping struct {
	Value    any      `json:"value"`
	In       []string `json:"in,omitempty"` // id_token, userinfo, access_token
	Required bool     `json:"required,omitempty"`
}

// Account is a user of a [Tenant].
type Account struct {
	Username          string            `json:"username"`
	ID                string            `json:"id,omitempty"`       // a UUID, the claim sub; made of the username where empty
	Password          string            `json:"password,omitempty"` // empty: there is none
	AnyPassword       bool              `json:"any_password,omitempty"`
	PasswordState     string            `json:"password_state,omitempty"` // MUST_CHANGE_PASSWORD, PASSWORD_EXPIRED, PASSWORD_LOCKED_OUT
	GivenName         string            `json:"given_name,omitempty"`
	FamilyName        string            `json:"family_name,omitempty"`
	Email             string            `json:"email,omitempty"`
	EmailVerified     *bool             `json:"email_verified,omitempty"` // nil means true
	Phone             string            `json:"phone,omitempty"`
	Address           map[string]string `json:"address,omitempty"`
	Enabled           *bool             `json:"enabled,omitempty"` // nil means true
	Groups            []string          `json:"groups,omitempty"`
	Admin             bool              `json:"admin,omitempty"`
	External          bool              `json:"external_identity_provider,omitempty"`
	Devices           []Device          `json:"devices,omitempty"`
	Attributes        map[string]any    `json:"attributes,omitempty"`          // for mappings
	Claims            map[string]any    `json:"claims,omitempty"`              // of ID tokens and userinfo, as they are
	AccessTokenClaims map[string]any    `json:"access_token_claims,omitempty"` // the same of access tokens
	Note              string            `json:"note,omitempty"`
}

// Device is an enrolled device for multi-factor authentication.
type Device struct {
	Type     string `json:"type"` // TOTP, SMS, EMAIL, VOICE, WHATSAPP, MOBILE, FIDO2
	ID       string `json:"id,omitempty"`
	Nickname string `json:"nickname,omitempty"`
	Phone    string `json:"phone,omitempty"`
	Email    string `json:"email,omitempty"`
	Model    string `json:"model,omitempty"`
	Secret   string `json:"secret,omitempty"` // of TOTP; made of the username where empty
	Push     string `json:"push,omitempty"`   // APPROVED, DENIED, TIMED_OUT, SECOND_APPROVED
	Blocked  bool   `json:"blocked,omitempty"`
}

// Resource is an API that access tokens are for.
type Resource struct {
	Name                string         `json:"name"`
	Audience            string         `json:"audience,omitempty"` // the name where empty
	Scopes              []string       `json:"scopes,omitempty"`
	AccessTokenLifetime int            `json:"access_token_lifetime,omitempty"` // seconds
	Attributes          map[string]any `json:"attributes,omitempty"`
	Note                string         `json:"note,omitempty"`
}

// Policy is a sign-on policy: actions in order.
type Policy struct {
	Name    string   `json:"name"` // what acr_values asks for
	Default bool     `json:"default,omitempty"`
	Actions []Action `json:"actions"`
	Note    string   `json:"note,omitempty"`
}

// Action is a step of a [Policy].
type Action struct {
	Type          string      `json:"type"` // LOGIN, MULTI_FACTOR_AUTHENTICATION …
	NoDeviceMode  string      `json:"no_device_mode,omitempty"`
	BypassAllowed bool        `json:"bypass_allowed,omitempty"`
	Registration  bool        `json:"registration,omitempty"`
	Attributes    []Attribute `json:"attributes,omitempty"`
}

// Attribute is what progressive profiling asks for.
type Attribute struct {
	Name        string `json:"name"` // name.given, address.locality …
	DisplayName string `json:"display_name,omitempty"`
}

// PasswordPolicy is what a new password must be. A zero field is PingOne's standard.
type PasswordPolicy struct {
	Name                  string         `json:"name,omitempty"`
	MinLength             int            `json:"min_length,omitempty"`
	MaxLength             int            `json:"max_length,omitempty"`
	MaxRepeatedCharacters *int           `json:"max_repeated_characters,omitempty"`
	MinUniqueCharacters   *int           `json:"min_unique_characters,omitempty"`
	MinCharacters         map[string]int `json:"min_characters,omitempty"` // of lower, upper, digits, special
	ExcludesCommonlyUsed  *bool          `json:"excludes_commonly_used,omitempty"`
	Lockout               *Lockout       `json:"lockout,omitempty"`
}

// Lockout is when and for how long wrong passwords lock an account.
type Lockout struct {
	FailureCount int `json:"failure_count,omitempty"`
	Duration     int `json:"duration,omitempty"` // seconds
}

// WithTenant gives the server a tenant in place of the built-in one. [New] and
// [Start] report what is wrong in it by its path, as applications[0].redirect_uris.
func WithTenant(t Tenant) Option {
	return func(c *config) {
		text, err := json.Marshal(t)
		if err != nil {
			c.err = fmt.Errorf("tenant: %w", err)
			return
		}
		var wrong *sandbox.TenantError
		if c.options.Tenant, err = sandbox.ReadTenant(sandbox.TenantFile{Text: text}); errors.As(err, &wrong) {
			c.err = errors.New("tenant: " + pathsOf(wrong))
		}
	}
}

// WithTenantFile is [WithTenant] for the text of a tenant file, in YAML or JSON, as
// "implicit sandbox --tenant" takes it. name is for messages.
func WithTenantFile(name string, text []byte) Option {
	return func(c *config) {
		c.options.Tenant, c.err = sandbox.ReadTenant(sandbox.TenantFile{Name: name, Text: text})
	}
}

// pathsOf leaves out line and column, which Go values do not have.
func pathsOf(wrong *sandbox.TenantError) string {
	var list []string
	for _, m := range wrong.Mistakes {
		list = append(list, strings.TrimPrefix(m.Path+": "+m.Message, ": "))
	}
	return strings.Join(list, "; ")
}
