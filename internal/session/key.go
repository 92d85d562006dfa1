package session

import (
	"fmt"
	"slices"
	"strings"
)

// Key is every input that changes the token: two commands with the same key may
// share one. Make it with [NewKey].
type Key struct {
	profile string
	user    string
	inputs  []string
}

// NewKey returns the key of what is asked for: the profile, the user (empty: any),
// and all other inputs of the request in a fixed order.
func NewKey(profile, user string, inputs ...string) Key { return Key{profile, user, inputs} }

// With returns the key of the same with further inputs.
func (k Key) With(inputs ...string) Key {
	return Key{k.profile, k.user, append(slices.Clone(k.inputs), inputs...)}
}

// String returns the key as a store has it. Each part has its length before it,
// so that different parts never make the same key.
func (k Key) String() string {
	var b strings.Builder
	for _, part := range append([]string{k.profile, k.user}, k.inputs...) {
		fmt.Fprintf(&b, "%d:%s,", len(part), part)
	}
	return b.String()
}

// anyUser is the key of the latest login of any user, for commands that name none.
func (k Key) anyUser() Key { return Key{k.profile, "", k.inputs} }
