package proxy

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// AddressError says why an address given to the proxy cannot be used.
type AddressError struct {
	Flag    string // --to, --allow-origin or --listen
	Value   string // as given, without what may be a password
	Problem string // what was expected
}

func (e *AddressError) Error() string { return fmt.Sprintf("%s %q: %s", e.Flag, e.Value, e.Problem) }

// Kind is "usage".
func (e *AddressError) Kind() string { return "usage" }

// ParseTarget reads the address that requests are sent to: one origin and the
// beginning of a path, https, or http on this machine. The error is an
// [*AddressError].
func ParseTarget(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	problem := ""
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "":
		return nil, &AddressError{"--to", "…", "expected an address such as https://api.example.com/v1"}
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || strings.Contains(raw, "#"):
		problem = "expected no user name, query or fragment"
	case u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())):
		problem = "expected https; http is for this machine alone, and anyone on the way could read the token"
	case pathProblem(u.EscapedPath()) != "":
		problem = pathProblem(u.EscapedPath())
	}
	if problem != "" {
		return nil, &AddressError{"--to", u.Redacted(), problem}
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host, Path: strings.TrimSuffix(u.Path, "/"), RawPath: strings.TrimSuffix(u.RawPath, "/")}, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// ParseOrigin reads the origin of a page as a browser sends it (RFC 6454 section
// 6.2). The error is an [*AddressError].
func ParseOrigin(raw string) (string, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || raw != u.Scheme+"://"+u.Host || raw != strings.ToLower(raw) {
		return "", &AddressError{"--allow-origin", raw, "expected the origin of a page such as http://localhost:3000, in lower case and without a path"}
	}
	return raw, nil
}

// CheckListen refuses what is not an IP address on loopback and a port, 0 for a free
// one. The name localhost is two addresses, of which another user may have one. The
// error is an [*AddressError].
func CheckListen(address string) error {
	host, port, err := net.SplitHostPort(address)
	_, errPort := strconv.ParseUint(port, 10, 16)
	if ip := net.ParseIP(host); err != nil || errPort != nil || ip == nil || !ip.IsLoopback() {
		return &AddressError{"--listen", address, "expected an address on loopback and a port, such as 127.0.0.1:8080"}
	}
	return nil
}

// pathProblem says what of an encoded path could lead out of the prefix at one of the
// servers and decoders behind it; empty: nothing. It decodes as often as it can.
func pathProblem(raw string) string {
	path := strings.ToLower(raw)
	for again := true; again; {
		decoded := strings.ReplaceAll(path, "%25", "%")
		again, path = decoded != path, decoded
	}
	switch {
	case strings.Contains(path, "//"):
		return "the path has an empty segment"
	case strings.Contains(path, `\`) || strings.Contains(path, "%5c"):
		return "the path has a backslash"
	case strings.Contains(path, "%2f"):
		return "the path has an encoded slash"
	case strings.Contains(path, "%2e"):
		return "the path has an encoded dot"
	case strings.Contains(path, "%00"):
		return "the path has a NUL"
	case slices.ContainsFunc(strings.Split(path, "/"), isDots):
		return "the path has a segment . or .."
	}
	return ""
}

// isDots looks at what is before a semicolon too: some servers drop what follows.
func isDots(segment string) bool {
	name, _, _ := strings.Cut(segment, ";")
	return name == "." || name == ".."
}
