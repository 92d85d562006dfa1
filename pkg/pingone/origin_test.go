package pingone

import (
	"net/url"
	"testing"
)

func TestEnvironmentHolds(t *testing.T) {
	const other = "11111111-2222-4333-8444-555555555555"
	regional, domain := "https://auth.pingone.eu/"+envID, "https://login.example.com"
	rows := []struct {
		base, address string
		want          bool
	}{
		{regional, regional + "/as/resume?flowId=x", true},
		{regional, "HTTPS://AUTH.pingone.eu:443/8F1C2D3E-4A5B-4C6D-8E7F-90A1B2C3D4E5/flows/x", true},
		{regional, "https://auth.pingone.eu/%38f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e5/flows/x", true}, // decoded once
		{regional, regional, true},
		{regional, "https://auth.pingone.eu/" + other + "/as/resume", false},
		{regional, "https://auth.pingone.eu/as/resume", false},
		{regional, "https://auth.pingone.eu/", false},
		{regional, regional + "x/as/resume", false},
		{regional, "http://auth.pingone.eu/" + envID + "/as/resume", false},
		{regional, "https://auth.pingone.eu:444/" + envID + "/as/resume", false},
		{regional, "https://u@auth.pingone.eu/" + envID + "/as/resume", false},
		{regional, regional + "/../" + other + "/as/resume", false},
		{regional, regional + "/./as/resume", false},
		{regional, regional + "/as/..", false},
		{regional, regional + "/..;/" + other, false},
		{regional, regional + "/%2e%2e/" + other, false},
		{regional, regional + "/.%2E/" + other, false},
		{regional, regional + "/%252e%252e/" + other, false},
		{regional, regional + "%2fas/resume", false},
		{regional, regional + "/..%2F" + other, false},
		{regional, regional + "/as%252fresume", false},
		{regional, regional + `/..\` + other, false},
		{regional, regional + "/..%5c" + other, false},
		{regional, regional + "//as/resume", false},
		{regional, "https://auth.pingone.eu//" + envID + "/as/resume", false},
		{domain, domain + "/as/resume?flowId=x", true},
		{domain, domain + "/flows/" + other, true},
		{domain, domain + "/" + other + "/as/resume", false},
		{domain, domain + "/%31%31111111-2222-4333-8444-555555555555/as/resume", false},
		{domain, domain + "/as/../" + other, false},
		{domain, "https://auth.pingone.eu/" + envID + "/as/resume", false},
	}
	for _, row := range rows {
		env, err := ParseEnvironment(row.base)
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(row.address)
		if err != nil {
			t.Fatal(err)
		}
		if got := env.holds(u); got != row.want {
			t.Errorf("%s holds %s: %v", row.base, row.address, got)
		}
	}
}
