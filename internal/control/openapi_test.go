package control

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// document is docs/control-api.yaml.
type document map[string]any

func openAPI(t *testing.T) document {
	t.Helper()
	text, err := os.ReadFile("../../docs/control-api.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var d map[string]any
	if err := yaml.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// at returns the value at a path of keys, and follows references.
func (d document) at(keys ...string) map[string]any {
	value := map[string]any(d)
	for _, key := range keys {
		value, _ = value[key].(map[string]any)
		if ref, ok := value["$ref"].(string); ok {
			value = d.at(strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
		}
	}
	return value
}

func TestRoutesAndOpenAPIAreTheSame(t *testing.T) {
	d := openAPI(t)
	described := map[string]bool{}
	for path, item := range d.at("paths") {
		for method := range item.(map[string]any) {
			described[strings.ToUpper(method)+" "+path] = true
		}
	}
	for _, r := range routes() {
		if !described[r.method+" "+r.path] {
			t.Errorf("docs/control-api.yaml lacks %s %s", r.method, r.path)
		}
		delete(described, r.method+" "+r.path)
	}
	for name := range described {
		t.Errorf("docs/control-api.yaml has %s, which is not served", name)
	}
}

// TestAnswersAreAsDescribed sends a request to each route, and holds what it sends and
// what it gets against the description.
func TestAnswersAreAsDescribed(t *testing.T) {
	d, c := openAPI(t), start(t)
	signOn(t, c)
	sent := map[string]bool{}
	for _, row := range []struct {
		method, route, path, body string
		status                    int
	}{
		{"GET", "/environment", "", "", 200},
		{"POST", "/users", "", `{"username":"ada","any_password":true,"claims":{"roles":["admin"]},"devices":[{"type":"TOTP"}]}`, 200},
		{"POST", "/users", "", `[{"username":"bob"},{"username":"cy/d","groups":[]}]`, 200},
		{"POST", "/users", "", `{"usename":"x"}`, 400},
		{"GET", "/users", "", "", 200},
		{"DELETE", "/users/{username}", "/users/cy%2Fd", "", 200},
		{"DELETE", "/users/{username}", "/users/cy%2Fd", "", 404},
		{"GET", "/users/{username}/messages", "/users/sms/messages", "", 200},
		{"GET", "/users/{username}/messages", "/users/none/messages", "", 404},
		{"GET", "/users/{username}/totp", "/users/ada/totp", "", 200},
		{"GET", "/users/{username}/totp", "/users/plain/totp", "", 404},
		{"POST", "/applications", "", `{"name":"Shop","client_id":"shop","redirect_uris":["https://shop.example.com/cb"],"attributes":{"roles":"${user.roles}"}}`, 200},
		{"GET", "/applications", "", "", 200},
		{"POST", "/switches", "", `{"name":"wrong-nonce","for":2,"application":"shop"}`, 200},
		{"POST", "/switches", "", `{"name":"html-502:resume"}`, 200},
		{"POST", "/switches", "", `{"name":"clock-ahead","application":"shop"}`, 400},
		{"POST", "/switches", "", `{"name":"wrong-nounce"}`, 400},
		{"POST", "/switches", "", `{"name":"wrong-nonce","application":"none"}`, 404},
		{"GET", "/switches", "", "", 200},
		{"DELETE", "/switches/{name}", "/switches/wrong-nonce?application=shop", "", 200},
		{"DELETE", "/switches/{name}", "/switches/wrong-nonce?app=shop", "", 400},
		{"DELETE", "/applications/{client_id}", "/applications/shop", "", 200},
		{"GET", "/clock", "", "", 200},
		{"POST", "/clock", "", `{"add":"1h"}`, 200},
		{"POST", "/clock", "", `{"set":"2030-01-02T03:04:05Z"}`, 200},
		{"POST", "/clock", "", `{"add":"1000000h"}`, 200},
		{"POST", "/clock", "", `{"add":"2000000h"}`, 400},
		{"POST", "/clock", "", `{}`, 400},
		{"DELETE", "/clock", "", "", 200},
		{"DELETE", "/sessions", "/sessions?user=plain", "", 200},
		{"DELETE", "/flows", "", "", 200},
		{"DELETE", "/flows", "/flows?user=none", "", 404},
		{"GET", "/keys", "", "", 200},
		{"POST", "/keys/rotate", "", `{"keep":true}`, 200},
		{"POST", "/keys/rotate", "", "", 200},
		{"POST", "/tokens", "", `{"user":"ada","application":"Plain","claims":{"exp":1,"nonce":null},"switches":["wrong-key"]}`, 200},
		{"POST", "/tokens", "", `{"type":"access_token"}`, 200},
		{"POST", "/tokens", "", `{"type":"id_token","user":"none"}`, 404},
		{"GET", "/journal", "", "", 200},
		{"GET", "/journal", "/journal?after=100&wait=1ms", "", 200},
		{"GET", "/journal", "/journal?after=x", "", 400},
		{"DELETE", "/journal", "", "", 200},
		{"POST", "/reset", "", `{"users":[]}`, 400},
		{"POST", "/reset", "", "", 200},
	} {
		sent[row.method+" "+row.route] = true
		name := row.method + " " + row.route + " " + row.body
		operation := []string{"paths", row.route, strings.ToLower(row.method)}
		if row.path == "" {
			row.path = row.route
		}
		if row.body != "" && row.status == 200 {
			body := append(operation, "requestBody", "content", "application/json", "schema")
			d.check(t, name+": request", d.at(body...), decode(t, row.body))
		}
		status, answer := c.send(row.method, "/v1"+row.path, row.body)
		if status != row.status {
			t.Errorf("%s: status %d: %s", name, status, answer)
		}
		key := "200"
		if status != 200 {
			key = "default"
		}
		schema := d.at(append(operation, "responses", key, "content", "application/json", "schema")...)
		if schema == nil {
			t.Errorf("%s: docs/control-api.yaml has no answer for %d", name, status)
			continue
		}
		d.check(t, name, schema, decode(t, answer))
	}
	for _, r := range routes() {
		if !sent[r.method+" "+r.path] {
			t.Errorf("add a request to %s %s", r.method, r.path)
		}
	}
}

func decode(t *testing.T, text string) (value any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Errorf("%s: %v", text, err)
	}
	return value
}

// check knows what the document uses of JSON Schema.
func (d document) check(t *testing.T, where string, schema map[string]any, value any) {
	t.Helper()
	if ref, ok := schema["$ref"].(string); ok {
		schema = d.at(strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
	}
	for _, keyword := range slices.Sorted(maps.Keys(schema)) {
		if !slices.Contains([]string{"type", "enum", "oneOf", "required", "properties", "additionalProperties", "items", "description", "format", "default", "minimum"}, keyword) {
			t.Errorf("%s: this test does not know %q", where, keyword)
		}
	}
	if choices, ok := schema["oneOf"].([]any); ok {
		_, list := value.([]any)
		for _, choice := range choices {
			if one := choice.(map[string]any); (one["type"] == "array") == list {
				d.check(t, where, one, value)
			}
		}
		return
	}
	if known, ok := schema["enum"].([]any); ok && !slices.Contains(known, value) {
		t.Errorf("%s: %v is not one of %v", where, value, known)
	}
	if want, ok := schema["type"].(string); ok && want != typeOf(value) {
		t.Errorf("%s: %v is not of type %s", where, value, want)
		return
	}
	switch v := value.(type) {
	case []any:
		items, _ := schema["items"].(map[string]any)
		for i, item := range v {
			d.check(t, fmt.Sprintf("%s[%d]", where, i), items, item)
		}
	case map[string]any:
		d.checkObject(t, where, schema, v)
	}
}

func (d document) checkObject(t *testing.T, where string, schema, value map[string]any) {
	t.Helper()
	required, _ := schema["required"].([]any)
	for _, name := range required {
		if _, ok := value[name.(string)]; !ok {
			t.Errorf("%s: lacks %s", where, name)
		}
	}
	known, _ := schema["properties"].(map[string]any)
	for name, member := range value {
		property, ok := known[name].(map[string]any)
		if !ok {
			property, ok = schema["additionalProperties"].(map[string]any)
		}
		switch {
		case ok:
			d.check(t, where+"."+name, property, member)
		case schema["additionalProperties"] == false:
			t.Errorf("%s: has %s, which is not described", where, name)
		}
	}
}

func typeOf(value any) string {
	switch v := value.(type) {
	case string:
		return "string"
	case bool:
		return "boolean"
	case float64:
		if v == float64(int(v)) {
			return "integer"
		}
		return "number"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	}
	return "null"
}
