package prompt

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/internal/passcode"
	"github.com/implicit-cli/implicit/internal/state"
	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

func asks(status string, fields ...pingone.Field) pingone.Question {
	return pingone.Question{Flow: &pingone.Flow{ID: "F", Status: status}, Fields: fields, Attempt: 1}
}

// Without a terminal, what is missing is named with its variable and its flag.
func TestMissingInputsAreNamed(t *testing.T) {
	for field, names := range map[pingone.Field][]string{
		pingone.FieldUsername:         {"IMPLICIT_USERNAME"},
		pingone.FieldPassword:         {"IMPLICIT_PASSWORD", "--password-file"},
		pingone.FieldNewPassword:      {"IMPLICIT_NEW_PASSWORD_FILE", "--new-password-file"},
		pingone.FieldPasscode:         {"IMPLICIT_TOTP_SECRET", "--totp-secret-file", "IMPLICIT_OTP_COMMAND", "--otp-command"},
		pingone.FieldDevice:           {"IMPLICIT_DEVICE", "--device"},
		pingone.FieldAccept:           {"IMPLICIT_ACCEPT_AGREEMENT", "--accept-agreement"},
		pingone.FieldRecoveryCode:     {"implicit flow submit", "--fields-stdin"},
		pingone.FieldVerificationCode: {"implicit flow submit", "--fields-stdin"},
		"name.given":                  {"IMPLICIT_PROFILE_DATA", "--profile-data", "name.given=VALUE"},
	} {
		_, err := new(Credentials).Answer(t.Context(), asks("X", field))
		var missing *MissingError
		if !errors.As(err, &missing) || missing.Kind() != "person_needed" || missing.Code() != string(field) {
			t.Errorf("%s: %v", field, err)
			continue
		}
		for _, name := range names {
			if hint := missing.HintFor(true, false); !strings.Contains(hint, name) {
				t.Errorf("%s: the hint lacks %s: %s", field, name, hint)
			}
		}
	}
}

func TestWhatWasGivenIsGivenOnce(t *testing.T) {
	c := &Credentials{Username: "jane", Password: implicit.NewSecret("secret"), Terminal: &Terminal{}}
	q := asks("USERNAME_PASSWORD_REQUIRED", pingone.FieldUsername, pingone.FieldPassword)
	a, err := c.Answer(t.Context(), q)
	if err != nil || a.Values[pingone.FieldUsername].Reveal() != "jane" || a.Values[pingone.FieldPassword].Reveal() != "secret" {
		t.Fatalf("%v, %v", a, err)
	}
	q.Refused = errors.New("wrong")
	if _, err := c.Answer(t.Context(), q); !errors.Is(err, q.Refused) {
		t.Errorf("got %v", err)
	}
}

func secondFactor(t *testing.T, selected string) (*Credentials, pingone.Question) {
	t.Helper()
	totp, err := passcode.ParseTOTP(implicit.NewSecret("GEZDGNBVGY3TQOJQ"))
	if err != nil {
		t.Fatal(err)
	}
	c := &Credentials{TOTP: totp, Once: &passcode.Once{Dir: state.At(t.TempDir()), Now: func() time.Time { return time.Unix(3000, 0) },
		Sleep: func(context.Context, time.Duration) error { return nil }, Wait: time.Minute, Say: func(string, ...any) {}, Warn: t.Errorf}}
	q := asks("OTP_REQUIRED", pingone.FieldPasscode)
	q.Flow.SelectedDevice = selected
	q.Flow.Devices = []pingone.Device{{ID: "1", Type: "SMS", Address: "*****42"}, {ID: "2", Type: "TOTP"}}
	return c, q
}

func TestTheCodeOfAnAuthenticatorAppIsForItAlone(t *testing.T) {
	c, q := secondFactor(t, "2")
	if a, err := c.Answer(t.Context(), q); err != nil || !passcode.Valid(a.Values[pingone.FieldPasscode].Reveal()) {
		t.Errorf("%v, %v", a, err)
	}
	c, q = secondFactor(t, "1")
	if _, err := c.Answer(t.Context(), q); err == nil || !strings.Contains(err.Error(), "SMS *****42") {
		t.Errorf("got %v", err)
	}
	c, q = secondFactor(t, "1")
	q.Instead = []pingone.Choice{pingone.OtherDevice}
	if a, err := c.Answer(t.Context(), q); err != nil || a.Choice != pingone.OtherDevice || a.Values[pingone.FieldDevice].Reveal() != "2" {
		t.Errorf("%v, %v", a, err)
	}
}

func TestTheGivenDevice(t *testing.T) {
	c, q := secondFactor(t, "2")
	c.Device, q.Instead = "sms", []pingone.Choice{pingone.OtherDevice}
	if a, err := c.Answer(t.Context(), q); err != nil || a.Choice != pingone.OtherDevice || a.Values[pingone.FieldDevice].Reveal() != "1" {
		t.Errorf("%v, %v", a, err)
	}
	c, q = secondFactor(t, "2")
	c.Device, q.Instead = "fax", []pingone.Choice{pingone.OtherDevice}
	if _, err := c.Answer(t.Context(), q); err == nil || !strings.Contains(err.Error(), "fax") {
		t.Errorf("got %v", err)
	}
}

// The clocks differ: that is said before the code is spent.
func TestAClockThatIsWrong(t *testing.T) {
	for ahead, says := range map[time.Duration]string{time.Minute: "1 minute behind", -time.Hour: "60 minutes ahead of", 10 * time.Second: ""} {
		c, q := secondFactor(t, "2")
		said := ""
		c.Offset = func() (time.Duration, bool) { return ahead, true }
		c.Warn = func(format string, args ...any) {
			for _, arg := range args {
				said += arg.(string) + " "
			}
		}
		if _, err := c.Answer(t.Context(), q); err != nil || strings.TrimSpace(said) != says {
			t.Errorf("%v: said %q, %v", ahead, said, err)
		}
	}
}

// The password is the old one only where the new one was taken.
func TestTheWarningOfANewPassword(t *testing.T) {
	for _, refused := range []error{nil, errors.New("weak")} {
		warned := 0
		c := &Credentials{Password: implicit.NewSecret("old"), NewPassword: implicit.NewSecret("new"), Warn: func(string, ...any) { warned++ }}
		q := asks("PASSWORD_EXPIRED", pingone.FieldPassword, pingone.FieldNewPassword)
		if _, err := c.Answer(t.Context(), q); err != nil || warned != 0 {
			t.Fatal(err)
		}
		if q.Refused = refused; refused != nil {
			_, _ = c.Answer(t.Context(), q)
		}
		c.Completed()
		if (warned == 1) != (refused == nil) {
			t.Errorf("refused %v: warned %d times", refused, warned)
		}
	}
}
