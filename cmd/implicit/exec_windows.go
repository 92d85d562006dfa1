package main

import "os"

// forwarded are the signals that are caught so that the child may act on them:
// the console sends Ctrl-C to it too.
func forwarded() []os.Signal { return []os.Signal{os.Interrupt} }

func sentToGroup(os.Signal) bool { return true }

func exitStatus(s *os.ProcessState) int { return s.ExitCode() }
