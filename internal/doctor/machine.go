package doctor

// Machine is what the probes of this machine look at; what is nil is not looked at.
type Machine struct {
	Browser bool // one can be opened
}
