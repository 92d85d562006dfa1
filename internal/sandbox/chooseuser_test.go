package sandbox

import (
	"strings"
	"testing"
)

// One click signs a user on, and goes on where that user must do more.
func TestChooseUser(t *testing.T) {
	k := newClock()
	tenant := readTenant(t, "users: [{username: 'a<b', any_password: true, note: 'x\">'}, {username: c, password: c-password, devices: [{type: SMS}]}]")
	c := startWith(t, Options{Tenant: tenant, ChooseUser: true, Now: k.now}, ListenOptions{}, k)
	id := c.flowID(c.authorize())
	if page := c.showPage(id); !strings.Contains(page, `name="choose" value="a&lt;b" title="x&#34;&gt;">a&lt;b</button>`) || !strings.Contains(page, `value="c"`) {
		t.Errorf("page: %s", page)
	}
	if r := c.submitPage(id, "choose", "a<b"); r.status != 303 || !hasTokens(c.get(r.location())) {
		t.Errorf("%d %s", r.status, r.body)
	}
	id = c.flowID(c.authorize("prompt", "login", "acr_values", "Multi_Factor"))
	if r := c.submitPage(id, "choose", "c"); !strings.Contains(string(r.body), `id="otp"`) || strings.Contains(string(r.body), `name="choose"`) {
		t.Errorf("MFA: %d %s", r.status, r.body)
	}
	id = c.flowID(c.authorize("prompt", "login", "client_id", "c11e0000-0000-4000-8000-000000000012"))
	if r := c.submitPage(id, "choose", "c"); !strings.Contains(string(r.body), `value="c"`) || strings.Contains(string(r.body), `value="a&lt;b"`) {
		t.Errorf("identifier first: %d %s", r.status, r.body)
	}
	if r := c.submitPage(id, "choose", "c"); r.status != 303 {
		t.Errorf("password: %d %s", r.status, r.body)
	}
}

// Without the option no user is offered, and a click is not taken.
func TestUsersAreNotOffered(t *testing.T) {
	c := start(t)
	id := c.flowID(c.authorize())
	if strings.Contains(c.showPage(id), "choose") {
		t.Error("the page lists users")
	}
	if r := c.submitPage(id, "choose", "plain"); r.status != 200 {
		t.Errorf("%d %s", r.status, r.location())
	}
}
