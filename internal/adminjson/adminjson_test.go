package adminjson

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/implicit-cli/implicit/internal/sandbox"
)

// check is what the command hands in.
func check(text []byte) []Problem {
	_, err := sandbox.ReadTenant(sandbox.TenantFile{Name: "t", Text: text})
	var wrong *sandbox.TenantError
	if !errors.As(err, &wrong) {
		return nil
	}
	var list []Problem
	for _, m := range wrong.Mistakes {
		list = append(list, Problem{m.Path, m.Line, m.Column, m.Message})
	}
	return list
}

func options() Options { return Options{Console: sandbox.ConsoleNames(), Check: check} }

// saved are the files in testdata but for Terraform's, and those left out.
func saved(t testing.TB, leftOut ...string) []File {
	t.Helper()
	names, err := filepath.Glob("testdata/*.json")
	if err != nil || len(names) < 10 {
		t.Fatal(names, err)
	}
	var files []File
	for _, name := range names {
		if base := filepath.Base(name); base != "terraform.json" && !slices.Contains(leftOut, base) {
			files = append(files, file(t, base))
		}
	}
	return files
}

func file(t testing.TB, name string) File {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return File{name, text}
}

func imported(t testing.TB, files ...File) *Report {
	t.Helper()
	r, err := Import(files, options())
	if err != nil {
		t.Fatal(err)
	}
	if left := check(r.Tenant); left != nil {
		t.Errorf("the sandbox refuses the result: %v", left)
	}
	return r
}

// has reports whether the tenant has each of some lines, whatever their comments.
func has(t *testing.T, r *Report, lines ...string) {
	t.Helper()
	var found []string
	for line := range strings.Lines(string(r.Tenant)) {
		line, _, _ = strings.Cut(line, " #")
		found = append(found, strings.TrimSpace(line))
	}
	for _, want := range lines {
		if !slices.Contains(found, want) {
			t.Errorf("no line %q in\n%s", want, r.Tenant)
		}
	}
}

func missing(r *Report) string {
	var list []string
	for _, m := range r.Missing {
		list = append(list, m.Get)
	}
	return strings.Join(list, "\n")
}

func ignored(r *Report) string {
	var list []string
	for _, i := range r.Ignored {
		list = append(list, i.Where+": "+i.What+": "+i.Why)
	}
	return strings.Join(list, "\n")
}

func TestImport(t *testing.T) {
	r := imported(t, saved(t)...)
	has(t, r, "name: Shop (test)", "environment_id: 7b2f0a52-6c1e-4d0e-9a57-2f1f5d3c9b10", "region: EU", "custom_domain: login.shop.example.com",
		"client_id: 00000000-0000-4000-9000-000000000101", "grant_types: [IMPLICIT]", "groups: [Customers, Staff]", "include_x5t: true",
		"scopes: [openid, email, 'orders:read', 'orders:write', profile]", "roles: ${user.memberOfGroupNames}", "policies: [Shop_Login, Shop_Strong]",
		"- username: mia", "any_password: true", "password_state: PASSWORD_LOCKED_OUT", "enabled: false", "- type: TOTP", "customer: ${user.externalId}",
		"access_token_lifetime: 300", "default: true", "min_length: 10", "failure_count: 4",
		"attributes: {costCenter: 4711, externalId: C-1007, name: {formatted: Mia Berg}, preferredLanguage: en}")
	if len(r.Missing) != 0 {
		t.Errorf("missing: %v", r.Missing)
	}
	for _, want := range []string{"it is PingOne's own", "it is SAML", "WORKER does not sign users on", "full_name", "condition of LOGIN", "applications.json:1: _embedded.applications[0]"} {
		if !strings.Contains(ignored(r), want) {
			t.Errorf("%q is not in\n%s", want, ignored(r))
		}
	}
	if !strings.Contains(string(r.Tenant), "origins: ['https://shop.example.com'] # CORS Settings") {
		t.Error("no console name")
	}
}

// The form in which the same answers are saved makes no difference.
func TestForms(t *testing.T) {
	want := string(imported(t, saved(t)...).Tenant)
	var stream, titled, array, envelope, quoted, records []byte
	for _, f := range saved(t) {
		stream = append(stream, f.Text...)
		titled = append(titled, "Custom request successful\nHTTP Response Status: 200 OK\n"...)
		titled = append(titled, f.Text...)
		array = append(append(array, ','), f.Text...)
		envelope = append(envelope, `{"schemaVersion":"1.1","status":"success","message":"","errors":null,"warnings":[],"meta":{},"data":`...)
		envelope = append(append(envelope, f.Text...), '}', '\n')
		quoted = fmt.Appendf(quoted, `{"status":"success","data":%s}`, quote(t, f.Text))
		records = append(append(append(records, `{"type":"record","data":`...), f.Text...), "}\n"...)
	}
	for name, text := range map[string][]byte{
		"one stream": stream, "pingcli's text": titled, "an array": append(append([]byte{'['}, array[1:]...), ']'),
		"pingcli -O json": envelope, "an answer as text": quoted, "typed records": append(records, `{"type":"summary","data":null}`...),
		"with a byte order mark": append([]byte("\xef\xbb\xbf"), stream...),
	} {
		if got := string(imported(t, File{"-", text}).Tenant); got != want {
			t.Errorf("%s: another tenant:\n%s", name, got)
		}
	}
}

func quote(t *testing.T, text []byte) []byte {
	quoted, err := json.Marshal(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return quoted
}

// What a sign-on needs is asked for by the path of its GET.
func TestMissing(t *testing.T) {
	const env = "/environments/7b2f0a52-6c1e-4d0e-9a57-2f1f5d3c9b10"
	const app = env + "/applications/00000000-0000-4000-9000-000000000101"
	for leftOut, want := range map[string]string{
		"applications.json": app, "grants.json": app + "/grants", "attributes.json": app + "/attributes",
		"signOnPolicyAssignments.json": app + "/signOnPolicyAssignments", "users.json": env + "/users", "environment.json": env,
		"resources.json": env + "/resources", "signOnPolicies.json": env + "/signOnPolicies", "groups.json": env + "/groups",
		"actions-login.json":    env + "/signOnPolicies/00000000-0000-4000-9000-000000000301/actions",
		"scopes-orders.json":    env + "/resources/00000000-0000-4000-9000-000000000203/scopes",
		"passwordPolicies.json": env + "/passwordPolicies",
	} {
		r := imported(t, saved(t, leftOut)...)
		if !slices.Contains(strings.Split(missing(r), "\n"), want) {
			t.Errorf("without %s: %q is not in\n%s", leftOut, want, missing(r))
		}
	}
}

func TestTerraform(t *testing.T) {
	r := imported(t, file(t, "terraform.json"))
	has(t, r, "name: Shop (test)", "client_id: 00000000-0000-4000-9000-000000000101", "groups: [Customers]", "scopes: [openid, 'orders:read', profile]",
		"in: [id_token]", "registration: true", "no_device_mode: BYPASS", "- username: mia", "attributes: {externalId: C-1007}", "origins: ['https://shop.example.com']")
	if tenant := string(r.Tenant); strings.Index(tenant, "- type: LOGIN") > strings.Index(tenant, "- type: MULTI_FACTOR") {
		t.Error("the actions are not in order of priority")
	}
	both := imported(t, append(saved(t), file(t, "terraform.json"))...)
	if both.Imported["applications"] != 1 || both.Imported["users"] != 3 {
		t.Errorf("%v", both.Imported)
	}
}

// The readings of implicit doctor --fit become switches.
func TestFit(t *testing.T) {
	r := imported(t, File{"fit.yaml", []byte("# seen\nswitches:\n- no-scope\n- cookies-at-authorize\n")}, file(t, "applications.json"))
	has(t, r, "switches: [no-scope, cookies-at-authorize]")
	_, err := Import([]File{{"t.yaml", []byte("applications:\n- name: A\n")}}, options())
	if err == nil || !strings.Contains(err.Error(), "t.yaml:1:1: expected JSON, or what implicit doctor --fit writes, found a tenant file") {
		t.Errorf("%v", err)
	}
}

func TestPlaceholder(t *testing.T) {
	o := options()
	o.Placeholder = true
	r, err := Import([]File{file(t, "users.json")}, o)
	if err != nil || strings.Contains(string(r.Tenant), "any_password: true") || !strings.Contains(string(r.Tenant), "password: "+Placeholder) {
		t.Errorf("%v\n%s", err, r.Tenant)
	}
}
