package doctor

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/implicit-cli/implicit/internal/loopback"
	"github.com/implicit-cli/implicit/internal/sandbox"
)

const unknownID = "99999999-9999-4999-8999-999999999999"

// TestWrongSettingOrApplication looks for the cause with nothing but doctor, and
// without a password.
func TestWrongSettingOrApplication(t *testing.T) {
	for _, row := range []struct {
		name    string
		prepare func(*patient)
		want    string // the failed findings
		change  string // in the first one's
	}{
		{"nothing wrong", func(*patient) {}, "", ""},
		{"unknown client", func(p *patient) { p.set("client-id", unknownID) }, "client 3", "client ID"},
		{"disabled application", func(p *patient) { p.of("Disabled") }, "client 3", "enabled"},
		{"unknown environment", func(p *patient) { p.set("auth-url", p.URL+"/"+unknownID) }, "discovery 3", "environment ID"},
		{"IDs swapped", func(p *patient) {
			p.set("auth-url", p.URL+"/"+p.Settings().ClientID).set("client-id", p.Settings().EnvironmentID)
		}, "discovery 3", "--client-id c11e0000-0000-4000-8000-000000000001"},
		{"environment ID as client ID", func(p *patient) { p.set("client-id", p.Settings().EnvironmentID) }, "environment 2, client 3", "Overview tab"},
		{"/v1 in the address", func(p *patient) { p.set("auth-url", p.URL+"/v1") }, "environment 2", "auth URL"},
		{"/as in the address", func(p *patient) { p.set("auth-url", p.Settings().AuthURL+"/as") }, "environment 2", "leave out /as"},
		{"a redirect URI that browsers change", func(p *patient) { p.set("redirect-uri", "https://App.example.com:443/callback") }, "redirect_uri_form 2", "as a browser sends it"},
		{"another slash", func(p *patient) { p.set("redirect-uri", "https://app.example.com/callback/") }, "redirect_uri 3", "--redirect-uri https://app.example.com/callback, which"},
		{"a port that is not registered", func(p *patient) { p.of("Fixed Port").set("redirect-uri", "http://127.0.0.1:9999/callback") }, "redirect_uri 3", "Redirect URIs"},
		{"localhost", func(p *patient) { p.of("Fixed Port").set("redirect-uri", "http://localhost:7464/callback") }, "redirect_uri 3", "--redirect-uri http://127.0.0.1:7464/callback, which"},
		{"not registered at all", func(p *patient) { p.set("redirect-uri", "https://other.example.com/") }, "redirect_uri 3", `register exactly "https://other.example.com/"`},
		{"Implicit is off", func(p *patient) { p.of("No Implicit") }, "response_type 3", "Grant Type Implicit"},
		{"token is off", func(p *patient) { p.of("ID Token Only") }, "response_type 3", `--response-type "id_token"`},
		{"id_token is off", func(p *patient) { p.of("Token Only") }, "response_type 3", `--response-type "token"`},
		{"two causes", func(p *patient) { p.of("Token Only").set("redirect-uri", "https://app.example.com/callback/") }, "redirect_uri 3, response_type 3", "--redirect-uri"},
		{"scopes of two resources", func(p *patient) { p.of("Resources").set("scope", "openid orders:read invoices:read") }, "scope 3", "one resource at a time"},
		{"no scope that is granted", func(p *patient) { p.set("scope", "orders:read") }, "scope 3", `--scope "openid"`},
		{"PAR is required", func(p *patient) { p.of("PAR") }, "par 3", "Pushed Authorization"},
		{"a policy that is not assigned", func(p *patient) { p.set("acr-values", "Other") }, "request 3", ""},
		{"pi.flow without a redirect URI", func(p *patient) { p.set("response-mode", "pi.flow").set("redirect-uri", "") }, "", ""},
		{"DaVinci", func(p *patient) { p.of("DaVinci") }, "", ""},
		{"own sign-on page", func(p *patient) { p.of("Custom Sign-On") }, "", ""},
		{"another policy", func(p *patient) { p.of("External IdP") }, "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := newPatient(t)
			row.prepare(p)
			report, run := p.examine(t)
			var got []string
			for _, f := range failures(report) {
				got = append(got, fmt.Sprintf("%s %d", f.Name, f.Exit))
			}
			if found := strings.Join(got, ", "); found != row.want {
				t.Fatalf("expected %q, found %q: %+v", row.want, found, failures(report))
			}
			if row.want != "" && !strings.Contains(failures(report)[0].Change, row.change) {
				t.Errorf("says to change %q", failures(report)[0].Change)
			}
			if run != nil {
				checkBudget(t, run)
			}
			if n := p.count(http.MethodPost, "/flows/"); n != 0 {
				t.Errorf("%d actions were sent without a password", n)
			}
		})
	}
}

func TestEveryFormOfARefusalIsRead(t *testing.T) {
	for _, form := range []string{"errors-in-query", "errors-as-json", "errors-as-oauth-json", "errors-as-html", "errors-hosted",
		"hosted-error-text", "hosted-error-html", "hosted-error-encoded", "unknown-client-json", "unauthorized-response-type", "no-correlation-id"} {
		for application, want := range map[string]string{"No Implicit": "response_type", "Token Only": "response_type", "Disabled": "client", "Fixed Port": "redirect_uri", "PAR": "par"} {
			p := newPatient(t, form).of(application)
			report, run := p.examine(t)
			checkBudget(t, run)
			found := failures(report)
			// A page that shows no reason leaves the cause open, where no other form passes.
			open := form == "errors-as-html" || strings.HasPrefix(form, "hosted-error")
			if len(found) == 0 || found[0].Name != want && !(open && found[0].Name == "request") || found[0].Exit != 3 {
				t.Errorf("%s, %s: expected %s, found %+v", form, application, want, found)
			}
		}
	}
}

func TestProbesRunSideBySide(t *testing.T) {
	p := newPatient(t)
	// Discovery, keys and four authorize requests wait for each other.
	const together = 6
	var here sync.WaitGroup
	here.Add(together)
	server, err := sandbox.Start(t.Context(), sandbox.Options{Keys: sandbox.SharedKeys()}, sandbox.ListenOptions{Wrap: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			here.Done()
			here.Wait()
			next.ServeHTTP(w, r)
		})
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	p.Server = server
	report, run := p.examine(t)
	if len(failures(report)) > 0 || run.Budget.Sent(Anonymous) != together {
		t.Errorf("%d requests; %+v", run.Budget.Sent(Anonymous), failures(report))
	}
}

func TestThisMachineIsAtMostAWarning(t *testing.T) {
	p := newPatient(t)
	p.machine.Listen = func(string) error {
		return &loopback.PortBusyError{Address: "127.0.0.1:8080", Who: `"nginx" (process 7)`, PortFree: "http://127.0.0.1/callback", Err: errors.New("in use")}
	}
	p.machine.State = func() (string, error) { return "", errors.New("others can write") }
	report, _ := p.examine(t)
	for _, f := range report.Findings {
		if f.Name == "port" && (f.Status != Warning || !strings.Contains(f.Saw, "nginx")) {
			t.Errorf("%+v", f)
		}
	}
	if report.Exit != 0 {
		t.Errorf("exit status %d: %+v", report.Exit, failures(report))
	}
}
