package sandbox

import "net/http"

// discoveryDocument is the provider configuration in the order PingOne
// prints it. PingOne's response_types_supported lacks the bare token too.
type discoveryDocument struct {
	Issuer                string   `json:"issuer"`
	Authorization         string   `json:"authorization_endpoint"`
	PAR                   string   `json:"pushed_authorization_request_endpoint"`
	Token                 string   `json:"token_endpoint"`
	Userinfo              string   `json:"userinfo_endpoint"`
	JWKS                  string   `json:"jwks_uri"`
	EndSession            string   `json:"end_session_endpoint"`
	Introspection         string   `json:"introspection_endpoint"`
	Revocation            string   `json:"revocation_endpoint"`
	DeviceAuthorization   string   `json:"device_authorization_endpoint"`
	ClaimsParameter       bool     `json:"claims_parameter_supported"`
	RequestParameter      bool     `json:"request_parameter_supported"`
	RequestURIParameter   bool     `json:"request_uri_parameter_supported"`
	RequirePAR            bool     `json:"require_pushed_authorization_requests"`
	Scopes                []string `json:"scopes_supported"`
	ResponseTypes         []string `json:"response_types_supported"`
	ResponseModes         []string `json:"response_modes_supported"`
	GrantTypes            []string `json:"grant_types_supported"`
	SubjectTypes          []string `json:"subject_types_supported,omitempty"`
	IDTokenAlgs           []string `json:"id_token_signing_alg_values_supported,omitempty"`
	UserinfoAlgs          []string `json:"userinfo_signing_alg_values_supported,omitempty"`
	RequestObjectAlgs     []string `json:"request_object_signing_alg_values_supported,omitempty"`
	TokenAuthMethods      []string `json:"token_endpoint_auth_methods_supported,omitempty"`
	Claims                []string `json:"claims_supported,omitempty"`
	CodeChallengeMethods  []string `json:"code_challenge_methods_supported,omitempty"`
	IssParameterSupported bool     `json:"authorization_response_iss_parameter_supported,omitempty"`
}

// discovery answers /.well-known/openid-configuration of the environment.
func (s *Sandbox) discovery(c *call) *answer {
	at := func(name string) string { return c.issuer() + "/" + name }
	d := discoveryDocument{
		Issuer: c.issuer(), Authorization: at("authorize"), PAR: at("par"), Token: at("token"),
		Userinfo: at("userinfo"), JWKS: at("jwks"), EndSession: at("signoff"),
		Introspection: at("introspect"), Revocation: at("revoke"), DeviceAuthorization: at("device_authorization"),
		RequestParameter: true,
		Scopes:           oidcScopes(),
		ResponseTypes:    []string{"code", "id_token", "token id_token", "code id_token", "code token", "code token id_token"},
		ResponseModes:    []string{modeFlow, modeQuery, modeFragment, modeForm},
		GrantTypes:       []string{"authorization_code", "implicit", "client_credentials", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"},
	}
	if !s.on("short-discovery") {
		d.SubjectTypes = []string{"public"}
		d.IDTokenAlgs = []string{"RS256"}
		d.UserinfoAlgs = []string{"none"}
		d.RequestObjectAlgs = []string{"none", "HS256", "HS384", "HS512", "RS256", "RS384", "RS512"}
		d.TokenAuthMethods = []string{"client_secret_basic", "client_secret_post"}
		d.Claims = []string{"sub", "iss", "auth_time", "acr", "name", "given_name", "family_name", "preferred_username", "email", "address", "phone_number", "updated_at"}
		d.CodeChallengeMethods = []string{"plain", "S256"}
	}
	d.IssParameterSupported = s.on("iss-parameter")
	return jsonAnswer(http.StatusOK, d)
}
