package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// job is a shell with job control that runs one command and, unlike bash, never
// repairs the terminal. A line of input continues a stopped command in the
// foreground, one that says bg in the background.
func job() {
	signal.Ignore(syscall.SIGTTOU)
	cmd := exec.Command(os.Args[1], os.Args[2:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Foreground: true}
	if err := cmd.Start(); err != nil {
		panic(err)
	}
	lines := bufio.NewReader(os.Stdin)
	for child := cmd.Process.Pid; ; {
		var status syscall.WaitStatus
		if _, err := syscall.Wait4(child, &status, syscall.WUNTRACED, nil); err == syscall.EINTR {
			continue
		}
		if !status.Stopped() {
			os.Exit(status.ExitStatus())
		}
		foreground(os.Getpid())
		fmt.Printf("[stopped by %v]\n", status.StopSignal())
		if line, _ := lines.ReadString('\n'); line == "bg\n" {
			fmt.Println("[in the background]")
		} else {
			foreground(child)
		}
		_ = syscall.Kill(-child, syscall.SIGCONT)
	}
}

func foreground(group int) {
	if err := unix.IoctlSetPointerInt(0, unix.TIOCSPGRP, group); err != nil {
		panic(err)
	}
}
