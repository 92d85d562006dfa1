package prompt

// Kind is "person_needed".
func (e *MissingError) Kind() string { return "person_needed" }

// Code is the field that has no answer.
func (e *MissingError) Code() string { return string(e.Field) }

// HintFor says how to answer.
func (e *MissingError) HintFor(_, terminal bool) string {
	hint := "set IMPLICIT_USERNAME and IMPLICIT_PASSWORD (or --password-file), or run implicit login"
	if !terminal {
		hint += " at a terminal"
	}
	return hint
}

type noAddressError struct{}

func (noAddressError) Error() string {
	return "expected the address the browser ended on, and the input ended"
}

// Kind is "person_needed".
func (noAddressError) Kind() string { return "person_needed" }
