package adminjson

import (
	"maps"
	"slices"
	"strings"
)

func (im *importer) users() []object {
	all := im.things["users"]
	if len(all) == 0 {
		im.need(im.base()+"/users", "the users; until then the sandbox has its own")
	}
	b := userBuilder{im, im.of("memberOfGroups"), im.of("devices"), im.of("password")}
	var list []object
	grouped := false
	for _, t := range all {
		if im.text(t, "username") == "" {
			im.ignore(t.name(), t.at.String(), "it has no user name")
			continue
		}
		o, groups := b.build(t)
		list, grouped = append(list, o), grouped || groups
	}
	if im.groupsMatter && len(list) > 0 && !grouped {
		im.need(im.base()+"/users?include=memberOfGroupNames", "who is in which group")
	}
	im.count("users", len(list))
	return list
}

// userBuilder has what belongs to users, by their IDs.
type userBuilder struct {
	*importer
	memberships, devices, passwords map[string][]*thing
}

func (b userBuilder) build(t *thing) (o object, grouped bool) {
	o = b.object("user")
	id := strings.ToLower(t.id)
	o.put("username", b.text(t, "username"))
	o.put("id", t.id)
	provider := b.text(t, "identityProvider", "type")
	switch external := provider != "" && provider != "PING_ONE"; {
	case external:
		o.put("external_identity_provider", true)
	case b.options.Placeholder:
		o.put("password", Placeholder)
	default:
		o.put("any_password", true)
	}
	o.put("password_state", b.passwordState(t, id))
	o.put("given_name", b.text(t, "name", "given"))
	o.put("family_name", b.text(t, "name", "family"))
	o.put("email", b.text(t, "email"))
	if b.text(t, "lifecycle", "status") == "VERIFICATION_REQUIRED" {
		o.put("email_verified", false)
	}
	phone := b.text(t, "mobilePhone")
	if phone == "" {
		phone = b.text(t, "primaryPhone")
	}
	o.put("phone", phone)
	address := b.object("address")
	for _, part := range [][2]string{
		{"street_address", "streetAddress"}, {"locality", "locality"}, {"region", "region"}, {"postal_code", "postalCode"}, {"country", "countryCode"},
	} {
		address.put(part[0], b.text(t, "address", part[1]))
	}
	o.put("address", address)
	if !b.flag(t, true, "enabled") {
		o.put("enabled", false)
	}
	groups := b.groups(t, id)
	o.put("groups", groups)
	o.put("devices", b.mfaDevices(id))
	o.put("attributes", b.others(t))
	return o, groups != nil
}

func (b userBuilder) passwordState(t *thing, id string) string {
	if b.text(t, "account", "status") == "LOCKED" {
		return "PASSWORD_LOCKED_OUT"
	}
	if b.flag(t, false, "password", "forceChange") {
		return "MUST_CHANGE_PASSWORD"
	}
	for _, p := range b.passwords[id] {
		if state := b.text(p, "status"); slices.Contains([]string{"MUST_CHANGE_PASSWORD", "PASSWORD_EXPIRED", "PASSWORD_LOCKED_OUT"}, state) {
			return state
		}
	}
	return ""
}

func (b userBuilder) groups(t *thing, id string) []string {
	names := b.texts(t, "memberOfGroupNames")
	for _, group := range b.texts(t, "memberOfGroupIDs") {
		if b.find("groups", group) != nil || len(names) == 0 {
			names = append(names, b.groupName(group))
		}
	}
	for _, m := range b.memberships[id] {
		name := b.text(m, "name")
		if name == "" {
			name, _ = dig(m.fields, "_embedded", "group", "name").(string)
		}
		if name == "" {
			name = b.groupName(m.id)
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// mfaDevices are the MFA devices. Their secrets are not in PingOne's answers; a TOTP
// device gets one from the sandbox.
func (b userBuilder) mfaDevices(id string) []object {
	var list []object
	for _, d := range b.devices[id] {
		if status := b.text(d, "status"); status != "" && status != "ACTIVE" {
			continue
		}
		o := b.object("device")
		o.put("type", b.text(d, "type"))
		o.put("id", d.id)
		o.put("nickname", b.text(d, "nickname"))
		if phone, ok := dig(d.fields, "phone").(string); ok {
			o.put("phone", phone)
		} else {
			o.put("phone", b.text(d, "phone", "number"))
		}
		if email, ok := dig(d.fields, "email").(string); ok {
			o.put("email", email)
		}
		list = append(list, o)
	}
	b.count("devices", b.counts["devices"]+len(list))
	return list
}

// others are the attributes that mappings may name: custom ones, and those that the
// sandbox has no key for.
func (b userBuilder) others(t *thing) map[string]any {
	attributes := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(t.fields)) {
		value, at := t.fields[name], t.at.key(name)
		switch {
		case value == nil || slices.Contains(userMembers(), name):
		case secretName(name):
			b.ignore("a secret of "+t.name(), at.String(), whySecret)
		case name == "name":
			if rest := without(value, "given", "family"); len(rest) > 0 {
				attributes[name] = b.withoutSecrets(rest, at)
			}
		default:
			attributes[name] = b.withoutSecrets(value, at)
		}
	}
	return attributes
}

// userMembers are the members of a user that have keys of their own, or that no
// mapping names.
func userMembers() []string {
	return []string{
		"_links", "_embedded", "id", "environment", "population", "createdAt", "updatedAt", "lastSignOn", "account", "lifecycle", "verifyStatus",
		"mfaEnabled", "enabled", "emailVerified", "username", "email", "mobilePhone", "primaryPhone", "address", "identityProvider",
		"memberOfGroupIDs", "memberOfGroupNames", "password",
	}
}

func without(value any, names ...string) map[string]any {
	rest := map[string]any{}
	object, _ := value.(map[string]any)
	for name, member := range object {
		if !slices.Contains(names, name) && member != nil {
			rest[name] = member
		}
	}
	return rest
}
