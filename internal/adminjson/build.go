package adminjson

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

const protocolOIDC = "OPENID_CONNECT"

// oneEnvironment finds out which environment the files are of, and refuses two, unless
// one of them is asked for.
func (im *importer) oneEnvironment() error {
	im.environment = im.options.Environment
	var first *thing
	for _, k := range kinds() {
		var own []*thing
		for _, t := range im.things[k.collection] {
			id := t.environment()
			switch {
			case id == "" || strings.EqualFold(id, im.environment):
			case im.environment == "":
				im.environment, first = id, t
			case im.options.Environment != "":
				im.ignore("objects of the environment "+id, t.at.file, "another one is imported")
				continue
			default:
				err := t.at.fail("expected one environment, found two: %s here, and %s in %s", id, im.environment, first.at)
				err.hint = "import one of them: --environment-id " + im.environment
				return err
			}
			own = append(own, t)
		}
		im.things[k.collection] = own
	}
	if all := im.things["environments"]; im.environment == "" && len(all) == 1 {
		im.environment = all[0].id
	}
	return nil
}

// environment is the ID of the environment that an object is of; empty: it does not
// say, or it is an item of the list of all environments.
func (t *thing) environment() string {
	switch {
	case t.kind != "environments":
		return t.ref("environment")
	case t.single:
		return t.id
	}
	return ""
}

// base is the API's path of the environment.
func (im *importer) base() string { return "/environments/" + cmp.Or(im.environment, "ENVIRONMENT-ID") }

// build makes the tenant of what was collected.
func (im *importer) build() ([]byte, error) {
	root := im.object("tenant")
	im.environmentKeys(root)
	root.put("applications", im.applications())
	root.put("users", im.users())
	root.put("resources", im.resources())
	root.put("policies", im.policies())
	root.put("password_policy", im.passwordPolicy())
	root.put("switches", im.readings)
	im.count("readings", len(im.readings))
	im.strays()
	for _, path := range im.next {
		im.need(path, "the next page of a list")
	}
	if im.err != nil {
		return nil, im.err
	}
	return write(root.node)
}

// strays asks for what objects belong to and no file has.
func (im *importer) strays() {
	for _, k := range kinds() {
		for _, t := range im.things[k.collection] {
			if k.owner == "" {
				break
			}
			switch of, id := plural(k.owner), t.ref(k.owner); {
			case id == "":
				im.ignore(t.name(), t.at.String(), "it does not say which "+kindNamed(of).singular+" it belongs to")
			case im.find(of, id) == nil && !(k.collection == "scopes" && wellKnown(im.text(t, "name"))):
				im.need(im.base()+"/"+of+"/"+id, "the "+kindNamed(of).singular+" that "+t.name()+" belongs to")
			}
		}
	}
}

func (im *importer) count(what string, n int) {
	if n > 0 {
		im.counts[what] = n
	}
}

func (im *importer) environmentKeys(root object) {
	region := ""
	if t := im.find("environments", im.environment); t != nil {
		root.put("name", im.text(t, "name"))
		region = regions()[im.text(t, "region")]
		im.count("environments", 1)
	} else {
		im.need(im.base(), "the environment's name and region")
	}
	root.put("environment_id", im.environment)
	root.put("region", cmp.Or(region, im.regionOfLinks()))
	for _, t := range im.things["customDomains"] {
		if status := im.text(t, "status"); status != "" && status != "ACTIVE" {
			im.ignore(t.name(), t.at.String(), "it is not active: "+status)
			continue
		}
		root.put("custom_domain", im.text(t, "domainName"))
		im.count("custom domains", 1)
		break
	}
}

// regions are PingOne's names of its regions, old ones included.
func regions() map[string]string {
	return map[string]string{
		"NA": "NA", "CA": "CA", "EU": "EU", "AU": "AU", "SG": "SG", "AP": "AP",
		"com": "NA", "ca": "CA", "eu": "EU", "com.au": "AU", "sg": "SG", "asia": "AP",
		"NorthAmerica": "NA", "Canada": "CA", "Europe": "EU", "AsiaPacific": "AP",
	}
}

// regionOfLinks tells the region by the host of the API.
func (im *importer) regionOfLinks() string {
	for _, k := range kinds() {
		for _, t := range im.things[k.collection] {
			link, _ := dig(t.fields, "_links", "self", "href").(string)
			u, err := url.Parse(link)
			if err != nil {
				continue
			}
			if domain, ok := strings.CutPrefix(u.Hostname(), "api.pingone."); ok {
				return regions()[domain]
			}
		}
	}
	return ""
}

// resources are APIs; PingOne's own are in the sandbox already.
func (im *importer) resources() []object {
	var list []object
	scopes, attributes := im.of("scopes"), im.of("resources/attributes")
	for _, t := range im.things["resources"] {
		if typ := im.text(t, "type"); typ != "" && typ != "CUSTOM" {
			continue
		}
		id := strings.ToLower(t.id)
		o := im.object("resource")
		o.put("name", im.text(t, "name"))
		o.put("audience", im.text(t, "audience"))
		var names []string
		for _, scope := range scopes[id] {
			names = append(names, im.text(scope, "name"))
		}
		if names == nil {
			im.need(im.base()+"/resources/"+t.id+"/scopes", "the scopes of "+t.name())
		}
		o.put("scopes", names)
		if seconds := im.number(t, 0, "accessTokenValiditySeconds"); seconds > 0 {
			o.put("access_token_lifetime", seconds)
		}
		claims := im.object("claims")
		for _, a := range attributes[id] {
			if value, ok := im.expression(a); ok {
				claims.put(im.text(a, "name"), value)
			}
		}
		o.put("attributes", claims)
		list = append(list, o)
		im.count("scopes", im.counts["scopes"]+len(names))
	}
	im.count("resources", len(list))
	return list
}

// expression returns the value of an attribute mapping, unless the sandbox cannot
// compute it.
func (im *importer) expression(t *thing) (string, bool) {
	name, value := im.text(t, "name"), im.text(t, "value")
	why := ""
	switch {
	case name == "" || value == "":
		why = "it has no value"
	case name == "sub" && value == "${user.id}":
		return "", false // as in the sandbox
	case name == "sub":
		why = "sub is the user's ID in the sandbox"
	case secretName(name):
		why = whySecret
	case strings.HasPrefix(value, "#") || !simpleExpression(value):
		why = "the sandbox knows only ${user.NAME}"
	default:
		return value, true
	}
	im.ignore(t.name(), t.at.String(), why)
	return "", false
}

// simpleExpression reports whether a text has no expressions but ${user.NAME}.
func simpleExpression(text string) bool {
	for _, part := range strings.Split(text, "${")[1:] {
		name, _, closed := strings.Cut(part, "}")
		name, ofUser := strings.CutPrefix(name, "user.")
		odd := func(r rune) bool {
			return r != '.' && r != '_' && r != '-' && !(r >= '0' && r <= '9') && !(r >= 'a' && r <= 'z') && !(r >= 'A' && r <= 'Z')
		}
		if !closed || !ofUser || name == "" || strings.ContainsFunc(name, odd) {
			return false
		}
	}
	return true
}

func (im *importer) passwordPolicy() object {
	o := im.object("password_policy")
	all := im.things["passwordPolicies"]
	i := slices.IndexFunc(all, func(t *thing) bool { return im.flag(t, false, "default") })
	if i < 0 && len(all) != 1 {
		im.need(im.base()+"/passwordPolicies", "which password policy is the default one")
		return o
	}
	t := all[max(i, 0)]
	im.count("password policies", 1)
	o.put("name", im.text(t, "name"))
	o.put("min_length", im.number(t, 1, "length", "min"))
	o.put("max_length", im.number(t, 255, "length", "max"))
	o.put("max_repeated_characters", im.number(t, 0, "maxRepeatedCharacters"))
	o.put("min_unique_characters", im.number(t, 0, "minUniqueCharacters"))
	sets := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Style: yaml.FlowStyle}
	for _, set := range [][2]string{
		{"lower", "abcdefghijklmnopqrstuvwxyz"}, {"upper", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}, {"digits", "0123456789"}, {"special", "~!@#$%^&*()-_=+[]{}|;:,.<>/?"},
	} {
		sets.Content = append(sets.Content, json2yaml(set[0]), json2yaml(im.number(t, 0, "minCharacters", set[1])))
	}
	o.put("min_characters", sets)
	o.put("excludes_commonly_used", im.flag(t, false, "excludesCommonlyUsed"))
	if failures := im.number(t, 0, "lockout", "failureCount"); failures > 0 {
		lockout := im.object("lockout")
		lockout.put("failure_count", failures)
		lockout.put("duration", im.number(t, 900, "lockout", "durationSeconds"))
		o.put("lockout", lockout)
	}
	var more []string
	for _, rule := range []string{"history", "maxAgeDays", "minAgeDays", "minComplexity"} {
		if t.fields[rule] != nil {
			more = append(more, rule)
		}
	}
	if more != nil {
		im.ignore(strings.Join(more, ", ")+" of "+t.name(), t.at.String(), "the sandbox's passwords have no history, age or complexity")
	}
	return o
}
