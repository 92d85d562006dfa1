package adminjson

import (
	"fmt"
	"strings"
)

// terraform show -json of the provider pingidentity/pingone. Its resources are turned
// into the objects of the API, so that there is one way to import both.

// tfKinds are the resource types, and the data sources of the same names.
func tfKinds() map[string]string {
	return map[string]string{
		"pingone_environment": "environments", "pingone_custom_domain": "customDomains", "pingone_application": "applications",
		"pingone_application_attribute_mapping": "applications/attributes", "pingone_application_resource_grant": "grants",
		"pingone_application_sign_on_policy_assignment": "signOnPolicyAssignments", "pingone_application_flow_policy_assignment": "flowPolicyAssignments",
		"pingone_resource": "resources", "pingone_resource_attribute": "resources/attributes",
		"pingone_resource_scope": "scopes", "pingone_resource_scope_openid": "scopes", "pingone_resource_scope_pingone_api": "scopes",
		"pingone_sign_on_policy": "signOnPolicies", "pingone_sign_on_policy_action": "actions",
		"pingone_user": "users", "pingone_group": "groups", "pingone_user_group_assignment": "memberOfGroups",
		"pingone_password_policy": "passwordPolicies", "pingone_population": "populations",
	}
}

func isTerraform(fields map[string]any) bool {
	_, shown := fields["format_version"].(string)
	_, state := fields["lineage"].(string)
	return shown || state
}

func (im *importer) terraform(fields map[string]any, at place) error {
	for _, name := range []string{"values", "planned_values"} {
		if root := dig(fields, name, "root_module"); root != nil {
			return im.module(root, at.key(name).key("root_module"))
		}
	}
	err := at.fail("expected the values of terraform show -json, found a document of Terraform without them")
	err.hint = "terraform show -json >terraform.json, where Terraform has its state"
	return err
}

// module takes the resources of a module and of those below it.
func (im *importer) module(value any, at place) error {
	resources, _ := dig(value, "resources").([]any)
	for i, r := range resources {
		typ, _ := dig(r, "type").(string)
		values, ok := dig(r, "values").(map[string]any)
		if !strings.HasPrefix(typ, "pingone_") || !ok {
			continue
		}
		where := at.key("resources").item(i)
		im.resource(typ, values, where, dig(r, "mode") == "data")
	}
	modules, _ := dig(value, "child_modules").([]any)
	for i, m := range modules {
		if err := im.module(m, at.key("child_modules").item(i)); err != nil {
			return err
		}
	}
	return nil
}

func (im *importer) resource(typ string, values map[string]any, at place, data bool) {
	known := tfKinds()[typ]
	switch {
	case known == "" && data:
		return
	case known == "":
		im.ignore(typ, at.file, "no sign-on depends on it")
		return
	}
	t := &thing{kind: known, fields: camel(values), at: at, single: true}
	t.id, _ = t.fields["id"].(string)
	switch known {
	case "applications":
		tfApplication(t.fields)
	case "applications/attributes", "resources/attributes":
		rename(t.fields, "oidcIdTokenEnabled", "idToken")
		rename(t.fields, "oidcUserinfoEnabled", "userInfo")
	case "grants":
		t.fields["scopes"] = idsOf(t.fields["scopes"])
	case "actions":
		tfAction(t.fields)
	case "users":
		rename(t.fields, "userLifecycle", "lifecycle")
	case "memberOfGroups":
		t.id = t.ref("group")
	case "passwordPolicies":
		rename(t.fields, "excludesCommonlyUsedPasswords", "excludesCommonlyUsed")
		tfCharacters(t.fields)
	}
	if t.id == "" {
		im.ignore(fmt.Sprintf("%s %v", typ, t.fields["name"]), at.String(), "it has no ID before terraform apply")
		return
	}
	im.keep(t)
}

// camel gives members the names of the API: a_b is aB, and an ID is an object.
func camel(values map[string]any) map[string]any {
	fields := map[string]any{}
	for name, value := range values {
		switch v := value.(type) {
		case nil:
			continue
		case map[string]any:
			value = camel(v)
		case []any:
			for i, item := range v {
				if object, ok := item.(map[string]any); ok {
					v[i] = camel(object)
				}
			}
		}
		parts := strings.Split(name, "_")
		for i := range parts[1:] {
			parts[i+1] = upper(parts[i+1])
		}
		to, isID := strings.CutSuffix(strings.Join(parts, ""), "Id")
		switch text, _ := value.(string); {
		case isID && (to == "client" || to == "external"):
			to += "Id"
		case isID && text != "":
			value = map[string]any{"id": text}
		}
		fields[to] = value
	}
	return fields
}

func upper(word string) string {
	if word == "" {
		return ""
	}
	return strings.ToUpper(word[:1]) + word[1:]
}

func rename(fields map[string]any, from, to string) {
	if value, ok := fields[from]; ok {
		fields[to] = value
		delete(fields, from)
	}
}

// block is a nested object, which some versions of the provider have as a list of one.
func block(value any) map[string]any {
	if list, ok := value.([]any); ok && len(list) > 0 {
		value = list[0]
		if value == nil {
			return map[string]any{}
		}
	}
	object, _ := value.(map[string]any)
	return object
}

func idsOf(value any) []any {
	var list []any
	items, _ := value.([]any)
	for _, item := range items {
		list = append(list, map[string]any{"id": item})
	}
	return list
}

func tfApplication(fields map[string]any) {
	fields["protocol"] = "of another protocol than OpenID Connect"
	if options := block(fields["oidcOptions"]); options != nil {
		for name, value := range options {
			fields[name] = value
		}
		fields["corsSettings"] = block(fields["corsSettings"])
		fields["protocol"] = protocolOIDC
	}
	access := map[string]any{}
	if role := fields["accessControlRoleType"]; role != nil {
		access["role"] = map[string]any{"type": role}
	}
	if group := block(fields["accessControlGroupOptions"]); group != nil {
		access["group"] = map[string]any{"type": group["type"], "groups": idsOf(group["groups"])}
	}
	fields["accessControl"] = access
}

func tfAction(fields map[string]any) {
	for _, b := range [][2]string{
		{"login", "LOGIN"}, {"identifierFirst", "IDENTIFIER_FIRST"}, {"mfa", "MULTI_FACTOR_AUTHENTICATION"}, {"identityProvider", "IDENTITY_PROVIDER"},
		{"agreement", "AGREEMENT"}, {"progressiveProfiling", "PROGRESSIVE_PROFILING"}, {"pingid", "PINGID_AUTHENTICATION"},
		{"pingidWindowsLoginPasswordless", "PINGID_WINLOGIN_PASSWORDLESS_AUTHENTICATION"},
	} {
		if options := block(fields[b[0]]); options != nil {
			fields["type"] = b[1]
			fields["noDevicesMode"], fields["attributes"] = options["noDeviceMode"], options["attribute"]
		}
	}
	if fields["registrationLocalPopulation"] != nil || fields["registrationExternalHref"] != nil {
		fields["registration"] = map[string]any{"enabled": true}
	}
	if conditions := block(fields["conditions"]); len(conditions) > 0 {
		fields["condition"] = conditions
	}
}

func tfCharacters(fields map[string]any) {
	from, to := block(fields["minCharacters"]), map[string]any{}
	for name, set := range map[string]string{
		"alphabeticalLowercase": "abcdefghijklmnopqrstuvwxyz", "alphabeticalUppercase": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
		"numeric": "0123456789", "specialCharacters": "~!@#$%^&*()-_=+[]{}|;:,.<>/?",
	} {
		if from[name] != nil {
			to[set] = from[name]
		}
	}
	fields["minCharacters"] = to
}
