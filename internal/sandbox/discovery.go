package sandbox

import "net/http"

// discoveryDocument is the provider configuration in the order PingOne prints
// it. PingOne's response_types_supported lacks the bare token too, and its
// authentication methods lack none.
type discoveryDocument struct {
	Issuer               string   `json:"issuer"`
	Authorization        string   `json:"authorization_endpoint"`
	PAR                  string   `json:"pushed_authorization_request_endpoint,omitempty"`
	Token                string   `json:"token_endpoint"`
	Userinfo             string   `json:"userinfo_endpoint"`
	JWKS                 string   `json:"jwks_uri"`
	EndSession           string   `json:"end_session_endpoint"`
	CheckSession         string   `json:"check_session_iframe,omitempty"`
	Introspection        string   `json:"introspection_endpoint"`
	Revocation           string   `json:"revocation_endpoint"`
	DeviceAuthorization  string   `json:"device_authorization_endpoint,omitempty"`
	ClaimsParameter      bool     `json:"claims_parameter_supported"`
	RequestParameter     bool     `json:"request_parameter_supported"`
	RequestURIParameter  bool     `json:"request_uri_parameter_supported"`
	RequirePAR           *bool    `json:"require_pushed_authorization_requests,omitempty"`
	Scopes               []string `json:"scopes_supported"`
	ResponseTypes        []string `json:"response_types_supported"`
	ResponseModes        []string `json:"response_modes_supported"`
	GrantTypes           []string `json:"grant_types_supported"`
	SubjectTypes         []string `json:"subject_types_supported,omitempty"`
	IDTokenAlgs          []string `json:"id_token_signing_alg_values_supported,omitempty"`
	UserinfoAlgs         []string `json:"userinfo_signing_alg_values_supported,omitempty"`
	RequestObjectAlgs    []string `json:"request_object_signing_alg_values_supported,omitempty"`
	TokenAuthMethods     []string `json:"token_endpoint_auth_methods_supported,omitempty"`
	TokenAuthAlgs        []string `json:"token_endpoint_auth_signing_alg_values_supported,omitempty"`
	ClaimTypes           []string `json:"claim_types_supported,omitempty"`
	Claims               []string `json:"claims_supported,omitempty"`
	CodeChallengeMethods []string `json:"code_challenge_methods_supported,omitempty"`
	IssParameter         bool     `json:"authorization_response_iss_parameter_supported,omitempty"`
}

// customDomainIssuer is what an environment's issuer becomes once it has a custom
// domain, also for clients that use the regional host.
const customDomainIssuer = "https://login.example.com/as"

// discovery answers /.well-known/openid-configuration of the environment.
func (s *Sandbox) discovery(c *call) *answer {
	at := func(name string) string { return c.issuer() + "/" + name }
	d := discoveryDocument{
		Issuer: c.issuer(), Authorization: at("authorize"), PAR: at("par"), Token: at("token"),
		Userinfo: at("userinfo"), JWKS: at("jwks"), EndSession: at("signoff"), CheckSession: at("checksession"),
		Introspection: at("introspect"), Revocation: at("revoke"), DeviceAuthorization: at("device_authorization"),
		RequestParameter: true, RequirePAR: new(bool),
		Scopes:        oidcScopes(),
		ResponseTypes: []string{"code", "id_token", "token id_token", "code id_token", "code token", "code token id_token"},
		ResponseModes: []string{modeFlow, modeQuery, modeFragment, modeForm},
		GrantTypes:    []string{"authorization_code", "implicit", "client_credentials", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"},
	}
	switch {
	case s.on("discovery-2020"):
		d.ofTheYear2020()
	case !s.on("short-discovery"):
		d.complete()
	}
	if s.on("custom-domain-issuer") {
		d.Issuer = customDomainIssuer
	}
	d.IssParameter = s.on("iss-parameter")
	return jsonAnswer(http.StatusOK, d)
}

func (d *discoveryDocument) complete() {
	hmacAndRSA := []string{"HS256", "HS384", "HS512", "RS256", "RS384", "RS512"}
	d.SubjectTypes, d.IDTokenAlgs, d.UserinfoAlgs = []string{"public"}, []string{"RS256"}, []string{"none"}
	d.RequestObjectAlgs, d.TokenAuthAlgs = append([]string{"none"}, hmacAndRSA...), hmacAndRSA
	d.TokenAuthMethods = []string{"client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt"}
	d.ClaimTypes = []string{"normal"}
	d.Claims = []string{"sub", "iss", "auth_time", "acr", "name", "given_name", "family_name", "middle_name", "preferred_username",
		"profile", "picture", "zoneinfo", "phone_number", "updated_at", "address", "email", "locale"}
	d.CodeChallengeMethods = []string{"plain", "S256"}
}

// ofTheYear2020 is an older document, with less in it.
func (d *discoveryDocument) ofTheYear2020() {
	d.PAR, d.DeviceAuthorization, d.CheckSession, d.RequirePAR = "", "", "", nil
	d.ClaimsParameter, d.RequestParameter = true, false
	d.ResponseTypes = []string{"code", "id_token", "token id_token"}
	d.ResponseModes = []string{modeFragment, modeQuery}
	d.GrantTypes = []string{"authorization_code", "implicit", "client_credentials", "refresh_token"}
	d.SubjectTypes, d.IDTokenAlgs = []string{"public"}, []string{"RS256"}
	d.RequestObjectAlgs = []string{"none"}
	d.TokenAuthMethods = []string{"client_secret_basic", "client_secret_post"}
}

// checkSession is the frame of OpenID Connect Session Management 3. No session
// of the sandbox ever changes in it.
func checkSession(*call) *answer {
	return newAnswer(http.StatusOK, "text/html; charset=utf-8", []byte("<!DOCTYPE html><title>Session</title>"))
}
