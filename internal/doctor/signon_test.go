package doctor

import (
	"net/http"
	"slices"
	"testing"
)

func named(t *testing.T, r Report, name string) Finding {
	t.Helper()
	i := slices.IndexFunc(r.Findings, func(f Finding) bool { return f.Name == name })
	if i < 0 {
		t.Fatalf("no finding %s: %+v", name, r.Findings)
	}
	return r.Findings[i]
}

func TestSignOnFindings(t *testing.T) {
	for _, row := range []struct {
		application, user, finding string
		status                     Status
		exit                       int
	}{
		{"Plain", "plain", "sign_on", OK, 0},
		{"Plain", "no-such-user", "sign_on", Failed, 3},
		{"Staff", "plain", "access", Failed, 3},
		{"MFA", "plain", "steps", Failed, 3},           // without a device
		{"MFA", "totp", "steps", Warning, 0},           // without a passcode
		{"External IdP", "plain", "steps", Warning, 0}, // a browser can
		{"DaVinci", "plain", "policy", Warning, 0},     // a browser can
		{"Agreement", "plain", "steps", Warning, 0},    // a user can
		{"Identifier First", "plain", "steps", OK, 0},  // two actions
		{"Token Only", "plain", "sign_on", Skipped, 0}, // no password is sent to no purpose
		{"Custom Sign-On", "plain", "sign_on", OK, 0},  // the flow ID is enough
		{"Registration", "plain", "granted_scope", OK, 0},
	} {
		t.Run(row.application+" "+row.user, func(t *testing.T) {
			p := newPatient(t).of(row.application)
			p.user, p.password = row.user, "fake-password-1"
			for _, u := range p.Settings().Users {
				if u.Username == row.user {
					p.password = u.Password
				}
			}
			report, run := p.examine(t)
			checkBudget(t, run)
			if f := named(t, report, row.finding); f.Status != row.status || f.Exit != row.exit {
				t.Errorf("%+v", f)
			}
		})
	}
}

func TestPasswordIsSentOnce(t *testing.T) {
	for _, switches := range [][]string{nil, {"lock-out"}, {"bad-credentials-code"}, {"bad-credentials-200"}, {"html-502:action"}, {"reset:action"}, {"lockout-in-flow", "lock-out"}} {
		p := newPatient(t, switches...).withPassword()
		p.both = true
		if switches != nil {
			p.password = "wrong"
		}
		p.examine(t)
		sent, want := p.count(http.MethodPost, "/flows/"), 1
		if switches == nil {
			want = 2 // both methods
		}
		if sent != want {
			t.Errorf("%v: the password was sent %d times", switches, sent)
		}
	}
}

func TestBothMethods(t *testing.T) {
	p := newPatient(t).withPassword()
	p.both = true
	report, run := p.examine(t)
	checkBudget(t, run)
	if f := named(t, report, "second_method"); f.Status != OK {
		t.Errorf("%+v", f)
	}
	p = newPatient(t).of("MFA").withPasscode(t)
	p.both = true
	report, run = p.examine(t)
	checkBudget(t, run)
	if f := named(t, report, "second_method"); f.Status != Skipped || p.count(http.MethodPost, "/flows/") != 2 {
		t.Errorf("with a second factor: %+v", f)
	}
}

func TestWithoutCredentialNothingIsClaimedOfUsers(t *testing.T) {
	report, run := newPatient(t).examine(t)
	if f := named(t, report, "sign_on"); f.Status != Skipped || run.Budget.Sent(SignedOn) != 0 {
		t.Errorf("%+v", f)
	}
	for _, name := range []string{"client", "redirect_uri", "response_type"} {
		if f := named(t, report, name); f.Status != OK {
			t.Errorf("%+v", f)
		}
	}
}
