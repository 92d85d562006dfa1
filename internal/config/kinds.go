package config

// Kind is "usage".
func (e *Error) Kind() string { return "usage" }
