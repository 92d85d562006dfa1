package sandbox

import (
	"net/http"
	"strings"
	"testing"
)

// TestEnvironments: each has its own users, keys and journal; one is found by its ID,
// one by the host of its custom domain.
func TestEnvironments(t *testing.T) {
	t.Parallel()
	others := []*Tenant{
		readTenant(t, "name: Staging\nusers: [{username: ada, password: Sandbox-Ada-1}]"),
		readTenant(t, "name: Shop\nenvironment_id: 11111111-2222-4333-8444-555555555555\ncustom_domain: login.shop.example"),
	}
	k := newClock()
	var logged []string
	c := startWith(t, Options{Others: others, Now: k.now, Log: func(e Event) { logged = append(logged, e.EnvironmentID) }}, ListenOptions{}, k)
	boxes := c.srv.Environments()
	staging, shop := boxes[1].Settings(), boxes[2].Settings()
	if !strings.HasPrefix(staging.AuthURL, c.srv.URL+"/") || len(staging.Users) != 1 || !strings.HasPrefix(shop.Issuer, "https://login.shop.example:") {
		t.Fatalf("staging %+v, shop %s", staging, shop.Issuer)
	}
	first := c.auth
	c.auth = staging.AuthURL
	id := c.flowID(c.authorize("client_id", staging.ClientID))
	if r := c.act(id, "usernamePassword.check", credentials{"ada", "Sandbox-Ada-1"}); r.status != 200 {
		t.Errorf("sign-on: %d %s", r.status, r.body)
	}
	_, v := answerOf(t, c.resume(id), "#")
	if iss := c.claims(v.Get("id_token"))["iss"]; iss != staging.Issuer || !c.verify(v.Get("id_token")) {
		t.Errorf("issuer %v, or another key", iss)
	}
	if r := c.get(first + "/flows/" + id); r.status != http.StatusNotFound {
		t.Errorf("the first environment has the flow of another: %d", r.status)
	}
	for box, want := range map[int]int{0: 1, 1: 4, 2: 0} {
		if entries, _ := boxes[box].Journal().Read(JournalFilter{}); len(entries) < want || want == 0 && len(entries) > 0 {
			t.Errorf("environment %d has %d entries", box, len(entries))
		}
	}
	if logged[0] != staging.EnvironmentID || logged[len(logged)-1] != "" {
		t.Errorf("logged %v", logged)
	}

	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.srv.URL+"/as/.well-known/openid-configuration", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = strings.TrimPrefix(shop.AuthURL, "https://")
	resp, err := c.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if entries, _ := boxes[2].Journal().Read(JournalFilter{Leg: legDiscovery}); resp.StatusCode != 200 || len(entries) != 1 {
		t.Errorf("by its host: %d, %d entries", resp.StatusCode, len(entries))
	}

	state, err := c.srv.State()
	if err != nil {
		t.Fatal(err)
	}
	again := startWith(t, Options{Others: others, State: state}, ListenOptions{}, k)
	for i, box := range again.srv.Environments() {
		if got, want := box.KeyIDs(), boxes[i].KeyIDs(); got[0] != want[0] || got[1] != want[1] {
			t.Errorf("environment %d has other keys after a restart", i)
		}
	}
	if _, err := Start(t.Context(), Options{Keys: SharedKeys(), Others: []*Tenant{others[0], others[0]}}, ListenOptions{}); err == nil || !strings.Contains(err.Error(), "environment_id") {
		t.Errorf("twice the same: %v", err)
	}
}
