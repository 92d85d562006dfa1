package adminjson

import (
	"cmp"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// text returns a member that is text; "" where there is none.
func (im *importer) text(t *thing, names ...string) string {
	switch v := dig(t.fields, names...).(type) {
	case nil:
		return ""
	case string:
		return v
	default:
		im.wrong(t, names, "text", v)
		return ""
	}
}

// flag returns a member that is true or false; otherwise, if it is missing.
func (im *importer) flag(t *thing, otherwise bool, names ...string) bool {
	switch v := dig(t.fields, names...).(type) {
	case nil:
		return otherwise
	case bool:
		return v
	default:
		text, _ := v.(string) // as in an example of Ping's documentation
		if text != "true" && text != "false" {
			im.wrong(t, names, "true or false", v)
			return otherwise
		}
		return text == "true"
	}
}

// number returns a member that is a whole number.
func (im *importer) number(t *thing, otherwise int, names ...string) int {
	v := dig(t.fields, names...)
	if v == nil {
		return otherwise
	}
	n, _ := v.(json.Number)
	i, err := strconv.Atoi(n.String())
	if err != nil {
		im.wrong(t, names, "a whole number", v)
		return otherwise
	}
	return i
}

// texts returns a member that is a list of texts.
func (im *importer) texts(t *thing, names ...string) []string {
	var list []string
	for _, item := range im.items(t, names...) {
		text, ok := item.(string)
		if !ok {
			im.wrong(t, names, "a list of texts", item)
			return nil
		}
		list = append(list, text)
	}
	return list
}

// ids returns the IDs in a member that is a list of objects.
func (im *importer) ids(t *thing, names ...string) []string {
	var list []string
	for _, item := range im.items(t, names...) {
		id, ok := dig(item, "id").(string)
		if !ok {
			im.wrong(t, names, "a list of objects with an ID", item)
			return nil
		}
		list = append(list, id)
	}
	return list
}

func (im *importer) items(t *thing, names ...string) []any {
	switch v := dig(t.fields, names...).(type) {
	case nil:
		return nil
	case []any:
		return v
	default:
		im.wrong(t, names, "a list", v)
		return nil
	}
}

// wrong keeps the first value that is not what PingOne's API has there.
func (im *importer) wrong(t *thing, names []string, want string, found any) {
	if im.err == nil {
		at := t.at
		for _, name := range names {
			at = at.key(name)
		}
		im.err = at.fail("expected %s, found %s", want, describe(found))
	}
}

// of returns the things of a kind by the ID of their owner, in order of priority.
func (im *importer) of(collection string) map[string][]*thing {
	byOwner := map[string][]*thing{}
	for _, t := range im.things[collection] {
		id := strings.ToLower(t.ref(owner(collection)))
		byOwner[id] = append(byOwner[id], t)
	}
	for _, list := range byOwner {
		slices.SortStableFunc(list, func(a, b *thing) int { return cmp.Compare(priority(a), priority(b)) })
	}
	return byOwner
}

func priority(t *thing) int {
	n, _ := t.fields["priority"].(json.Number)
	i, _ := strconv.Atoi(n.String())
	return i
}

// secretName reports whether a member is a secret by its name.
func secretName(name string) bool {
	plain := strings.Map(func(r rune) rune {
		if strings.ContainsRune("_-. ", r) {
			return -1
		}
		return r
	}, strings.ToLower(name))
	return slices.ContainsFunc([]string{"password", "passwd", "passphrase", "secret", "token", "credential", "privatekey", "apikey", "accesskey", "passcode", "cookie"},
		func(part string) bool { return strings.Contains(plain, part) })
}

// withoutSecrets is a value without the members that are secrets by their names.
func (im *importer) withoutSecrets(value any, at place) any {
	switch v := value.(type) {
	case map[string]any:
		clean := map[string]any{}
		for name, member := range v {
			if secretName(name) {
				im.ignore("a secret", at.key(name).String(), whySecret)
			} else {
				clean[name] = im.withoutSecrets(member, at.key(name))
			}
		}
		return clean
	case []any:
		clean := []any{}
		for i, item := range v {
			clean = append(clean, im.withoutSecrets(item, at.item(i)))
		}
		return clean
	}
	return value
}

const whySecret = "secrets are never imported, and by its name it is one"

// uris are URIs of a member but for those that hold a secret.
func (im *importer) uris(t *thing, names ...string) []string {
	at := t.at
	for _, name := range names {
		at = at.key(name)
	}
	var list []string
	for i, uri := range im.texts(t, names...) {
		if im.open(at.item(i), uri) {
			list = append(list, uri)
		}
	}
	return list
}

// open reports whether a URI has no secret in it.
func (im *importer) open(at place, uri string) bool {
	u, err := url.Parse(uri)
	if err != nil {
		return !strings.Contains(uri, "@")
	}
	secret := u.User != nil
	for _, part := range []string{u.RawQuery, u.Fragment} {
		values, _ := url.ParseQuery(part)
		for name := range values {
			secret = secret || secretName(name)
		}
	}
	if secret {
		im.ignore("a URI with a secret", at.String(), "secrets are never imported")
	}
	return !secret
}
