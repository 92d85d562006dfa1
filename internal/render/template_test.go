package render

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/implicit-cli/implicit/internal/words"
)

const templateResult = `{"valid":true,"access_token":"at","expires_in":3600,"empty":"","none":null,
	"claims":{"id_token":{"sub":"u-1","exp":12345678901234567890,"amr":["pwd", "otp"],"big":1e400,
	"https://example.com/role":"admin","name":"Zo\u00eb","Sub":"other","address":{"formatted":"a\nb"},"evil":"\u001b[2J","turned":"\u202e"}}}`

func TestTemplate(t *testing.T) {
	for _, row := range []struct{ template, want string }{
		{"{{.access_token}}", "at"},
		{"{{ .claims.id_token.sub }}", "u-1"},
		{"{{.claims.id_token.Sub}}", "other"},
		{"{{.claims.id_token.name}}", "Zo\u00eb"},
		{"sub={{.claims.id_token.sub}};exp={{.claims.id_token.exp}}", "sub=u-1;exp=12345678901234567890"},
		{"{{.claims.id_token.big}}", "1e400"},
		{"{{.claims.id_token.amr}}", `["pwd","otp"]` + ""},
		{`{{.claims.id_token."https://example.com/role"}}`, "admin"},
		{`{{."claims".id_token."sub"}}`, "u-1"},
		{"{{.valid}}{{.empty}}", "true"},
		{"{{.claims.id_token.address}}", `{"formatted":"a\nb"}` + ""},
		{"no path } here { at all }}", "no path } here { at all }}"},
		{"", ""},
	} {
		var out strings.Builder
		if err := Template(&out, row.template, []byte(templateResult)); err != nil || out.String() != row.want {
			t.Errorf("%s: got %q, %v; want %q", row.template, out.String(), err, row.want)
		}
	}
	var out strings.Builder
	if err := Template(&out, "{{.}}", []byte(`{"a": 1}`)); err != nil || out.String() != `{"a":1}` {
		t.Errorf("the whole: got %q, %v", out.String(), err)
	}
}

func TestTemplateRefused(t *testing.T) {
	for _, row := range []struct{ name, template, problem string }{
		{"a path to nowhere", "x{{.claims.id_token.email}}", "the result has no .claims.id_token.email"},
		{"another case", "{{.Access_Token}}", "the result has no .Access_Token"},
		{"a path to null", "{{.none}}", "the result has no .none"},
		{"a path through text", "{{.access_token.sub}}", ".access_token is not an object"},
		{"a path through a list", "{{.claims.id_token.amr.x}}", "not an object"},
		{"a path through a number", "{{.expires_in.x}}", "not an object"},
		{"a quoted name that is not there", `{{."a b"}}`, `the result has no ."a b"`},
		{"a line in a value", "{{.claims.id_token.address.formatted}}", "control character (U+000A)"},
		{"a terminal command in a value", "{{.claims.id_token.evil}}", "control character (U+001B)"},
		{"a value that turns the line", "{{.claims.id_token.turned}}", "control character (U+202E)"},
	} {
		refuses(t, row.name, row.template, row.problem)
		if err := CheckTemplate(row.template); err != nil {
			t.Errorf("%s: the template itself is refused: %v", row.name, err)
		}
	}
	for _, row := range []struct{ name, template, problem string }{
		{"no end", "ab{{.access_token", "at character 3: expected a path"},
		{"one brace at the end", "{{.access_token}", "expected a path"},
		{"no dot", "{{access_token}}", "expected a path"},
		{"nothing", "{{}}", "expected a path"},
		{"two dots", "{{.claims..sub}}", "expected a name after the dot"},
		{"a dot at the end", "{{.claims.}}", "expected a name after the dot"},
		{"a function", `{{printf "%s" .access_token}}`, "expected a path"},
		{"a pipe", "{{.access_token | len}}", "expected a path"},
		{"an action", "{{range .checks}}{{end}}", "expected a path"},
		{"a comment", "{{/* x */}}", "expected a path"},
		{"an index", "{{.checks[0]}}", "expected a path"},
		{"an empty name", `{{.""}}`, "expected a name after the dot"},
		{"a name without its end", `{{."sub}}`, "expected a name after the dot"},
	} {
		refuses(t, row.name, row.template, row.problem)
		if CheckTemplate(row.template) == nil {
			t.Errorf("%s: the check lets it pass", row.name)
		}
	}
}

func refuses(t *testing.T, name, template, problem string) {
	t.Helper()
	var out strings.Builder
	err := Template(&out, template, []byte(templateResult))
	if err == nil || !strings.Contains(err.Error(), problem) {
		t.Errorf("%s: got %v, want %q", name, err, problem)
	}
	if out.Len() > 0 {
		t.Errorf("%s: %q was written", name, out.String())
	}
}

// FuzzTemplate: what has no braces stands as it is, what is a path gives the
// value there, and nothing else is written.
func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{"{{.a}}", "x{{ .a.b }}y", `{{."q\"".b}}`, "{{.}}", "{{", "}}", "{{}}", "{{.a", "{{..}}", "{{{.a}}}"} {
		f.Add(seed, "b", "value")
	}
	f.Fuzz(func(t *testing.T, template, name, value string) {
		var out strings.Builder
		err := Template(&out, template, []byte(`{"a":{"b":1},"q\"":{"b":"two"}}`))
		if literal := !strings.Contains(template, "{{"); literal && (err != nil || out.String() != template) {
			t.Errorf("literal %q became %q, %v", template, out.String(), err)
		}
		if err != nil && out.Len() > 0 {
			t.Errorf("%q: an error and %q", template, out.String())
		}
		if CheckTemplate(template) != nil && err == nil {
			t.Errorf("%q: the check refuses what is written", template)
		}
		checkFound(t, name, value)
	})
}

// checkFound builds an object and the path to its one value, and compares.
func checkFound(t *testing.T, name, value string) {
	var object, out strings.Builder
	if name == "" || !utf8.ValidString(name) || !utf8.ValidString(value) {
		return
	}
	if err := words.JSON(&object, map[string]string{name: value}); err != nil {
		t.Fatal(err)
	}
	err := Template(&out, "<{{"+pathText([]string{name})+"}}>", []byte(object.String()))
	if err == nil && out.String() != "<"+value+">" {
		t.Errorf("%q at %q came out as %q", value, name, out.String())
	}
	if err != nil && !strings.Contains(err.Error(), "control character") {
		t.Errorf("%q at %q: %v", value, name, err)
	}
}
