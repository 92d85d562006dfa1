package sandbox

// policy is a sign-on policy: a name, which acr_values and acr carry, and
// the actions it asks for in order.
type policy struct {
	name      string
	actions   []string
	isDefault bool // for applications that name none
	bypass    bool // MFA without an enrolled device is skipped, not refused
	skip      bool // MFA may be skipped by the user: bypassAllowed

	attributes   []attribute // that progressive profiling asks for; nil for the usual ones
	registration bool        // the sign-on page and the flow offer it
}

// The actions of PingOne's sign-on policies.
const (
	actionLogin      = "LOGIN"
	actionIdentifier = "IDENTIFIER_FIRST"
	actionMFA        = "MULTI_FACTOR_AUTHENTICATION"
	actionIDP        = "IDENTITY_PROVIDER"
	actionAgreement  = "AGREEMENT"
	actionProfile    = "PROGRESSIVE_PROFILING"
	actionConfirm    = "ACCOUNT_CONFIRMATION" // not a policy action of PingOne, but a status of its flows
	actionLink       = "ACCOUNT_LINKING"      // the same
)

func builtInPolicies() []policy {
	return []policy{
		{name: "Single_Factor", actions: []string{actionLogin}},
		{name: "Multi_Factor", actions: []string{actionLogin, actionMFA}},
		{name: "Multi_Factor_Bypass", actions: []string{actionLogin, actionMFA}, bypass: true},
		{name: "Multi_Factor_Skip", actions: []string{actionLogin, actionMFA}, skip: true},
		{name: "Five_Steps", actions: []string{actionIdentifier, actionLogin, actionMFA, actionAgreement}},
		{name: "Identifier_First", actions: []string{actionIdentifier, actionLogin}},
		{name: "Passwordless", actions: []string{actionIdentifier, actionMFA}},
		{name: "External_IdP", actions: []string{actionIDP}},
		{name: "Agreement", actions: []string{actionLogin, actionAgreement}},
		{name: "Progressive_Profiling", actions: []string{actionLogin, actionProfile}},
		{name: "Confirmation", actions: []string{actionLogin, actionConfirm}},
		{name: "Linking", actions: []string{actionLink}},
	}
}
