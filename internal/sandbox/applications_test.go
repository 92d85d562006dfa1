package sandbox

import (
	"strings"
	"testing"
)

func TestRegisteredApplications(t *testing.T) {
	c := startWith(t, Options{Applications: []Application{
		{Name: "Mine", ClientID: "mine", RedirectURIs: []string{"https://mine.example.com/cb"}, PostLogoutRedirectURIs: []string{"https://mine.example.com/"},
			Origins: []string{"https://*.example.com"}, LoginPageURL: "https://mine.example.com/login"},
		{Name: "Defaults"},
	}}, ListenOptions{}, nil)
	r := c.authorize("client_id", "mine", "redirect_uri", "https://mine.example.com/cb")
	if !strings.HasPrefix(r.location(), "https://mine.example.com/login?environmentId="+EnvironmentID+"&flowId=") {
		t.Errorf("own sign-on page: %d %q", r.status, r.location())
	}
	if r := c.authorize("client_id", "mine"); !strings.Contains(r.location(), "?error=") {
		t.Errorf("a redirect URI of other applications: %d %q", r.status, r.location())
	}
	if r := c.get(c.auth + "/as/signoff?post_logout_redirect_uri=https://mine.example.com/"); r.location() != "https://mine.example.com/" {
		t.Errorf("signoff: %d %q", r.status, r.location())
	}
	apps := c.srv.Settings().Applications
	last := apps[len(apps)-1]
	if r := c.authorize("client_id", last.ClientID); last.Name != "Defaults" || len(last.ClientID) != 36 || !strings.Contains(r.location(), "?flowId=") {
		t.Errorf("application %+v: %q", last, r.location())
	}
	if len(apps) != len(Applications())+2 || c.srv.Settings().ClientID != Applications()[0].ClientID {
		t.Errorf("%d applications, the first one %s", len(apps), c.srv.Settings().ClientID)
	}
	for name, wrong := range map[string]Application{
		"relative redirect URI":  {RedirectURIs: []string{"/callback"}},
		"redirect URI fragment":  {RedirectURIs: []string{"https://app.example.com/#x"}},
		"sign-off URL":           {PostLogoutRedirectURIs: []string{"signed-off"}},
		"origin with a path":     {Origins: []string{"https://app.example.com/"}},
		"origin without scheme":  {Origins: []string{"localhost:8080"}},
		"client ID that is used": {ClientID: Applications()[0].ClientID},
	} {
		if _, err := New(Options{Keys: SharedKeys(), Applications: []Application{wrong}}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// Sandboxes with the same Keys publish the same key under different IDs.
func TestSharedKeys(t *testing.T) {
	keys := new(Keys)
	moduli := map[string]bool{}
	kids := map[string]bool{}
	for range 3 {
		c := startWith(t, Options{Keys: keys}, ListenOptions{}, nil)
		first, _ := c.get(c.auth + "/as/jwks").json(t)["keys"].([]any)
		n, _ := member(first[0], "n").(string)
		kid, _ := member(first[0], "kid").(string)
		moduli[n], kids[kid] = true, true
	}
	if len(moduli) != 1 || len(kids) != 3 {
		t.Errorf("%d keys under %d IDs, want 1 under 3", len(moduli), len(kids))
	}
}

func TestFailedFlowHasTheReason(t *testing.T) {
	c := start(t)
	r := c.act(c.flowID(c.authorize("client_id", idOf(t, "MFA"))), "usernamePassword.check", passwordOf("plain"))
	if code := member(r.json(t), "error", "code"); code != "NO_USABLE_DEVICES" {
		t.Errorf("error code %v: %s", code, r.body)
	}
}

func TestDevicesHaveAModel(t *testing.T) {
	c := start(t)
	id := c.flowID(c.authorize("client_id", idOf(t, "MFA")))
	r := c.act(id, "usernamePassword.check", passwordOf("push"))
	if name, _ := member(r.json(t), "_embedded", "devices", "model", "marketingName").(string); name == "" {
		t.Errorf("no marketingName: %s", r.body)
	}
}
