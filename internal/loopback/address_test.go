package loopback

import (
	"errors"
	"net"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

func TestIsLocal(t *testing.T) {
	for uri, want := range map[string]bool{
		"http://127.0.0.1/callback":         true,
		"http://127.0.0.1:8080/callback":    true,
		"http://127.0.0.1:8080":             true,
		"http://localhost/cb?tenant=1":      true,
		"http://LocalHost:9/cb":             true,
		"http://[::1]:8080/callback":        true,
		"https://127.0.0.1/callback":        false, // no certificate
		"https://localhost:8443/callback":   false,
		"https://app.example.com/callback":  false,
		"http://app.example.com/callback":   false,
		"http://127.0.0.2/callback":         false,
		"http://0.0.0.0:8080/callback":      false,
		"http://127.0.0.1.example/callback": false,
		"http://127.1/callback":             false,
		"http://2130706433/callback":        false,
		"http://[::ffff:127.0.0.1]/cb":      false,
		"http://[fe80::1%25lo]/cb":          false,
		"http://localhost./cb":              false,
		"http://%31%32%37.0.0.1/cb":         false,
		"http://user@127.0.0.1/cb":          false,
		"http://127.0.0.1/cb#x":             false,
		"http://127.0.0.1:0/cb":             false,
		"http://127.0.0.1:65536/cb":         false,
		"http://127.0.0.1:http/cb":          false,
		"com.example.app:/callback":         false,
		"urn:ietf:wg:oauth:2.0:oob":         false,
		"http:///callback":                  false,
		"http://127.0.0.1/ü":                false, // browsers rewrite these
		"http://127.0.0.1/a/../cb":          false,
		"http://127.0.0.1/a/%2E/cb":         false,
		"http://127.0.0.1/cb?a='b'":         false,
		"http://127.0.0.1/cb?a=ü":           false,
		"http://127.0.0.1/{cb}":             false,
		"http://127.0.0.1/cb'":              true,
		"/callback":                         false,
		"":                                  false,
	} {
		if got := IsLocal(uri); got != want {
			t.Errorf("IsLocal(%q) = %v", uri, got)
		}
		if !want {
			l, err := Listen(Options{RedirectURI: uri})
			var problem *AddressError
			if !errors.As(err, &problem) {
				t.Errorf("Listen with %q: expected an AddressError, found %v, %v", uri, l, err)
			}
		}
	}
}

func TestRedirectURIKeepsAllButThePort(t *testing.T) {
	for _, c := range []struct{ uri, before, after string }{
		{"http://127.0.0.1/callback", "http://127.0.0.1:", "/callback"},
		{"http://localhost", "http://localhost:", ""},
		{"http://127.0.0.1/a%2Fb/?tenant=a%20b", "http://127.0.0.1:", "/a%2Fb/?tenant=a%20b"},
		{"http://127.0.0.1?tenant=1", "http://127.0.0.1:", "?tenant=1"},
	} {
		l, err := Listen(Options{RedirectURI: c.uri})
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		if want := c.before + l.at.port + c.after; l.RedirectURI() != want || l.at.port == "" || l.Exposed() {
			t.Errorf("expected %s, found %s, exposed %v", want, l.RedirectURI(), l.Exposed())
		}
		if free, ok := PortFree(l.RedirectURI()); !ok || free != c.uri {
			t.Errorf("expected %s without the port, found %s", c.uri, free)
		}
	}
}

func TestLocalhostIsBothAddresses(t *testing.T) {
	six, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Log("this machine has no IPv6: only the other half is tested")
	} else {
		six.Close()
	}
	lg := startLogin(t, Options{RedirectURI: "http://localhost/callback"}, nil)
	for _, host := range []string{"127.0.0.1", "::1"} {
		conn, err := net.Dial("tcp", net.JoinHostPort(host, lg.at.port))
		if err == nil {
			conn.Close()
		} else if host == "127.0.0.1" || six != nil {
			t.Errorf("expected the listener on %s: %v", host, err)
		}
	}
	lg.completes()
}

func TestAnotherProgramOnOneAddressOfLocalhost(t *testing.T) {
	six, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Log("this machine has no IPv6, so no program can be there")
		return
	}
	defer six.Close()
	_, err = Listen(Options{RedirectURI: "http://localhost:" + portOf(six) + "/callback"})
	var taken *PortBusyError
	if !errors.As(err, &taken) || taken.Address != "[::1]:"+portOf(six) {
		t.Errorf("expected a PortBusyError that names [::1]: the browser may go to either address; found %v", err)
	}
	if runtime.GOOS == "linux" && !strings.Contains(taken.Error(), strconv.Itoa(os.Getpid())) {
		t.Errorf("expected this process to be named, found %v", taken)
	}
}

func TestPortBusy(t *testing.T) {
	s, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	_, err = Listen(Options{RedirectURI: "http://127.0.0.1:" + portOf(s) + "/callback"})
	var taken *PortBusyError
	if !errors.As(err, &taken) {
		t.Fatalf("expected a PortBusyError, found %v", err)
	}
	if taken.PortFree != "http://127.0.0.1/callback" || taken.Address != "127.0.0.1:"+portOf(s) {
		t.Errorf("found %+v", taken)
	}
	if runtime.GOOS == "linux" && !strings.Contains(err.Error(), strconv.Itoa(os.Getpid())) {
		t.Errorf("expected this process to be named, found %v", err)
	}
}

func TestSeparateListen(t *testing.T) {
	for _, c := range []struct {
		name, uri, listen, host string
		exposed                 bool
	}{
		{"container, published port", "http://127.0.0.1:18080/callback", "0.0.0.0:0", "127.0.0.1:18080", true},
		{"all interfaces", "http://127.0.0.1:18080/callback", ":0", "127.0.0.1:18080", true},
		{"behind a proxy with a certificate", "https://dev.example.com/callback", "127.0.0.1:0", "dev.example.com", false},
		{"default port written out", "https://dev.example.com/callback", "127.0.0.1:0", "Dev.Example.com:443", false},
		{"default port written out in the URI", "https://dev.example.com:443/callback", "127.0.0.1:0", "dev.example.com", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			lg := startLogin(t, Options{RedirectURI: c.uri, Listen: c.listen}, nil)
			if lg.RedirectURI() != c.uri || lg.Exposed() != c.exposed {
				t.Errorf("redirect URI %s, exposed %v", lg.RedirectURI(), lg.Exposed())
			}
			_, port, _ := net.SplitHostPort(lg.Addresses()[0].String())
			for host, want := range map[string]int{c.host: http.StatusBadRequest, "127.0.0.1:" + port: http.StatusMisdirectedRequest} {
				req, _ := http.NewRequest("GET", "http://127.0.0.1:"+port+"/callback", nil)
				req.Host = host
				resp, err := (&http.Transport{}).RoundTrip(req)
				if err != nil {
					t.Fatal(err)
				}
				resp.Body.Close()
				if resp.StatusCode != want {
					t.Errorf("Host %s: status %d", host, resp.StatusCode)
				}
			}
		})
	}
	for _, listen := range []string{"8080", "dev.example.com:8080", "0.0.0.0", "127.0.0.1:x", "127.0.0.1:70000", "http://127.0.0.1:1"} {
		var problem *AddressError
		if l, err := Listen(Options{RedirectURI: "http://127.0.0.1/callback", Listen: listen}); !errors.As(err, &problem) {
			t.Errorf("--listen %s: expected an AddressError, found %v, %v", listen, l, err)
		}
	}
	var problem *AddressError
	if _, err := Listen(Options{RedirectURI: "http://dev.example.com/callback", Listen: "127.0.0.1:0"}); !errors.As(err, &problem) {
		t.Errorf("plain http to another machine: expected an AddressError, found %v", err)
	}
}

func TestSeparateListenGivesItsPortToARedirectURIWithoutOne(t *testing.T) {
	lg := startLogin(t, Options{RedirectURI: "http://localhost/callback", Listen: "127.0.0.1:0"}, nil)
	if lg.RedirectURI() != "http://localhost:"+lg.at.port+"/callback" || lg.at.port == "" {
		t.Errorf("found %s", lg.RedirectURI())
	}
}
