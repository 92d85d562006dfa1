package main

import (
	"github.com/spf13/pflag"
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
