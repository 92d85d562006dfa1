package sandbox

import "slices"

// misconfigure returns an application with the faults of applicationFaults.
func (s *Sandbox) misconfigure(a application) *application {
	a.disabled = a.disabled || s.on("application-disabled")
	a.noImplicit = a.noImplicit || s.on("implicit-off")
	a.parRequired = a.parRequired || s.on("par-required")
	a.davinci = a.davinci || s.on("davinci-policy")
	if s.on("access-denied") {
		a.groups = []string{"Empty"}
	}
	if s.on("redirect-uri-missing") {
		a.RedirectURIs = []string{"https://app.example.com/other"}
	}
	a.responseTypes = slices.DeleteFunc(slices.Clone(a.responseTypes), func(t string) bool {
		return t == "TOKEN" && s.on("access-token-off") || t == "ID_TOKEN" && s.on("id-token-off")
	})
	for _, p := range []struct{ fault, policy string }{
		{"mfa-required", "Multi_Factor"}, {"identifier-first", "Identifier_First"}, {"external-sign-on", "External_IdP"},
		{"agreement-required", "Agreement"}, {"profile-required", "Progressive_Profiling"},
	} {
		if s.on(p.fault) {
			a.policies = []string{p.policy}
		}
	}
	return &a
}
