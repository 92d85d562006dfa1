package state

import (
	"slices"
	"testing"
)

func TestChildEnvHoldsNoSecret(t *testing.T) {
	environ := []string{"PATH=/bin", "IMPLICIT_PASSWORD=s", "IMPLICIT_SESSION_TOKEN=s", "IMPLICIT_TOTP_SECRET=s",
		"implicit_password=s", "IMPLICIT_PASSWORD_FILE=/run/secret", "IMPLICIT_NONCE=s", "ACCESS_TOKEN=s", "EMPTY", "IMPLICIT_PROFILE=p=q"}
	want := []string{"PATH=/bin", "IMPLICIT_PASSWORD_FILE=/run/secret", "EMPTY", "IMPLICIT_PROFILE=p=q"}
	before := slices.Clone(environ)
	if got := ChildEnv(environ); !slices.Equal(got, want) || !slices.Equal(environ, before) {
		t.Errorf("got %q of %q, want %q", got, environ, want)
	}
}
