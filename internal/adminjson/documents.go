package adminjson

import (
	"fmt"
	"maps"
	"net/url"
	"path"
	"reflect"
	"slices"
	"strings"
)

// thing is one object of PingOne's API.
type thing struct {
	kind   string // the last collection of its path: applications, resources/attributes
	id     string
	fields map[string]any
	at     place
	path   string // where the API has it, or its list
	single bool   // not an item of a list
}

// document takes what one JSON document has. list is the API's path of the list that
// it is an item of.
func (im *importer) document(value any, at place, list string) error {
	if items, ok := value.([]any); ok {
		for i, item := range items {
			if err := im.document(item, at.item(i), list); err != nil {
				return err
			}
		}
		return nil
	}
	fields, ok := value.(map[string]any)
	if !ok {
		return at.fail("expected an object of PingOne's API, found %s", describe(value))
	}
	if err := refusal(fields, at); err != nil {
		return err
	}
	embedded, isList := fields["_embedded"].(map[string]any)
	switch {
	case isTerraform(fields):
		return im.terraform(fields, at)
	case fields["id"] == nil && isList:
		return im.list(fields, embedded, at)
	case fields["id"] == nil && fields["data"] != nil: // pingcli -O json
		return im.document(parsed(fields["data"]), at.key("data"), list)
	case fields["id"] == nil && fields["record"] != nil:
		return im.document(fields["record"], at.key("record"), list)
	case fields["id"] == nil && fields["type"] == "summary": // the end of pingcli -O ndjson-typed
		return nil
	}
	im.take(fields, at, list)
	return nil
}

// parsed is an answer that a program put into JSON as text.
func parsed(value any) any {
	text, ok := value.(string)
	if !ok {
		return value
	}
	inner, length, err := decode([]byte(text))
	if err != nil || strings.TrimSpace(text[length:]) != "" {
		return value
	}
	return inner
}

// refusal returns an error where the document is one.
func refusal(fields map[string]any, at place) error {
	text := func(key string) string { s, _ := fields[key].(string); return s }
	message := ""
	list, _ := fields["errors"].([]any)
	switch {
	case fields["_links"] != nil:
		return nil // an object, or a list
	case text("code") != "" && text("message") != "":
		message = text("code") + ": " + text("message")
	case fields["id"] != nil:
		return nil
	case text("error") != "":
		message = strings.TrimSuffix(text("error")+": "+text("error_description"), ": ")
	case text("status") == "error" || text("type") == "error" || len(list) > 0:
		message = "pingcli reports an error: " + text("message")
	case len(fields) == 1 && text("message") != "":
		message = text("message")
	default:
		return nil
	}
	err := at.fail("this is an error, not data: %s", message)
	err.hint = "repeat the request with a valid access token and the roles that it needs"
	return err
}

// list takes the items of a HAL list, and notes what its next page is.
func (im *importer) list(fields, embedded map[string]any, at place) error {
	self := href(fields, "self")
	for _, name := range slices.Sorted(maps.Keys(embedded)) {
		items := embedded[name]
		where := at.key("_embedded").key(name)
		entries, ok := items.([]any)
		if !ok {
			return where.fail("expected a list, found %s", describe(items))
		}
		below := self
		if below == "" || !strings.HasSuffix(below, "/"+name) {
			below = path.Join(below, "#"+name) // so that the items are known by the list's name
		}
		for i, item := range entries {
			if err := im.document(item, where.item(i), below); err != nil {
				return err
			}
		}
	}
	if self != "" {
		im.lists[self], im.lists[page(fields, "self")] = true, true
	}
	if next := page(fields, "next"); next != "" {
		im.next = append(im.next, next)
	}
	return nil
}

// page is the path of a link with its query, which tells pages of a list apart.
func page(fields map[string]any, name string) string {
	link, _ := dig(fields, "_links", name, "href").(string)
	u, err := url.Parse(link)
	if err != nil || u.RawQuery == "" {
		return href(fields, name)
	}
	return href(fields, name) + "?" + u.Query().Encode()
}

// take keeps an object, or says why not.
func (im *importer) take(fields map[string]any, at place, list string) {
	self := href(fields, "self")
	t := &thing{fields: fields, at: at, path: self, single: list == ""}
	if self == "" {
		t.path = list
	}
	t.kind = kindOf(self, list, fields, at.file)
	t.id, _ = fields["id"].(string)
	if t.id == "" {
		t.id = path.Base(self)
	}
	switch {
	case t.kind == "secret":
		im.ignore("a client secret", at.String(), "secrets are never imported")
	case t.kind == "":
		im.ignore("an object", at.String(), "it does not say what it is: save it with its _links, or name the file after what it has, as in users.json")
	case singular(t.kind) == "":
		im.ignore("objects of "+t.kind, at.file, "no sign-on depends on them")
	case t.id == "" || t.id == ".":
		im.ignore(singular(t.kind), at.String(), "it has no ID")
	default:
		if self != "" {
			im.lists[self] = true
		}
		im.keep(t)
	}
}

// keep adds an object, or completes the one with the same ID: the last value counts.
func (im *importer) keep(t *thing) {
	id := t.kind + " " + t.ref(owner(t.kind)) + " " + strings.ToLower(t.id)
	first := im.byID[id]
	if first == nil {
		im.byID[id], im.byID[t.kind+" "+strings.ToLower(t.id)] = t, t
		im.things[t.kind] = append(im.things[t.kind], t)
		return
	}
	for _, key := range slices.Sorted(maps.Keys(t.fields)) {
		value := t.fields[key]
		old, has := first.fields[key]
		if has && !strings.HasPrefix(key, "_") && key != "updatedAt" && !reflect.DeepEqual(old, value) {
			im.ignore(fmt.Sprintf("%s of %s", key, first.name()), first.at.String(), "it is different in "+t.at.String()+", which counts")
		}
		first.fields[key] = value
	}
}

func (im *importer) find(kind, id string) *thing { return im.byID[kind+" "+strings.ToLower(id)] }

// href returns the path of a link without the host, the version and the query.
func href(fields map[string]any, name string) string {
	link, _ := dig(fields, "_links", name, "href").(string)
	u, err := url.Parse(link)
	if err != nil || u.Path == "" {
		return ""
	}
	return strings.TrimPrefix(path.Clean("/"+u.Path), "/v1")
}

// dig follows names into objects.
func dig(value any, names ...string) any {
	for _, name := range names {
		object, _ := value.(map[string]any)
		value = object[name]
	}
	return value
}

// ref returns the ID of an object that this one belongs to: a member of its own, a
// link, or in its path.
func (t *thing) ref(name string) string {
	if name == "" {
		return ""
	}
	if id, ok := dig(t.fields, name, "id").(string); ok {
		return id
	}
	if to := href(t.fields, name); to != "" {
		return path.Base(to)
	}
	steps := strings.Split(t.path, "/")
	if i := slices.Index(steps, plural(name)); i >= 0 && i+1 < len(steps) && !strings.HasPrefix(steps[i+1], "#") {
		return steps[i+1]
	}
	return ""
}

func plural(name string) string {
	if stem, ok := strings.CutSuffix(name, "y"); ok {
		return stem + "ies"
	}
	return name + "s"
}

// name is an object in messages.
func (t *thing) name() string {
	for _, key := range []string{"name", "username", "domainName"} {
		if text, ok := t.fields[key].(string); ok && text != "" {
			return fmt.Sprintf("%s %q", singular(t.kind), text)
		}
	}
	return singular(t.kind) + " " + t.id
}

func describe(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case string:
		return "text"
	case bool:
		return fmt.Sprint(v)
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	}
	return "a number"
}
