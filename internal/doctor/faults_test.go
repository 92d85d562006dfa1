package doctor

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/implicit-cli/implicit/internal/passcode"
	"github.com/implicit-cli/implicit/internal/sandbox"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// legs are the requests that doctor makes, in the order of the cells of legFaults.
var legs = []string{"discovery", "jwks", "authorize", "flow", "action", "resume", "userinfo"}

// legFaults has, for each fault and leg, the first finding that is a warning or has
// failed, and its exit status; "-": there is none.
var legFaults = map[string]string{
	"404":            "discovery 3, keys 3, client 3, steps 3, sign_on 3, resume 3, userinfo 3",
	"429":            "rate_limit 6, rate_limit 6, rate_limit 6, rate_limit 6, rate_limit 6, rate_limit 6, rate_limit 6",
	"429-once":       "rate_limit 6, rate_limit 6, rate_limit 6, rate_limit 6, rate_limit 6, rate_limit 6, rate_limit 6",
	"cloudflare-429": "rate_limit 6, rate_limit 6, rate_limit 6, rate_limit 6, rate_limit 6, rate_limit 6, rate_limit 6",
	"cut":            "connection 6, keys 6, request 6, sign_on 6, sign_on 6, resume 6, userinfo 6",
	"drip":           "connection 6, keys 6, request 6, sign_on 6, sign_on 6, resume 6, userinfo 6",
	"reset":          "connection 6, keys 6, request 6, sign_on 6, sign_on 6, resume 6, userinfo 6",
	"slow":           "connection 6, keys 6, request 6, sign_on 6, sign_on 6, resume 6, userinfo 6",
	"reset-once":     "edge 0, keys 0, edge 0, -, sign_on 6, resume 6, -",
	"html-502-once":  "edge 0, keys 0, edge 0, -, sign_on 6, resume 6, -",
	"json-503-once":  "edge 0, keys 0, edge 0, -, sign_on 6, resume 6, -",
	"edge-403":       "edge 3, keys 3, edge 3, steps 3, sign_on 3, resume 3, userinfo 3",
	"empty":          "discovery 3, keys 5, request 3, sign_on 3, sign_on 3, resume 3, userinfo 3",
	"endless":        "connection 3, keys 3, request 3, sign_on 3, sign_on 3, resume 3, userinfo 3",
	"html-200":       "discovery 3, keys 5, request 3, sign_on 3, sign_on 3, resume 3, userinfo 3",
	"html-500":       "edge 6, keys 6, edge 6, steps 6, sign_on 6, resume 6, userinfo 6",
	"html-502":       "edge 6, keys 6, edge 6, steps 6, sign_on 6, resume 6, userinfo 6",
	"json-500":       "edge 6, keys 6, edge 6, steps 6, sign_on 6, resume 6, userinfo 6",
	"431":            "discovery 3, keys 3, request 3, steps 3, sign_on 3, resume 3, userinfo 3",
	"loop":           "discovery 3, keys 3, sign_on_page 3, sign_on 3, sign_on 3, resume 3, userinfo 3",
	"truncated":      "discovery 3, keys 5, -, sign_on 3, sign_on 3, -, userinfo 3",
	"no-location":    "-, -, request 3, -, -, resume 3, -",
}

// faults are those without a leg. What doctor cannot meet has no finding; one without
// an exit status has that of the error.
var faults = map[string]string{
	"wrong-issuer": "tokens 5", "wrong-audience": "tokens 5", "wrong-nonce": "tokens 5", "no-nonce": "tokens 5", "bad-at-hash": "tokens 5",
	"bad-signature": "tokens 5", "wrong-key": "tokens 5", "unknown-kid": "tokens 5", "alg-none": "tokens 5", "alg-hs256": "tokens 5",
	"expired": "tokens 5", "wrong-state": "tokens 5", "no-state": "tokens 5", "wrong-iss-parameter": "tokens 5", "wrong-token-type": "tokens 5",
	"no-access-token": "tokens 5", "no-id-token": "tokens 5", "surplus-code": "tokens 5", "duplicate-parameter": "tokens 5", "two-channels": "tokens 5",
	"wrong-acr": "tokens 5", "old-auth-time": "tokens 5",
	"clock-ahead": "clock 5", "clock-behind": "clock 5",
	"lock-out": "sign_on 3", "cool-down": "steps 3", "passcode-gone": "steps", "flow-expired": "sign_on 3",
	"unknown-status": "steps 0", "foreign-action-link": "steps 3", "foreign-resume-url": "resume 3", "resume-elsewhere": "resume 3",
	"error-beside-tokens": "resume 3", "no-flow-id": "sign_on_page 3", "scope-narrowed": "granted_scope 0", "userinfo-other-sub": "userinfo 5",
	"access-denied": "access 3", "access-token-off": "response_type 3", "id-token-off": "response_type 3", "implicit-off": "response_type 3",
	"application-disabled": "client 3", "unknown-client": "client 3", "unknown-environment": "discovery 3", "custom-domain-issuer": "issuer 5",
	"par-required": "par 3", "redirect-uri-missing": "redirect_uri 3", "multiple-resources": "scope 3", "scope-refused": "scope 3",
	"davinci-timed-out": "request 3", "no-keys": "keys 5", "attribute-missing": "resume 3", "cookie-lost": "resume 3", "resume-refused": "resume 3",
	"resume-unfinished": "resume 3", "userinfo-refused": "userinfo 3", "mfa-required": "steps 3", "access-failed": "steps 3", "session-mismatch": "steps 3",
	"action-refused": "sign_on 3", "credentials-refused": "sign_on 3", "flow-fails": "sign_on 3", "media-type-refused": "sign_on 3",
	"agreement-required": "steps 0", "external-sign-on": "steps 0", "must-change-password": "steps 0", "password-expired": "steps 0",
	"profile-required": "steps 0", "davinci-policy": "policy 0",
	"identifier-first":     "-",                         // the terminal answers it
	"new-password-refused": "-",                         // no new password is sent
	"no-origins":           "-", "signoff-refused": "-", // for pages, and for logout
	"rotated-key": "-", "userinfo-jwt": "-", // the client handles both
	"session-gone": "-", "session-other-user": "-", // doctor has no session
	"login-form-307": "-", // of the browser's page
}

// remedies are what a failed finding says to change, by its name and exit status.
var remedies = map[string][]string{
	"discovery 3": {"environment ID", "no proxy answers"}, "keys 3": {"--auth-url", "no proxy answers"}, "keys 5": {"not a key set", "Key Pairs"}, "keys 6": {"later", "network"},
	"response_type 3": {"Response Types"}, "redirect_uri 3": {"Redirect URIs"}, "scope 3": {"Resources tab"}, "par 3": {"PAR"}, "issuer 5": {"--auth-url"}, "access 3": {"Access tab"},
	"client 3": {"client ID, and that the application is enabled"}, "steps 3": {"again", "pair a device", "Authorization header", "--method POST", "wait", "--auth-url", "custom domain", "later"}, "steps 6": {"later", "start again", "again"},
	"sign_on 3": {"again", "user name and password", "Access tab", "Content-Type", "--method POST", "--auth-url", "no proxy answers", "unlock the user"}, "sign_on 6": {"later", "network"},
	"resume 3": {"again", "--method POST", "required attribute", "--auth-url", "no proxy", "cookie ST"}, "resume 6": {"later", "network"},
	"userinfo 3": {"scope openid"}, "userinfo 5": {"never use"}, "userinfo 6": {"later", "network"}, "rate_limit 6": {"wait", "later", "try again"},
	"connection 3": {"no proxy answers"}, "connection 6": {"network", "--timeout"}, "request 3": {"no proxy", "DaVinci", "--method POST"}, "request 6": {"network", "--timeout"},
	"edge 3": {"--auth-url"}, "edge 6": {"later"}, "sign_on_page 3": {"flowId"}, "tokens 5": {"never use"}, "clock 5": {"clock"},
}

func TestEveryFault(t *testing.T) {
	if testing.Short() {
		t.Skip("each fault is a run")
	}
	for _, sw := range sandbox.Switches() {
		if sw.Group != "fault" {
			continue
		}
		if len(sw.Legs) == 0 {
			want, ok := faults[sw.Name]
			if !ok {
				t.Errorf("%s: add to faults what doctor finds, or \"-\" and why not", sw.Name)
				continue
			}
			t.Run(sw.Name, func(t *testing.T) { tryFault(t, sw.Name, "", want) })
			continue
		}
		cells := strings.Split(legFaults[sw.Name], ", ")
		if len(cells) != len(legs) {
			t.Errorf("%s: add to legFaults what doctor finds on each leg", sw.Name)
			continue
		}
		for i, leg := range legs {
			if slices.Contains(sw.Legs, leg) {
				t.Run(sw.Name+":"+leg, func(t *testing.T) { tryFault(t, sw.Name+":"+leg, leg, cells[i]) })
			}
		}
	}
}

func tryFault(t *testing.T, name, leg, want string) {
	p := newPatient(t, name).withPassword().set("scope", "openid profile")
	switch name {
	case "wrong-acr":
		p.set("acr-values", "Single_Factor")
	case "old-auth-time":
		p.set("max-age", "60")
	case "cool-down", "passcode-gone", "session-mismatch":
		p.of("MFA").withPasscode(t)
	}
	report, run := p.examine(t)
	checkBudget(t, run)
	i := slices.IndexFunc(report.Findings, func(f Finding) bool {
		return f.Status == Failed || f.Status == Warning
	})
	if i < 0 {
		if want != "-" {
			t.Fatalf("nothing found, expected %s", want)
		}
		return
	}
	f := report.Findings[i]
	if got := fmt.Sprintf("%s %d", f.Name, f.Exit); got != want && f.Name != want {
		t.Fatalf("expected %s, found %s: %s", want, got, f.Saw)
	}
	if report.Exit != f.Exit {
		t.Errorf("exit status %d", report.Exit)
	}
	if hop := hopOf(leg, f.Name); hop != "" && hop != f.Hop {
		t.Errorf("expected the hop %s, found %s", hop, f.Hop)
	}
	if f.Status == Failed && !slices.ContainsFunc(remedies[fmt.Sprintf("%s %d", f.Name, f.Exit)], func(words string) bool { return strings.Contains(f.Change, words) }) {
		t.Errorf("%s says to change %q", want, f.Change)
	}
}

func hopOf(leg, name string) Hop {
	switch leg {
	case "":
		return ""
	case "discovery":
		if name == "discovery" {
			return HopProvider
		}
		return HopNetwork
	case "jwks":
		return HopProvider
	case "authorize":
		return HopApplication
	}
	return HopSignOn
}

func checkBudget(t *testing.T, run *Run) {
	t.Helper()
	for _, part := range []Part{Anonymous, SignedOn, Regions} {
		if run.Budget.Sent(part) > part.Max() {
			t.Errorf("%d requests of at most %d", run.Budget.Sent(part), part.Max())
		}
	}
}

// withPasscode signs on as the user with an authenticator app.
func (p *patient) withPasscode(t *testing.T) *patient {
	for _, u := range p.Settings().Users {
		if u.Username != "totp" {
			continue
		}
		p.user, p.password = u.Username, u.Password
		var err error
		if p.totp, err = passcode.ParseTOTP(implicit.NewSecret(u.TOTPSecret)); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// TestEveryReading requires that no reading of PingOne's documentation looks like a
// failure.
func TestEveryReading(t *testing.T) {
	if testing.Short() {
		t.Skip("each reading is a run")
	}
	for _, sw := range sandbox.Switches() {
		if sw.Group != "reading" || sw.Name == "no-at-hash" { // which no sign-on accepts: OpenID Connect Core section 3.2.2.9
			continue
		}
		t.Run(sw.Name, func(t *testing.T) {
			for _, mode := range []string{"fragment", "pi.flow"} {
				report, run := newPatient(t, sw.Name).withPassword().set("response-mode", mode).examine(t)
				checkBudget(t, run)
				for _, f := range failures(report) {
					t.Errorf("%s: %s %s: %s", mode, f.Hop, f.Name, f.Saw)
				}
			}
		})
	}
}
