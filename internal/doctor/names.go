package doctor

// pages is where the documentation explains each finding.
const pages = "https://github.com/implicit-cli/implicit/blob/main/docs/troubleshooting.md#"

// Page returns the address of the section about a finding.
func Page(name string) string { return pages + name }

// Names returns the names of all findings, in the order of the hops. Each has a
// section of docs/troubleshooting.md.
func Names() []string {
	return []string{
		"settings", "environment", "redirect_uri_form",
		"connection", "dns", "proxy", "tls", "edge", "rate_limit", "clock",
		"discovery", "issuer", "keys", "region", "readings",
		"application_id", "application_type", "application_enabled", "application_grant", "application_response_types",
		"application_redirect_uris", "application_par", "application_request_object", "application_pkce", "application_scopes",
		"application_sign_on_page", "application_access", "application_cors", "application_signoff_urls",
		"request", "client", "redirect_uri", "response_type", "scope", "par", "policy", "sign_on_page", "prompt_none", "method",
		"port", "browser", "store", "state_directory",
		"sign_on", "steps", "resume", "access", "tokens", "granted_scope", "userinfo", "second_method",
	}
}
