package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/url"

	"github.com/implicit-cli/implicit/internal/control"
	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/internal/sandbox"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// A test adds users, moves the clock and reads what the application sent.

const (
	controlVariable    = "IMPLICIT_SANDBOX_CONTROL"
	controlKeyVariable = "IMPLICIT_SANDBOX_CONTROL_KEY"
)

// serveControl answers the control API until ctx ends, and completes settings. It is
// where clients reach the sandbox, with the same certificate.
func (a *app) serveControl(ctx context.Context, o sandboxOptions, srv *sandbox.Server, settings *sandbox.Settings) (key implicit.Secret, failed <-chan error, err error) {
	if o.control == "" {
		return key, nil, nil
	}
	host, err := controlHost(o)
	if err != nil {
		return key, nil, err
	}
	if key, err = a.controlKey(); err != nil {
		return key, nil, err
	}
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", o.control)
	if err != nil {
		return key, nil, fault.As(fault.Usage, fmt.Errorf("--control: %w", err))
	}
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	scheme := "http"
	if config := srv.TLS(); config != nil {
		scheme, ln = "https", tls.NewListener(ln, &tls.Config{Certificates: config.Certificates, MinVersion: tls.VersionTLS12})
	}
	settings.Control = &sandbox.Control{URL: scheme + "://" + net.JoinHostPort(host, port)}
	if a.getenv(controlKeyVariable) == "" {
		settings.Control.Key = key.Reveal()
	}
	end := make(chan error, 1)
	go func() {
		end <- control.Serve(ctx, ln, srv.Environments(), control.Access{Key: key.Reveal(), Host: host})
	}()
	return key, end, nil
}

// controlHost is the name by which clients reach the API: off loopback that of
// --public-url, as for the sandbox itself.
func controlHost(o sandboxOptions) (string, error) {
	host, _, err := net.SplitHostPort(o.control)
	if err != nil {
		return "", usagef("--control must be host:port: %w", err)
	}
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
		return host, nil
	}
	u, err := url.Parse(o.publicURL)
	if err != nil || u.Hostname() == "" {
		return "", usagef("--control must be on loopback, found %q; another address needs the URL at which clients reach the sandbox (--public-url)", o.control)
	}
	if o.plain {
		return "", usagef("--control needs TLS on another address than loopback, where others could read the key: leave out --http")
	}
	return u.Hostname(), nil
}

// controlKey is the one in the environment, or a new one.
func (a *app) controlKey() (implicit.Secret, error) {
	text := a.getenv(controlKeyVariable)
	var err error
	if text == "" {
		text, err = control.NewKey(a.random)
	} else if err = control.CheckKey(text); err != nil {
		err = fault.As(fault.Usage, fmt.Errorf("%s: %w", controlKeyVariable, err))
	}
	key := implicit.NewSecret(text)
	a.secrets.Add(key)
	return key, err
}
