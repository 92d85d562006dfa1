package pingone

import (
	"net/url"
	"testing"
)

const envID = "8f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e5"

func TestRegions(t *testing.T) {
	for name, host := range map[string]string{
		"NA": "com", "CA": "ca", "EU": "eu", "AU": "com.au", "SG": "sg", "AP": "asia",
		"com": "com", "ca": "ca", "eu": "eu", "com.au": "com.au", "sg": "sg", "asia": "asia", "na": "com", "Com.Au": "com.au",
	} {
		env, err := NewEnvironment(name, envID)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if want := "https://auth.pingone." + host + "/" + envID; env.AuthURL() != want {
			t.Errorf("%s: %s, expected %s", name, env.AuthURL(), want)
		}
	}
	for _, name := range []string{"", "US", "australia", "auth.pingone.eu", "eu ", ".eu"} {
		if env, err := NewEnvironment(name, envID); err == nil {
			t.Errorf("the region %q is taken: %s", name, env.AuthURL())
		}
	}
}

func TestEnvironmentIDs(t *testing.T) {
	env, err := NewEnvironment("EU", "8F1C2D3E-4A5B-4C6D-8E7F-90A1B2C3D4E5")
	if err != nil || env.id != envID {
		t.Errorf("capitals: %q, %v", env.id, err)
	}
	for _, id := range []string{"", "mine", envID[:35], envID + "0", envID + "/as", "{" + envID + "}", " " + envID, envID + "\n", "../" + envID} {
		if env, err := NewEnvironment("EU", id); err == nil {
			t.Errorf("the environment ID %q is taken: %s", id, env.AuthURL())
		}
	}
}

func TestParseEnvironment(t *testing.T) {
	rows := []struct{ name, raw, base string }{
		{"custom domain", "https://login.example.com", "https://login.example.com"},
		{"custom domain with a slash", "https://login.example.com/", "https://login.example.com"},
		{"custom domain in capitals", "HTTPS://Login.Example.COM", "https://login.example.com"},
		{"custom domain with a port", "https://login.example.com:8443", "https://login.example.com:8443"},
		{"regional host with the environment", "https://auth.pingone.eu/" + envID, "https://auth.pingone.eu/" + envID},
		{"regional host with a slash", "https://auth.pingone.eu/" + envID + "/", "https://auth.pingone.eu/" + envID},
		{"loopback over http", "http://127.0.0.1:8080/" + envID, "http://127.0.0.1:8080/" + envID},
		{"loopback by its name", "http://localhost:8080", "http://localhost:8080"},
		{"loopback of IPv6", "http://[::1]:8080", "http://[::1]:8080"},
		{"the default port", "https://login.example.com:443", "https://login.example.com"},
		{"the default port with zeros", "https://login.example.com:0443/", "https://login.example.com"},
		{"an empty port", "https://login.example.com:/", "https://login.example.com"},
		{"the default port of http", "http://127.0.0.1:80", "http://127.0.0.1"},
		{"https on http's port", "https://login.example.com:80", "https://login.example.com:80"},
		{"a dot at the end", "https://auth.pingone.eu./" + envID, "https://auth.pingone.eu/" + envID},
		{"an international name in ASCII", "https://xn--lgin-5qa.example.com", "https://xn--lgin-5qa.example.com"},
		{"an international name", "https://lögin.example.com", ""},
		{"an international name, escaped", "https://l%C3%B6gin.example.com", ""},
		{"a dot alone", "https://.", ""},
		{"regional host with a dot, without the environment", "https://auth.pingone.eu.", ""},
		{"nothing", "", ""},
		{"a host alone", "login.example.com", ""},
		{"plain http", "http://login.example.com", ""},
		{"http on a host that begins like loopback", "http://127.0.0.1.example.com", ""},
		{"the API's /v1", "https://auth.pingone.eu/v1", ""},
		{"the environment and /v1", "https://auth.pingone.eu/" + envID + "/v1", ""},
		{"the issuer", "https://auth.pingone.eu/" + envID + "/as", ""},
		{"a custom domain's issuer", "https://login.example.com/as", ""},
		{"regional host without the environment", "https://auth.pingone.eu", ""},
		{"regional host in capitals without the environment", "https://AUTH.PingOne.eu", ""},
		{"with a query", "https://login.example.com?x=1", ""},
		{"with an empty query", "https://login.example.com?", ""},
		{"with a fragment", "https://login.example.com#x", ""},
		{"with a user", "https://me@login.example.com", ""},
		{"with a space", "https://login.example.com /", ""},
		{"another scheme", "ftp://login.example.com", ""},
		{"the environment escaped", "https://auth.pingone.eu/%38f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e5", ""},
		{"two environments", "https://auth.pingone.eu/" + envID + "/" + envID, ""},
	}
	for _, row := range rows {
		env, err := ParseEnvironment(row.raw)
		if row.base == "" && err == nil || row.base != "" && (err != nil || env.AuthURL() != row.base) {
			t.Errorf("%s: %q gives %q, %v; expected %q", row.name, row.raw, env.AuthURL(), err, row.base)
		}
	}
}

func TestAddresses(t *testing.T) {
	for _, base := range []string{"https://auth.pingone.com.au/" + envID, "https://login.example.com"} {
		env, err := ParseEnvironment(base)
		if err != nil {
			t.Fatal(err)
		}
		for path, got := range map[string]string{
			"/as": env.Issuer(), "/as/authorize": env.Provider().AuthorizationEndpoint, "/as/jwks": env.Provider().JWKSURI, "/as/userinfo": env.Provider().UserInfoEndpoint,
			"/as/resume?flowId=f": env.resumeURL("f"), "/flows/f": env.flowURL("f"), "/as/signoff": env.signOffURL(),
			"/as/idpSignoff":             env.idpSignOffURL(),
			"/as/resume?flowId=a%26b%2F": env.resumeURL("a&b/"), "/flows/a%2Fb%3F": env.flowURL("a/b?"),
		} {
			if got != base+path {
				t.Errorf("%s, expected %s", got, base+path)
			}
		}
	}
}

// Only the auth origin itself gets cookies and credentials.
func TestSameOrigin(t *testing.T) {
	env, err := ParseEnvironment("https://auth.pingone.eu/" + envID)
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]bool{
		"https://auth.pingone.eu/flows/f": true, "https://auth.pingone.eu:443/": true, "HTTPS://AUTH.PINGONE.EU/x": true,
		"https://auth.pingone.eu:8443/":     false,
		"http://auth.pingone.eu/":           false,
		"http://auth.pingone.eu:443/":       false,
		"https://auth.pingone.eu.evil.com/": false,
		"https://auth.pingone.eu@evil.com/": false,
		"https://me@auth.pingone.eu/":       false,
		"https://evil.com/auth.pingone.eu":  false,
		"https://auth.pingone.com/":         false,
		"https://auth.pingone.eu./":         false,
		"//auth.pingone.eu/":                false,
		"/flows/f":                          false,
		"":                                  false,
		"javascript:alert(1)":               false,
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if got := env.sameOrigin(u); got != want {
			t.Errorf("%q is on the auth origin: %v", address, got)
		}
	}
}
