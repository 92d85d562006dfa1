package loopback

// The errors of this package class themselves by Kind and Hint.

// Kind is "usage".
func (e *AddressError) Kind() string { return "usage" }

// Kind is "usage".
func (e *PortBusyError) Kind() string { return "usage" }

// Hint names another address to use.
func (e *PortBusyError) Hint() string {
	if e.PortFree == "" {
		return "choose another address with --listen"
	}
	return "end that program, or use --redirect-uri " + e.PortFree + ": a native application may use any port (RFC 8252 section 7.3)"
}
