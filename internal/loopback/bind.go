package loopback

import (
	"errors"
	"fmt"
	"net"
	"runtime"
	"strconv"
	"syscall"
)

// bind opens the sockets of a redirect URI, or of the separate address to listen
// on, and sets the redirect URI's port where it had none.
func bind(at *redirectURI, listen string) (sockets []net.Listener, exposed bool, err error) {
	hosts, port := at.addresses(), at.port
	if listen != "" {
		if hosts, port, err = parseListen(listen); err != nil {
			return nil, false, err
		}
		ip := net.ParseIP(hosts[0])
		exposed = ip == nil || !ip.IsLoopback()
	}
	sockets, err = bindAll(hosts, port)
	if err != nil {
		return nil, false, bindError(err, at, net.JoinHostPort(hosts[0], port), listen != "")
	}
	if at.port == "" && at.scheme == "http" {
		at.port = portOf(sockets[0])
	}
	return sockets, exposed, nil
}

func parseListen(listen string) (hosts []string, port string, err error) {
	host, port, err := net.SplitHostPort(listen)
	_, errPort := strconv.ParseUint(port, 10, 16)
	switch {
	case err != nil || errPort != nil:
	case host == "localhost":
		return []string{"127.0.0.1", "::1"}, port, nil
	case host == "" || net.ParseIP(host) != nil:
		return []string{host}, port, nil
	}
	return nil, "", &AddressError{listen, "expected an address and a port to listen on, such as 0.0.0.0:8080"}
}

// bindAll takes the same port on every host. A free port of the first may be
// taken on the second: then another one is tried.
func bindAll(hosts []string, port string) ([]net.Listener, error) {
	const tries = 20
	free := port == "" || port == "0"
	for try := 1; ; try++ {
		sockets, err := bindOnce(hosts, port, free)
		if err == nil || !free || !busy(err) || try == tries {
			return sockets, err
		}
	}
}

func bindOnce(hosts []string, port string, free bool) (sockets []net.Listener, err error) {
	if free {
		port = "0"
	}
	var missing error
	for _, host := range hosts {
		s, err := net.Listen("tcp", net.JoinHostPort(host, port))
		if err != nil && len(hosts) > 1 && !busy(err) && !errors.Is(err, syscall.EACCES) {
			missing = err // a machine without IPv6, or without IPv4: no other program can have that address either
			continue
		}
		if err != nil {
			for _, open := range sockets {
				open.Close()
			}
			return nil, err
		}
		sockets = append(sockets, s)
		port = portOf(s)
	}
	if len(sockets) == 0 {
		return nil, missing
	}
	return sockets, nil
}

func portOf(s net.Listener) string {
	return strconv.Itoa(s.Addr().(*net.TCPAddr).Port)
}

// busy reports whether another program has the port. Windows has its own numbers,
// which package syscall does not translate.
func busy(err error) bool {
	const inUse, forbidden = syscall.Errno(10048), syscall.Errno(10013)
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return false
	}
	return errno == syscall.EADDRINUSE || runtime.GOOS == "windows" && (errno == inUse || errno == forbidden)
}

// bindError names the address that is busy, which of localhost's two it is.
func bindError(err error, at *redirectURI, address string, separate bool) error {
	var failed *net.OpError
	if errors.As(err, &failed) && failed.Addr != nil {
		address = failed.Addr.String()
	}
	if !busy(err) {
		return fmt.Errorf("listen on %s: %w", address, err)
	}
	e := &PortBusyError{Address: address, Err: err}
	if tcp, ok := failed.Addr.(*net.TCPAddr); ok {
		e.Who = owner(addrPort(tcp))
	}
	if !separate {
		e.PortFree = at.before + bracketed(at.host) + at.after
	}
	return e
}
