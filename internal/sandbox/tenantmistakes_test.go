package sandbox

import (
	"errors"
	"os"
	"strings"
	"testing"
)

// Each mistake is reported with its place and a suggestion.
func TestTenantMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"":              "t.yaml:1:1: the file is empty",
		"users: [":      "t.yaml:1:1: not YAML or JSON",
		"users:\n\t- a": "t.yaml:2:1: not YAML or JSON",
		strings.Repeat("a line of another file\n", 9): `found "a line of another file a line of another file a line of another file a line of a"…`,
		"- a":                                  "t.yaml:1:1: expected a tenant with its keys, found a list",
		"user: []":                             `t.yaml:1:1: user: unknown key of a tenant; did you mean "users"?`,
		"name: a\nname: b":                     `t.yaml:2:1: the key "name" is already in line 1`,
		"name: {a: 1}":                         "t.yaml:1:7: name: expected text, found keys and values",
		"region: EMEA":                         "t.yaml:1:9: region: expected one of NA, CA, EU, AU, SG, AP",
		"environment_id: abc":                  `t.yaml:1:17: environment_id: expected a UUID, found "abc"`,
		"custom_domain: https://a.example.com": "t.yaml:1:16: custom_domain: expected a host name",
		"switches: [no-at-hsh]":                `t.yaml:1:12: switches[0]: unknown switch or leg "no-at-hsh"; did you mean "no-at-hash"?`,
		"applications: {}":                     "t.yaml:1:15: applications: expected a list, found keys and values",
		"applications:\n- {}":                  "t.yaml:2:3: applications[0]: an application needs the key name",
		"applications:\n- name: A\n  redirectUris: []":                                                                `t.yaml:3:3: applications[0].redirectUris: unknown key of an application; did you mean "redirect_uris"?`,
		"applications:\n- name: A\n  signoff_urls: []":                                                                `did you mean "post_logout_redirect_uris"?`,
		"applications:\n- name: A\n  redirect_uris:\n  - https://a.example.com\n  - /cb":                              `t.yaml:5:5: applications[0].redirect_uris[1]: a redirect URI is absolute: scheme://host/path: "/cb"`,
		"applications: [{name: A, redirect_uris: ['https://a.example.com/*']}]":                                       "an asterisk only with allow_wildcard_in_redirect_uris",
		"applications: [{name: A, allow_wildcard_in_redirect_uris: true, redirect_uris: ['https://*.example.com/']}]": "one asterisk, in the path or the query",
		"applications: [{name: A, redirect_uris: ['https://a.example.com/#x']}]":                                      "has no fragment",
		"applications: [{name: A}, {name: A}]":                                                                        `t.yaml:1:27: applications[1]: the client ID "`,
		"applications: [{name: A, origins: ['https://a.example.com/']}]":                                              "without a path",
		"applications: [{name: A, scopes: [order:read]}]\nresources: [{name: R, scopes: [orders:read]}]":              `t.yaml:1:35: applications[0].scopes[0]: no resource has the scope "order:read"; did you mean "orders:read"?`,
		"applications: [{name: A, policies: [Single_Facto]}]":                                                         `unknown policy "Single_Facto"; did you mean "Single_Factor"?`,
		"applications: [{name: A, enabled: maybe}]":                                                                   `enabled: expected true or false, found "maybe"`,
		"applications: [{name: A, id_token_lifetime: soon}]":                                                          "expected a number of seconds or a duration such as 5m",
		"applications: [{name: A, attributes: {sub: x}}]":                                                             `"sub" cannot be mapped`,
		"applications: [{name: A, attributes: {a: '${email}'}}]":                                                      `expected ${user.NAME}, found "${email}"; did you mean "${user.email}"?`,
		"applications: [{name: A, attributes: {a: '${user.email'}}]":                                                  "no closing brace",
		"applications: [{name: A, switches: [clock-ahead]}]":                                                          "acts on the whole environment",
		"users: [{username: a, pasword: b}]":                                                                          `t.yaml:1:23: users[0].pasword: unknown key of a user; did you mean "password"?`,
		"users: [{username: a}, {username: a}]":                                                                       `the user "a" is taken: t.yaml:1:9`,
		"users: [{username: a, password: b, any_password: true}]":                                                     "cannot be used together",
		"users: [{username: a, claims: {exp: 1}}]":                                                                    `users[0].claims.exp: "exp" cannot be set`,
		"users: [{username: a, claims: {n: .inf}}]":                                                                   "expected a number that JSON has",
		"users: [{username: a, devices: [{type: TOPT}]}]":                                                             `did you mean "TOTP"?`,
		"users: [{username: a, devices: [{type: TOTP, secret: 'not base32!'}]}]":                                      "expected a base32 secret or an otpauth://totp address",
		"resources: [{name: R, scopes: [r]}, {name: Q, scopes: [r]}]":                                                 `the scope "r" is taken`,
		"resources: [{name: R, scopes: [email]}]":                                                                     `"email" cannot be a scope of a resource`,
		"policies: [{name: P, actions: [LOGON]}]":                                                                     `t.yaml:1:32: policies[0].actions[0]: expected one of LOGIN, `,
		"policies: [{name: P, actions: [LOGIN, LOGIN]}]":                                                              "the policy already has LOGIN",
		"policies: [{name: my policy, actions: [LOGIN]}]":                                                             "has no spaces",
		"password_policy: {min_length: 20, max_length: 10}":                                                           "min_length 20 is greater than max_length 10",
		"password_policy: {lockout: {failure_count: 0}}":                                                              "expected a number from 1 to 1000",
		"users: &u [{username: a, claims: {x: *u}}]":                                                                  "levels",
	} {
		_, err := ReadTenant(TenantFile{"t.yaml", []byte(text)})
		var wrong *TenantError
		if !errors.As(err, &wrong) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %s", text, err, want)
		}
	}
}

func TestTenantMistakesNameTheirFile(t *testing.T) {
	_, err := ReadTenant(TenantFile{"a.yaml", []byte("users: [{username: a}]")}, TenantFile{"b.json", []byte("{\"users\":\n [{\"username\": \"a\"}], \"region\": 1}")})
	for _, want := range []string{`b.json:2:3: users[0]: the user "a" is taken: a.yaml:1:9`, "b.json:2:33: region: expected one of"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %s", err, want)
		}
	}
}

// A secret is not repeated in a message.
func TestTenantMistakeHasNoSecret(t *testing.T) {
	for _, text := range []string{
		"users: [{username: a, devices: [{type: TOTP, secret: NOT-A-SECRET-1}]}]",
		"users: [{username: a, password: {x: NOT-A-SECRET-1}}]", "users: [{username: a, password: [NOT-A-SECRET-1]}]",
	} {
		if _, err := ReadTenant(TenantFile{"t.yaml", []byte(text)}); err == nil || strings.Contains(err.Error(), "NOT-A-SECRET-1") {
			t.Errorf("%v", err)
		}
	}
}

// Every key is documented with its name in the console.
func TestTenantKeysAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/sandbox.md")
	if err != nil {
		t.Fatal(err)
	}
	s := newSchema()
	for kind, list := range map[string][][2]string{
		"tenant": namesOf(s.tenant), "application": namesOf(s.app), "mapping": namesOf(s.mapping), "user": namesOf(s.user), "device": namesOf(s.device),
		"resource": namesOf(s.resource), "policy": namesOf(s.policy), "action": namesOf(s.action), "attribute": namesOf(s.attribute),
		"password policy": namesOf(s.passwords), "lockout": namesOf(s.lockout),
	} {
		for _, k := range list {
			if want := "| `" + k[0] + "` | " + k[1]; !strings.Contains(string(page), want) {
				t.Errorf("docs/sandbox.md lacks the key of a %s: a row that begins with %q", kind, want)
			}
		}
	}
}

func namesOf[T any](list keys[T]) (names [][2]string) {
	for _, k := range list {
		names = append(names, [2]string{k.name, k.console})
	}
	return names
}

// Whatever a file holds, reading it ends, and a mistake has a line and a column.
func FuzzTenant(f *testing.F) {
	f.Add(string(ExampleTenant()))
	f.Add(`{"users":[{"username":"a","claims":{"a":[1,null,{"b":1e400}]}}]}`)
	f.Add("users: &u [*u]\napplications: *u")
	f.Add("a: &a [x,x]\nb: &b [*a,*a]\nusers: [{username: *b}]\n---\n? [k]\n: v")
	f.Add("applications: [{name: A, redirect_uris: ['%', 'x:*#'], attributes: {a: '${user.}${', b: !!binary x}}]")
	f.Fuzz(func(t *testing.T, text string) {
		tenant, err := ReadTenant(TenantFile{"t", []byte(text)})
		if err == nil {
			if _, err := New(Options{Tenant: tenant, Keys: SharedKeys(), BaseURL: "https://sandbox.test"}); err != nil {
				t.Errorf("a tenant without mistakes does not start: %v", err)
			}
			return
		}
		var wrong *TenantError
		if !errors.As(err, &wrong) || len(wrong.Mistakes) == 0 {
			t.Fatalf("not a TenantError: %v", err)
		}
		for _, m := range wrong.Mistakes {
			if m.File != "t" || m.Line < 1 || m.Column < 1 || m.Message == "" {
				t.Errorf("%+v", m)
			}
		}
	})
}
