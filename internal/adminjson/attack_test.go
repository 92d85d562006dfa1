package adminjson

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

const (
	envA = "11111111-1111-4111-8111-111111111111"
	envB = "22222222-2222-4222-8222-222222222222"
)

// app is an application of an environment, with more members.
func app(env, id, more string) string {
	return fmt.Sprintf(`{"id":%q,"environment":{"id":%q},"protocol":"OPENID_CONNECT","type":"SINGLE_PAGE_APP","name":"A","grantTypes":["IMPLICIT"]%s}`, id, env, more)
}

// What cannot be imported is refused with its place, and never in part.
func TestRefused(t *testing.T) {
	for name, row := range map[string]struct{ text, want string }{
		"nothing":                      {" \n", "f:1:1: the file is empty"},
		"text":                         {"no such environment\n", "f:1:1: expected JSON, found text"},
		"a token":                      {"eyJhbGciOi.eyJzdWIi.c2ln", "f:1:1: expected JSON, found text"},
		"a web page":                   {"\n <!DOCTYPE html><title>Sign On</title>", "f:2:2: expected JSON, found a web page"},
		"an XML error":                 {"<?xml version='1.0'?>", "f:1:1: expected JSON, found a web page"},
		"UTF-16":                       {"\xff\xfe{\x00}\x00", "f:1:4: expected UTF-8 text, found a zero byte"},
		"cut off":                      {`{"_embedded":{"users":[` + "\n" + `{"id":"`, "f:2:8: not JSON: it ends too early"},
		"a comma too many":             {"{\n  \"id\": \"a\",\n}", "f:3:1: not JSON: invalid character '}'"},
		"rest":                         {app(envA, "a", "") + "\nwhat now", "f:2:1: expected JSON, found text"},
		"then a web page":              {app(envA, "a", "") + "\n\n<html>", "f:3:1: expected JSON, found text"},
		"a number in a list":           {`[1]`, "f:1: [0]: expected an object of PingOne's API, found a number"},
		"an empty list":                {`{"_links":{"self":{"href":"https://api.pingone.com/v1/environments/` + envA + `/users"}},"_embedded":{"users":[]},"count":0,"size":0}`, "found none that can be imported"},
		"an empty object":              {`{}`, "found none that can be imported"},
		"an object in place of a list": {`{"_embedded":{"users":{}}}`, `f:1: _embedded.users: expected a list, found an object`},
		"an API error": {`{"id":"` + envA + `","code":"ACCESS_FAILED","message":"The request could not be completed. You do not have access to this resource.","details":[{"code":"INVALID_TOKEN"}]}`,
			"f:1: this is an error, not data: ACCESS_FAILED: The request could not be completed."},
		"an OAuth error":      {`{"error":"invalid_client","error_description":"Request denied"}`, "this is an error, not data: invalid_client: Request denied"},
		"the gateway's":       {`{"message":"Missing Authentication Token"}`, "this is an error, not data: Missing Authentication Token"},
		"pingcli's":           {`{"schemaVersion":"1.1","status":"error","message":"not signed in","data":null,"errors":[{"category":"auth"}],"meta":{},"warnings":[]}`, "pingcli reports an error: not signed in"},
		"a state file":        {`{"version":4,"lineage":"x","resources":[]}`, "expected the values of terraform show -json"},
		"two environments":    {app(envA, "a", "") + "\n" + app(envB, "b", ""), "f:2: expected one environment, found two: " + envB + " here, and " + envA + " in f:1"},
		"two in links":        {app(envA, "a", "") + `{"_links":{"self":{"href":"https://api.pingone.com/v1/environments/` + envB + `"}},"id":"` + envB + `","name":"B","license":{"id":"x"},"region":"NA"}`, "found two"},
		"a wrong type":        {`{"_embedded":{"applications":[` + app(envA, "a", `,"redirectUris":"https://a.example.com"`) + `]}}`, "f:1: _embedded.applications[0].redirectUris: expected a list, found text"},
		"a wrong type within": {app(envA, "a", `,"accessControl":{"group":{"groups":[7]}}`), "f:1: accessControl.group.groups: expected a list of objects with an ID, found a number"},
		"a wrong flag":        {app(envA, "a", `,"enabled":"maybe"`), "f:1: enabled: expected true or false, found text"},
		"a wrong name":        {`{"id":"u","username":["x"]}`, "f:1: username: expected text, found a list"},
		"nested too deeply":   {strings.Repeat("[", 20000), "f:1:10001: not JSON: invalid character '[' exceeded max depth"},
	} {
		_, err := Import([]File{{"f", []byte(row.text)}}, options())
		var wrong *Error
		if !errors.As(err, &wrong) || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: got %v, want %s", name, err, row.want)
		}
	}
}

// No secret reaches the tenant, a message or an error, wherever it is.
func TestSecrets(t *testing.T) {
	const secret = "hunter2-hunter2"
	for name, text := range map[string]string{
		"of an application":   app(envA, "a", `,"clientSecret":"`+secret+`","jwks":"`+secret+`","description":"the password is `+secret+`"`),
		"in mobile settings":  app(envA, "a", `,"mobile":{"integrityDetection":{"googlePlay":{"decryptionKey":"`+secret+`"}}}`),
		"in a URI's user":     app(envA, "a", `,"redirectUris":["https://x:`+secret+`@a.example.com/cb"]`),
		"in a URI's query":    app(envA, "a", `,"redirectUris":["https://a.example.com/cb?client_secret=`+secret+`"],"loginPageUrl":"https://a.example.com/?access_token=`+secret+`"`),
		"in a URI's fragment": app(envA, "a", `,"redirectUris":["https://a.example.com/cb#access_token=`+secret+`"]`),
		"in an origin":        app(envA, "a", `,"corsSettings":{"behavior":"ALLOW_SPECIFIC_ORIGINS","origins":["https://x:`+secret+`@a.example.com"]}`),
		"the secret's answer": app(envA, "a", "") + `{"environment":{"id":"` + envA + `"},"secret":"` + secret + `","previous":{"secret":"` + secret + `"}}`,
		"of a user":           `{"id":"` + envB + `","username":"u","password":{"value":"` + secret + `","forceChange":true},"apiToken":"` + secret + `","custom":{"deep":[{"client_secret":"` + secret + `"}]}}`,
		"of a device":         `{"id":"` + envB + `","username":"u"}{"_links":{"self":{"href":"https://api.pingone.com/v1/environments/` + envA + `/users/` + envB + `/devices/d"}},"id":"d","type":"TOTP","status":"ACTIVE","secret":"` + secret + `","keyUri":"otpauth://totp/x?secret=` + secret + `"}`,
		"of a resource":       `{"id":"r","name":"R","audience":"r","clientSecret":"` + secret + `","description":"` + secret + `"}`,
		"in a claim":          app(envA, "a", "") + `{"id":"m","application":{"id":"a"},"mappingType":"CUSTOM","name":"api_token","value":"` + secret + `"}`,
		"of Terraform": `{"format_version":"1.0","values":{"root_module":{"resources":[{"type":"pingone_user","values":{"id":"` + envB + `","username":"u","password":{"initial_value":"` + secret + `"}}},
			{"type":"pingone_application_secret","values":{"id":"a","secret":"` + secret + `"}}]}}}`,
		"in a wrong type": app(envA, "a", `,"redirectUris":"`+secret+`"`),
		"in text":         secret + " is my password",
		"in bad JSON":     `{"clientSecret":"` + secret + `",}`,
	} {
		r, err := Import([]File{{"f", []byte(text)}}, options())
		shown := fmt.Sprint(err)
		if r != nil {
			shown += string(r.Tenant) + ignored(r) + fmt.Sprint(r.Missing)
		}
		if strings.Contains(shown, secret) {
			t.Errorf("%s: %s", name, shown)
		}
	}
}

// What PingOne allows and the sandbox does not is left out, and said.
func TestWhatTheSandboxRefuses(t *testing.T) {
	r := imported(t, File{"f", []byte(app(envA, "a", `,"redirectUris":["https://a.example.com/cb","https://a.example.com/#x","not a uri"],"responseTypes":["TOKEN","NEW_TYPE"]`) +
		`{"id":"u1","username":"one"}{"id":"` + envB + `","username":"two","custom":1e999}{"id":"33333333-3333-4333-8333-333333333333","username":"two"}`)})
	has(t, r, "redirect_uris: ['https://a.example.com/cb']", "response_types: [TOKEN]", "- username: one", "- username: two")
	if strings.Count(string(r.Tenant), "username: two") != 1 || r.Imported["users"] != 2 {
		t.Errorf("%v\n%s", r.Imported, r.Tenant)
	}
	for _, want := range []string{"users[0].id of the tenant: expected a UUID", "applications[0].redirect_uris[1] of the tenant", `the user "two" is taken`} {
		if !strings.Contains(ignored(r), want) {
			t.Errorf("%q is not in\n%s", want, ignored(r))
		}
	}
}

// One of several environments can be asked for.
func TestOneOfTwoEnvironments(t *testing.T) {
	o := options()
	o.Environment = envB
	r, err := Import([]File{{"f", []byte(app(envA, "a", "") + app(envB, "b", ""))}}, o)
	if err != nil || r.Imported["applications"] != 1 || !strings.Contains(string(r.Tenant), "client_id: b") || !strings.Contains(ignored(r), "objects of the environment "+envA) {
		t.Errorf("%v\n%s\n%s", err, r.Tenant, ignored(r))
	}
}

// Given twice, an object is completed, and a difference is said.
func TestTwice(t *testing.T) {
	r := imported(t, File{"a", []byte(app(envA, "x", `,"redirectUris":["https://a.example.com/1"]`))}, File{"b", []byte(app(envA, "X", `,"redirectUris":["https://a.example.com/2"],"idpSignoff":true`))})
	has(t, r, "redirect_uris: ['https://a.example.com/2']", "idp_signoff: true")
	if r.Imported["applications"] != 1 || !strings.Contains(ignored(r), `a:1: redirectUris of application "A": it is different in b:1, which counts`) {
		t.Errorf("%v %s", r.Imported, ignored(r))
	}
}

// Links are read and never followed: those that lead in a circle change nothing, and a
// page that no file has is asked for.
func TestPages(t *testing.T) {
	const self = "https://api.pingone.com/v1/environments/" + envA + "/applications"
	page := func(own, next, id string) File {
		return File{"f", []byte(`{"_links":{"self":{"href":"` + self + own + `"},"next":{"href":"` + self + next + `"}},"_embedded":{"applications":[` + app(envA, id, "") + `]}}`)}
	}
	r := imported(t, page("", "?cursor=a&limit=1", "a"), page("?limit=1&cursor=a", "", "b"))
	if r.Imported["applications"] != 2 || strings.Contains(missing(r), "cursor") {
		t.Errorf("%v\n%s", r.Imported, missing(r))
	}
	r = imported(t, page("?limit=1&cursor=a", "?limit=1&cursor=b", "b"))
	if !strings.Contains(missing(r), "/environments/"+envA+"/applications?cursor=b&limit=1") {
		t.Errorf("%s", missing(r))
	}
}

// Users are written in parts; none is lost between them.
func TestMany(t *testing.T) {
	var b bytes.Buffer
	for i := range 1201 {
		fmt.Fprintf(&b, `{"id":"00000000-0000-4000-8000-%012d","environment":{"id":"%s"},"username":"user%d","name":{"given":"G"},"email":"u%d@example.com","memberOfGroupNames":["G%d"]}`+"\n", i, envA, i, i, i%7)
	}
	if r := imported(t, File{"users.ndjson", b.Bytes()}); r.Imported["users"] != 1201 {
		t.Errorf("%v", r.Imported)
	}
}

func FuzzImport(f *testing.F) {
	for _, file := range saved(f) {
		f.Add(file.Text, []byte("{}"))
	}
	f.Add(file(f, "terraform.json").Text, []byte("switches: [no-scope]"))
	f.Add([]byte(app(envA, "a", `,"corsSettings":[],"accessControl":{"group":null}`)), []byte("[[],{}]"))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		r, err := Import([]File{{"a", a}, {"b", b}}, options())
		var wrong *Error
		switch {
		case err != nil && !errors.As(err, &wrong):
			t.Fatalf("%T: %v", err, err)
		case err != nil && wrong.File == "the tenant":
			t.Fatalf("the result was refused: %v", err)
		case err != nil && wrong.Line == 0 && wrong.Path == "" && !strings.Contains(wrong.Message, "none that can be imported"):
			t.Fatalf("no place: %v", err)
		case err == nil && len(check(r.Tenant)) > 0:
			t.Fatalf("%v", check(r.Tenant))
		}
	})
}
