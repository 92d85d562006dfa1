// Package session keeps what one command leaves for the next: logins with their
// tokens and sign-on session, flows that are driven step by step, the failure of
// a sign-on that others wait for, and the provider's keys. Logins and failures
// are sealed by a credential store, one entry a login.
package session
