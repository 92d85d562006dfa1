package login

// The errors of this package class themselves by Kind and Hint.

// Kind is "person_needed".
func (e *LoginNeededError) Kind() string { return "person_needed" }

// HintFor says how to sign on.
func (e *LoginNeededError) HintFor(pingOne, terminal bool) string {
	hint := "run implicit login at a terminal"
	if terminal {
		hint = "run implicit login"
	}
	if pingOne {
		hint += "; or, for a test user, set IMPLICIT_USERNAME and IMPLICIT_PASSWORD"
	}
	return hint
}

// Kind is "refused".
func (e *RenewalError) Kind() string { return "refused" }

// Hint says how to get other tokens.
func (e *RenewalError) Hint() string {
	return "the stored tokens are kept; implicit login signs on again"
}

// Kind is "unreachable".
func (e *NobodyError) Kind() string { return "unreachable" }

// Hint says why a browser may send nothing.
func (e *NobodyError) Hint() string {
	return "sign on in the browser, give it longer with --wait, or use --via paste; " +
		"if the browser shows an error about the redirect URI, register exactly " + e.RedirectURI
}
