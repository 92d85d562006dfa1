package adminjson

import (
	"slices"
	"strings"
)

// builtInPolicies are in every sandbox, so that they can be named without actions.
func builtInPolicies() []string { return []string{"Single_Factor", "Multi_Factor"} }

func actionTypes() []string {
	return []string{"LOGIN", "IDENTIFIER_FIRST", "MULTI_FACTOR_AUTHENTICATION", "IDENTITY_PROVIDER", "AGREEMENT", "PROGRESSIVE_PROFILING"}
}

// usable reports whether a policy is in the sandbox.
func (im *importer) usable(p *thing) bool {
	if slices.Contains(builtInPolicies(), im.text(p, "name")) {
		return true
	}
	if im.actions == nil {
		im.actions = im.of("actions")
	}
	return slices.ContainsFunc(im.actions[strings.ToLower(p.id)], im.possible)
}

func (im *importer) possible(action *thing) bool {
	return slices.Contains(actionTypes(), im.text(action, "type"))
}

func (im *importer) policies() []object {
	var list []object
	all := im.things["signOnPolicies"]
	if len(all) == 0 {
		im.need(im.base()+"/signOnPolicies", "the policies, and which one is the default")
	}
	if im.actions == nil {
		im.actions = im.of("actions")
	}
	for _, t := range all {
		actions := im.actions[strings.ToLower(t.id)]
		if actions == nil {
			im.need(im.base()+"/signOnPolicies/"+t.id+"/actions", "the actions of "+t.name()+"; until then it is left out")
			continue
		}
		o := im.object("policy")
		o.put("name", im.text(t, "name"))
		if im.flag(t, false, "default") {
			o.put("default", true)
		}
		var steps []object
		for _, a := range actions {
			if !im.possible(a) {
				im.ignore("the action "+im.text(a, "type")+" of "+t.name(), a.at.String(), "the sandbox does not have it")
				continue
			}
			steps = append(steps, im.action(t, a))
		}
		if steps == nil {
			im.ignore(t.name(), t.at.String(), "it has no action that the sandbox has")
			continue
		}
		o.put("actions", steps)
		list = append(list, o)
	}
	im.count("policies", len(list))
	return list
}

func (im *importer) action(p, a *thing) object {
	o := im.object("action")
	o.put("type", im.text(a, "type"))
	if im.text(a, "noDevicesMode") == "BYPASS" {
		o.put("no_device_mode", "BYPASS")
	}
	if im.flag(a, false, "registration", "enabled") {
		o.put("registration", true)
	}
	var attributes []object
	for i := range im.items(a, "attributes") {
		attribute := &thing{fields: map[string]any{}, at: a.at.key("attributes").item(i)}
		attribute.fields, _ = im.items(a, "attributes")[i].(map[string]any)
		if name := im.text(attribute, "name"); name != "" && !secretName(name) {
			x := im.object("attribute")
			x.put("name", name)
			attributes = append(attributes, x)
		}
	}
	o.put("attributes", attributes)
	if a.fields["condition"] != nil {
		im.ignore("the condition of "+im.text(a, "type")+" in "+p.name(), a.at.String(), "the sandbox runs the action whenever there is no session")
	}
	return o
}
