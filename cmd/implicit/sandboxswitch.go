package main

import (
	"bytes"
	"errors"
	"io"

	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"
)

// A user wants to see what a sign-on does when PingOne behaves in another way.

const switchFlag = "switch"

func addSwitchFlag(fs *pflag.FlagSet) {
	fs.StringArray(switchFlag, nil, "`NAME` with --sandbox: reading or fault to turn on, as in implicit sandbox list switches; repeatable")
}

// sandboxSwitches are those that the command's flag turns on; none where it has no
// such flag.
func sandboxSwitches(fs *pflag.FlagSet) ([]string, error) {
	if fs == nil || fs.Lookup(switchFlag) == nil {
		return nil, nil
	}
	names, err := fs.GetStringArray(switchFlag)
	if err != nil {
		return nil, err
	}
	return names, checkSwitches(names)
}

// maxTenant is how long the file of --tenant may be, in bytes.
const maxTenant = 64 << 10

// tenant is a PingOne that the sandbox can behave like, as implicit doctor --fit
// writes it.
type tenant struct {
	Switches []string `yaml:"switches"`
}

// readTenant returns the switches of a tenant file, in YAML or JSON. A member that is
// not known is an error: the sandbox would not behave as the file says.
func (a *app) readTenant(name string) ([]string, error) {
	text, err := a.readFile(name, maxTenant)
	if err != nil {
		return nil, err
	}
	var t tenant
	in := yaml.NewDecoder(bytes.NewReader(text))
	in.KnownFields(true)
	err = in.Decode(&t)
	if errors.Is(err, io.EOF) {
		err = errors.New("the file is empty")
	}
	if err != nil {
		return nil, usagef("--tenant: expected a list of switches, as implicit doctor --fit writes it: %w", err)
	}
	return t.Switches, nil
}
