package sandbox

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// anyPassword is what lists show for a user whose password is not checked.
const anyPassword = "any-password"

// readUsers reads the list of users.
func readUsers(r *tenantReader, n *yaml.Node, t *Tenant) {
	r.list(n, func(item *yaml.Node) { readUser(r, item, t) })
}

func readUser(r *tenantReader, item *yaml.Node, t *Tenant) {
	var a account
	readObject(r, item, "a user", r.schema.user, &a, "username")
	if a.id == "" {
		a.id = stableID("user", a.Username)
	} else {
		r.unique(item, "user ID", a.id)
	}
	r.unique(item, "user", a.Username)
	if a.anyPassword && a.Password != "" {
		r.mistake(item, "password and any_password cannot be used together")
	}
	if a.anyPassword {
		a.Password = anyPassword
	}
	a.noPassword = a.Password == "" && !a.external
	a.completeDevices()
	if a.Note == "" {
		a.Note = a.describe()
	}
	t.users = append(t.users, a)
}

func userKeys() keys[account] {
	return keys[account]{
		{"username", "Username", asText(func(a *account) *string { return &a.Username })},
		{"id", "User ID", func(r *tenantReader, n *yaml.Node, a *account) {
			if a.id = r.text(n); a.id != "" && !isUUID(a.id) {
				r.mistake(n, "expected a UUID, found %q", a.id)
			}
		}},
		{"password", "Password", asText(func(a *account) *string { return &a.Password })},
		{"any_password", "", asFlag(func(a *account) *bool { return &a.anyPassword })},
		{"password_state", "Password status", func(r *tenantReader, n *yaml.Node, a *account) {
			state := r.word(n, "OK", "MUST_CHANGE_PASSWORD", "PASSWORD_EXPIRED", "PASSWORD_LOCKED_OUT")
			a.mustChange, a.expired, a.locked = state == "MUST_CHANGE_PASSWORD", state == "PASSWORD_EXPIRED", state == "PASSWORD_LOCKED_OUT"
		}},
		{"given_name", "Given Name", asText(func(a *account) *string { return &a.given })},
		{"family_name", "Family Name", asText(func(a *account) *string { return &a.family })},
		{"email", "Email", asText(func(a *account) *string { return &a.mail })},
		{"email_verified", "Email Verified", asNoFlag(func(a *account) *bool { return &a.unverified })},
		{"phone", "Mobile Phone", asText(func(a *account) *string { return &a.phone })},
		{"address", "Address", func(r *tenantReader, n *yaml.Node, a *account) {
			a.address = map[string]string{}
			known := []string{"street_address", "locality", "region", "postal_code", "country"}
			r.members(n, func(name string, key, value *yaml.Node) {
				if !slices.Contains(known, name) {
					r.mistake(key, "expected one of %s, found %q%s", strings.Join(known, ", "), name, didYouMean(name, known))
				}
				a.address[name] = r.text(value)
			})
		}},
		{"enabled", "Enabled", asNoFlag(func(a *account) *bool { return &a.disabled })},
		{"groups", "Groups", asTexts(func(a *account) *[]string { return &a.groups })},
		{"admin", "Administrator Roles", asFlag(func(a *account) *bool { return &a.admin })},
		{"external_identity_provider", "Identity Provider", asFlag(func(a *account) *bool { return &a.external })},
		{"devices", "MFA Devices", func(r *tenantReader, n *yaml.Node, a *account) {
			r.list(n, func(item *yaml.Node) {
				var d device
				readObject(r, item, "a device", r.schema.device, &d, "type")
				a.devices = append(a.devices, d)
			})
		}},
		{"attributes", "Custom Attributes", func(r *tenantReader, n *yaml.Node, a *account) { a.attributes = r.object(n) }},
		{"claims", "", func(r *tenantReader, n *yaml.Node, a *account) { a.claims = r.claims(n) }},
		{"access_token_claims", "", func(r *tenantReader, n *yaml.Node, a *account) { a.accessClaims = r.claims(n) }},
		{"note", "", asText(func(a *account) *string { return &a.Note })},
	}
}

func (r *tenantReader) object(n *yaml.Node) map[string]any {
	object := map[string]any{}
	r.members(n, func(name string, _, value *yaml.Node) { object[name] = r.json(value) })
	return object
}

func (r *tenantReader) claims(n *yaml.Node) map[string]any {
	claims := map[string]any{}
	r.members(n, func(name string, key, value *yaml.Node) {
		if slices.Contains(reservedClaims(), name) {
			r.mistake(key, "%q cannot be set: PingOne sets it; a switch or a minted token can have a wrong one", name)
		}
		claims[name] = r.json(value)
	})
	return claims
}

// pushes are what becomes of a push, by the words of a tenant file.
func pushes() map[string]string {
	return map[string]string{"APPROVED": "", "DENIED": statusFailed, "TIMED_OUT": statusPushTimedOut, "SECOND_APPROVED": statusPushTimedOut}
}

func deviceKeys() keys[device] {
	return keys[device]{
		{"type", "Type", func(r *tenantReader, n *yaml.Node, d *device) {
			d.kind = r.word(n, "TOTP", "SMS", "EMAIL", "VOICE", "WHATSAPP", "MOBILE", "FIDO2")
		}},
		{"id", "Device ID", asText(func(d *device) *string { return &d.id })},
		{"nickname", "Nickname", asText(func(d *device) *string { return &d.nickname })},
		{"phone", "Phone", func(r *tenantReader, n *yaml.Node, d *device) {
			if d.phone = r.text(n); len(d.phone) > 2 {
				d.phone = "*******" + d.phone[len(d.phone)-2:]
			}
		}},
		{"email", "Email", func(r *tenantReader, n *yaml.Node, d *device) {
			if d.email = r.text(n); d.email != "" {
				d.email = maskEmail(d.email)
			}
		}},
		{"model", "Model", asText(func(d *device) *string { return &d.model })},
		{"secret", "TOTP secret", func(r *tenantReader, n *yaml.Node, d *device) {
			d.secret = r.text(n)
			if key, err := readTOTP(d.secret); d.secret != "" && (err != nil || len(key.secret) == 0) {
				r.mistake(n, "expected a base32 secret or an otpauth://totp address") // the value is a secret
			}
		}},
		{"push", "", func(r *tenantReader, n *yaml.Node, d *device) {
			outcome := r.word(n, "APPROVED", "DENIED", "TIMED_OUT", "SECOND_APPROVED")
			d.push, d.approves = pushes()[outcome], outcome == "SECOND_APPROVED"
		}},
		{"blocked", "Blocked", asFlag(func(d *device) *bool { return &d.blocked })},
	}
}

// completeDevices gives devices identifiers, and authenticator apps a secret that is
// the same in every run.
func (a *account) completeDevices() {
	for i := range a.devices {
		d := &a.devices[i]
		name := fmt.Sprintf("%s/%d", a.Username, i)
		if d.id == "" {
			d.id = stableID("device", name)
		}
		if d.kind != "TOTP" {
			continue
		}
		if d.secret == "" {
			sum := sha256.Sum256([]byte("sandbox TOTP " + name))
			d.secret = base32.StdEncoding.EncodeToString(sum[:20])
		}
		if a.TOTPSecret == "" {
			a.TOTPSecret = d.secret
		}
	}
}

// describe says in a few words how a user signs on, for lists.
func (a *account) describe() string {
	var parts []string
	say := func(when bool, text string) {
		if when {
			parts = append(parts, text)
		}
	}
	say(a.disabled, "disabled")
	say(a.locked, "locked out")
	say(a.noPassword, "no password set")
	say(a.anyPassword, "any password")
	say(a.external, "signs on at an external provider")
	say(a.mustChange, "must change the password")
	say(a.expired, "the password has expired")
	say(a.unverified, "must verify the e-mail address")
	for _, d := range a.devices {
		say(!d.blocked, "MFA by "+d.kind)
	}
	say(len(a.groups) > 0, "in "+strings.Join(a.groups, ", "))
	say(len(parts) == 0, "password alone")
	return strings.Join(parts, "; ")
}
