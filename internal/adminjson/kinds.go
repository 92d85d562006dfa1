package adminjson

import (
	"path"
	"strings"
)

// kind is a collection of the management API that a sign-on depends on.
type kind struct {
	collection string // as in the API's path; two steps where one is not enough
	singular   string
	owner      string // the object that it belongs to
	has        string // members that tell it where no link does, separated by spaces
}

// kinds are in the order in which an object without links is recognised.
func kinds() []kind {
	return []kind{
		{"applications", "application", "", "protocol type"},
		{"users", "user", "", "username"},
		{"actions", "action", "signOnPolicy", "signOnPolicy priority type"},
		{"signOnPolicyAssignments", "policy assignment", "application", "signOnPolicy priority"},
		{"flowPolicyAssignments", "DaVinci policy assignment", "application", "flowPolicy priority"},
		{"grants", "grant", "application", "resource scopes"},
		{"applications/attributes", "attribute mapping", "application", "mappingType value"},
		{"resources/attributes", "resource attribute", "resource", "resource name value"},
		{"scopes", "scope", "resource", "resource name"},
		{"resources", "resource", "", "audience"},
		{"resources", "resource", "", "accessTokenValiditySeconds"},
		{"passwordPolicies", "password policy", "", "excludesCommonlyUsed"},
		{"customDomains", "custom domain", "", "domainName"},
		{"environments", "environment", "", "license region"},
		{"memberOfGroups", "group membership", "user", "type name _embedded"},
		{"groups", "group", "", "directMemberCounts"},
		{"populations", "population", "", "userCount"},
		{"signOnPolicies", "policy", "", ""},
		{"devices", "device", "user", ""},
		{"password", "password state", "user", ""},
	}
}

func singular(collection string) string { return kindNamed(collection).singular }

func owner(collection string) string { return kindNamed(collection).owner }

func kindNamed(collection string) kind {
	for _, k := range kinds() {
		if k.collection == collection {
			return k
		}
	}
	return kind{}
}

// kindOf tells what an object is: by its own link, by the list that it is in, by its
// members, by the name of its file.
func kindOf(self, list string, fields map[string]any, file string) string {
	if k := kindOfPath(self); k != "" {
		return k
	}
	if k := kindOfPath(list); k != "" {
		return k
	}
	if fields["secret"] != nil {
		return "secret"
	}
	for _, k := range kinds() {
		if k.has != "" && hasAll(fields, strings.Fields(k.has)) {
			return k.collection
		}
	}
	name, _, _ := strings.Cut(path.Base(strings.ReplaceAll(file, `\`, "/")), ".")
	if singular(name) != "" {
		return name
	}
	return ""
}

func hasAll(fields map[string]any, names []string) bool {
	for _, name := range names {
		if fields[name] == nil {
			return false
		}
	}
	return true
}

// kindOfPath is the last collection of a path such as /environments/ID/users/ID, or of
// a list's name after a #.
func kindOfPath(p string) string {
	before, name, named := strings.Cut(p, "#")
	steps := strings.Split(strings.Trim(before, "/"), "/")
	last := (len(steps) - 1) / 2 * 2 // names and IDs alternate
	if !named {
		name = steps[last]
	}
	switch name {
	case "groupMemberships":
		return "memberOfGroups"
	case "attributes":
		for i := last; i >= 0; i -= 2 {
			if steps[i] != "attributes" && steps[i] != "" {
				return steps[i] + "/attributes"
			}
		}
		return "" // whose, its members tell
	}
	return name
}
