package main

import (
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets scripts run this program, and puts a proxy in front of every
// host that is not this machine: a test that makes the program reach for one
// fails the whole run.
func TestMain(m *testing.M) {
	testscript.Main(guarded{m}, map[string]func(){"implicit": main, "job": job})
}

// quick is for the processes that tests start: with the race detector each would
// otherwise sleep a second at its end.
const quick = "GORACE=atexit_sleep_ms=0"

type guarded struct{ m *testing.M }

func (g guarded) Run() int {
	catchIgnored()
	_ = flag.Set("test.parallel", "8") // most tests wait; -parallel on the command line wins
	strays, err := trap()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	status := g.m.Run()
	if n := strays.Load(); n > 0 {
		fmt.Fprintf(os.Stderr, "%d calls left this machine for a foreign host\n", n)
		return 1
	}
	return status
}

// catchIgnored catches the signals that the parent of the tests ignores, as
// nohup and a shell's & do: the programs under test would inherit that.
func catchIgnored() {
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGHUP, syscall.SIGQUIT} {
		if signal.Ignored(s) {
			signal.Notify(make(chan os.Signal, 1), s)
		}
	}
}

// trap is a proxy that counts connections and answers none.
func trap() (*atomic.Int64, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	var count atomic.Int64
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			count.Add(1)
			conn.Close()
		}
	}()
	for _, name := range []string{"HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"} {
		if err := os.Setenv(name, "http://"+ln.Addr().String()); err != nil {
			return nil, err
		}
	}
	for _, name := range []string{"NO_PROXY", "no_proxy"} {
		if err := os.Unsetenv(name); err != nil {
			return nil, err
		}
	}
	return &count, nil
}
