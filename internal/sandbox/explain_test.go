package sandbox

import (
	"strings"
	"testing"
)

// A request that matches nothing is explained to who runs the sandbox; the answer
// says what PingOne says.
func TestExplain(t *testing.T) {
	k := newClock()
	var said []string
	tenant := readTenant(t, "applications: [{name: Shop, client_id: shop-spa, redirect_uris: ['http://localhost:8080/cb', 'https://shop.example.com/cb', 'http://127.0.0.1/cb']}, {name: Off, client_id: off, enabled: false}]")
	c := startWith(t, Options{Tenant: tenant, Now: k.now, Explain: func(why string) { said = append(said, why) }}, ListenOptions{}, k)
	for _, row := range []struct{ clientID, redirectURI, want string }{
		{"shop_spa", "x:y", `no application has the client ID "shop_spa"; the closest is "shop-spa", of "Shop"`},
		{"8f1c2d3e", "https://shop.example.com/cb", `the redirect URI is one of "Shop", whose client ID is "shop-spa"`},
		{"8f1c2d3e", "https://other.example.com/cb", "none is similar"},
		{"off", "x:y", `the application "Off" is disabled`},
		{"", "x:y", "no client_id"},
		{"shop-spa", "http://localhost:8081/cb", `the closest is "http://localhost:8080/cb": the port differs (registered "8080", sent "8081")`},
		{"shop-spa", "https://shop.example.com/cb/", `the closest is "https://shop.example.com/cb": the slash at the end differs`},
		{"shop-spa", "http://127.0.0.1:4000/callback", `the closest is "http://127.0.0.1/cb": the path differs (registered "/cb", sent "/callback")`},
		{"shop-spa", "%", "the request's is not a URL"},
	} {
		said = nil
		if r := c.authorize("client_id", row.clientID, "redirect_uri", row.redirectURI); !strings.Contains(r.location(), "/signon/?error=") {
			t.Errorf("%+v: %d %s", row, r.status, r.location())
		}
		if len(said) != 1 || !strings.Contains(said[0], row.want) {
			t.Errorf("%+v: said %q", row, said)
		}
	}
	said = nil
	if c.get(c.srv.URL + "/8f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e5/as/authorize"); len(said) != 1 || !strings.HasSuffix(said[0], "its address is "+c.auth+"/as/authorize") {
		t.Errorf("another environment: said %q", said)
	}
}
