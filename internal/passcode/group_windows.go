package passcode

import "os/exec"

// ownGroup does nothing: Windows has no process groups to end.
func ownGroup(*exec.Cmd) {}

func killGroup(cmd *exec.Cmd) { _ = cmd.Process.Kill() }
