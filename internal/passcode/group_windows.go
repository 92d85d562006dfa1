package passcode

import "os/exec"

// ownGroup does nothing: Windows ends no processes by groups.
func ownGroup(*exec.Cmd) {}

func killGroup(cmd *exec.Cmd) { _ = cmd.Process.Kill() }
