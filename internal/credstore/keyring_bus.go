//go:build unix && !darwin

package credstore

import (
	"errors"
	"fmt"
	"os"

	ss "github.com/zalando/go-keyring/secret_service"
)

// reachable says why the Secret Service of this session cannot be used, where
// that can be told without side effects: the library would start a bus of its
// own where there is none, and put up a dialog where the collection is locked,
// which no user sees on a server or answers within the deadline.
func reachable() error {
	if !hasBus() {
		return errors.New("there is no D-Bus session")
	}
	svc, err := ss.NewSecretService()
	if err != nil {
		return fmt.Errorf("connect to the D-Bus session: %w", err)
	}
	locked, err := svc.GetLoginCollection().GetProperty("org.freedesktop.Secret.Collection.Locked")
	if err != nil {
		return fmt.Errorf("ask the Secret Service: %w", err)
	}
	if locked.Value() == true {
		return errors.New("it is locked")
	}
	return nil
}

// hasBus looks for a session bus where the library does.
func hasBus() bool {
	if address := os.Getenv("DBUS_SESSION_BUS_ADDRESS"); address != "" && address != "autolaunch:" {
		return true
	}
	for _, name := range []string{"bus", "dbus-session"} {
		if _, err := os.Stat(fmt.Sprintf("/run/user/%d/%s", os.Getuid(), name)); err == nil {
			return true
		}
	}
	return false
}
