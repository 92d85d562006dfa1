package proxy

import (
	"errors"
	"strings"
	"testing"
)

func TestTargets(t *testing.T) {
	for _, row := range []struct {
		raw, want string // empty: refused
	}{
		{"https://api.example.com", "https://api.example.com"},
		{"https://api.example.com:8443/v1/", "https://api.example.com:8443/v1"},
		{"http://127.0.0.1:8080/a%20b", "http://127.0.0.1:8080/a%20b"},
		{"http://localhost", "http://localhost"},
		{"http://[::1]:8080", "http://[::1]:8080"},
		{"http://api.example.com", ""},
		{"http://localhost.example.com", ""},
		{"https://user:password@api.example.com", ""},
		{"https://api.example.com/v1?x=1", ""},
		{"https://api.example.com/v1?", ""},
		{"https://api.example.com/#", ""},
		{"https://api.example.com/v1/../v2", ""},
		{"https://api.example.com/v1%2fx", ""},
		{"https://api.example.com//v1", ""},
		{"ftp://api.example.com", ""},
		{"api.example.com", ""},
		{"https://", ""},
		{"https://:443", ""},
		{"", ""},
		{":", ""},
	} {
		u, err := ParseTarget(row.raw)
		var refused *AddressError
		switch {
		case row.want == "" && !errors.As(err, &refused):
			t.Errorf("%q was accepted", row.raw)
		case row.want != "" && (err != nil || u.String() != row.want):
			t.Errorf("%q is %v, %v; expected %s", row.raw, u, err, row.want)
		case err != nil && strings.Contains(err.Error(), "password@"):
			t.Errorf("%q: the error repeats the password: %v", row.raw, err)
		}
	}
	for raw, ok := range map[string]bool{"http://localhost:3000": true, "https://app.example": true, "null": false, "*": false, "http://x/": false, "http://X": false, "file://": false, "http://u@x": false} {
		if _, err := ParseOrigin(raw); (err == nil) != ok {
			t.Errorf("the origin %q: %v", raw, err)
		}
	}
	for address, ok := range map[string]bool{"127.0.0.1:0": true, "[::1]:8080": true, "localhost:0": false, "0.0.0.0:0": false, ":0": false, "127.0.0.1": false, "127.0.0.1:http": false} {
		if err := CheckListen(address); (err == nil) != ok {
			t.Errorf("the address %q: %v", address, err)
		}
	}
}
