package sandbox

// ConsoleNames returns what the PingOne console calls the keys of a tenant file, by
// object and key: "application.redirect_uris". Keys that it has no name for are left
// out.
func ConsoleNames() map[string]string {
	names := map[string]string{}
	s := newSchema()
	addNames(names, "tenant", s.tenant)
	addNames(names, "application", s.app)
	addNames(names, "mapping", s.mapping)
	addNames(names, "user", s.user)
	addNames(names, "device", s.device)
	addNames(names, "resource", s.resource)
	addNames(names, "policy", s.policy)
	addNames(names, "action", s.action)
	addNames(names, "attribute", s.attribute)
	addNames(names, "password_policy", s.passwords)
	addNames(names, "lockout", s.lockout)
	return names
}

func addNames[T any](names map[string]string, object string, known keys[T]) {
	for _, k := range known {
		if k.console != "" {
			names[object+"."+k.name] = k.console
		}
	}
}
