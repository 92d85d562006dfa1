package login

// The errors of this package class themselves by Kind and Hint.

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

// Kind is "usage".
func (e *NoSessionError) Kind() string { return "usage" }
