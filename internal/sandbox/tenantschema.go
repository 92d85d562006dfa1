package sandbox

import (
	"cmp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// key is one key of an object in a tenant file.
type key[T any] struct {
	name    string
	console string // what PingOne's console calls it; empty where it has nothing like it
	read    func(*tenantReader, *yaml.Node, *T)
}

// keys are those of one kind of object.
type keys[T any] []key[T]

func (k keys[T]) find(name string) *key[T] {
	for i := range k {
		if k[i].name == name {
			return &k[i]
		}
	}
	return nil
}

// suggest looks for a key by what the console or PingOne's API calls it, too.
func (k keys[T]) suggest(name string) string {
	names := make([]string, 0, len(k))
	for _, known := range k {
		if known.console != "" && letters(known.console) == letters(name) {
			return didYouMean(known.name, []string{known.name})
		}
		names = append(names, known.name)
	}
	return cmp.Or(didYouMean(name, names), "; known are "+strings.Join(names, ", "))
}

// readObject reads the keys of an object, and reports those that it does not know
// and those that it needs.
func readObject[T any](r *tenantReader, n *yaml.Node, what string, known keys[T], into *T, needed ...string) {
	n = r.resolve(n)
	if n.Kind != yaml.MappingNode {
		r.mistake(n, "expected %s with its keys, found %s", what, found(n))
		return
	}
	has := map[string]bool{}
	r.members(n, func(name string, key, value *yaml.Node) {
		has[name] = true
		if k := known.find(name); k != nil {
			k.read(r, value, into)
		} else {
			r.mistake(key, "unknown key of %s%s", what, known.suggest(name))
		}
	})
	for _, name := range needed {
		if !has[name] {
			r.mistake(n, "%s needs the key %s", what, name)
		}
	}
}

// schema has the keys of every kind of object, made once for each reader.
type schema struct {
	tenant    keys[Tenant]
	app       keys[application]
	mapping   keys[mapping]
	user      keys[account]
	device    keys[device]
	resource  keys[resource]
	policy    keys[policy]
	action    keys[policyAction]
	attribute keys[attribute]
	passwords keys[passwordRules]
	lockout   keys[passwordRules]
}

func newSchema() schema {
	return schema{
		tenant: tenantKeys(), app: applicationKeys(), mapping: mappingKeys(), user: userKeys(), device: deviceKeys(),
		resource: resourceKeys(), policy: policyKeys(), action: actionKeys(), attribute: attributeKeys(),
		passwords: passwordKeys(), lockout: lockoutKeys(),
	}
}

// The readers of the usual kinds of values.

func asText[T any](field func(*T) *string) func(*tenantReader, *yaml.Node, *T) {
	return func(r *tenantReader, n *yaml.Node, t *T) { *field(t) = r.text(n) }
}

func asTexts[T any](field func(*T) *[]string) func(*tenantReader, *yaml.Node, *T) {
	return func(r *tenantReader, n *yaml.Node, t *T) { *field(t) = r.texts(n) }
}

func asFlag[T any](field func(*T) *bool) func(*tenantReader, *yaml.Node, *T) {
	return func(r *tenantReader, n *yaml.Node, t *T) { *field(t) = r.flag(n) }
}

// asNoFlag is for a field that says the opposite.
func asNoFlag[T any](field func(*T) *bool) func(*tenantReader, *yaml.Node, *T) {
	return func(r *tenantReader, n *yaml.Node, t *T) { *field(t) = !r.flag(n) }
}

func asSeconds[T any](field func(*T) *int) func(*tenantReader, *yaml.Node, *T) {
	return func(r *tenantReader, n *yaml.Node, t *T) { *field(t) = r.seconds(n) }
}

func asNumber[T any](smallest, greatest int, field func(*T) *int) func(*tenantReader, *yaml.Node, *T) {
	return func(r *tenantReader, n *yaml.Node, t *T) { *field(t) = r.number(n, smallest, greatest) }
}

// ignored is for a key that PingOne has and the implicit grant does not look at.
func ignored[T any](known ...string) func(*tenantReader, *yaml.Node, *T) {
	return func(r *tenantReader, n *yaml.Node, _ *T) { r.word(n, known...) }
}
