package sandbox

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Tenant is what an environment has: its applications, users, resources, policies
// and switches. It does not change, and any number of sandboxes may be made of it.
// ReadTenant makes one of files.
type Tenant struct {
	name          string
	environmentID string
	region        string // a code of PingOne: NA, EU …
	customDomain  string // a host; empty for the regional form
	apps          []application
	users         []account
	resources     []resource
	policies      []policy
	passwords     passwordRules
	switches      []string

	defaultPolicies []string // of applications that name none; nil for the usual ones
}

// builtIn is the tenant with a user and an application for every case that PingOne
// distinguishes.
func builtIn() *Tenant {
	return &Tenant{
		name: "Sandbox", environmentID: EnvironmentID, region: "NA",
		apps: applicationList(), users: accountList(), resources: builtInResources(), policies: builtInPolicies(),
		passwords: standardPasswords(),
	}
}

// directory is a tenant in use: what a request looks up, each by its key, so that
// the size of a tenant does not matter.
type directory struct {
	environmentID, region string

	apps      []*application
	clients   map[string]*application // by client ID
	policies  map[string]*policy
	resources map[string]*resource // by scope, and by the resource's name with a colon
	passwords passwordRules
	scoped    bool // an application has switches of its own

	users    []*account          // in the tenant's order
	accounts map[string]*account // by username
	byID     map[string]*account
}

func (t *Tenant) directory(now time.Time) directory {
	d := directory{
		environmentID: t.environmentID, region: t.region, passwords: t.passwords,
		clients: make(map[string]*application, len(t.apps)), policies: map[string]*policy{}, resources: map[string]*resource{},
		accounts: make(map[string]*account, len(t.users)), byID: make(map[string]*account, len(t.users)),
	}
	for _, a := range t.apps {
		d.apps = append(d.apps, &a)
		a.switches = maps.Clone(a.switches)
		d.clients[a.ClientID] = &a
		d.scoped = d.scoped || len(a.switches) > 0
	}
	for _, p := range t.policies {
		d.policies[p.name] = &p
	}
	for _, r := range t.resources {
		d.resources[r.name+":"] = &r
		for _, scope := range r.scopes {
			d.resources[scope] = &r
		}
	}
	for _, a := range t.users {
		a.begin(d.passwords, now)
		d.addAccount(&a)
	}
	return d
}

// begin makes an account one that signing on may change.
func (a *account) begin(rules passwordRules, now time.Time) {
	if a.locked {
		a.failures, a.lockout.until = rules.maxFailures, now.Add(24*time.Hour)
	}
	a.devices = slices.Clone(a.devices)
}

func (d *directory) addAccount(a *account) {
	d.users = append(d.users, a)
	d.accounts[a.Username], d.byID[a.id] = a, a
}

// otherAccount returns an account that is not a: the staff user of the built-in
// tenant, or the first one.
func (d *directory) otherAccount(a *account) *account {
	if staff := d.accounts["staff"]; staff != nil && staff != a {
		return staff
	}
	for _, other := range d.users {
		if other != a {
			return other
		}
	}
	return &account{User: User{Username: "other"}, id: stableID("user", "other")}
}

// stableID is an identifier in the form of a UUID that is the same in every run.
func stableID(kind, name string) string {
	b := sha256.Sum256([]byte(kind + ":" + name))
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80 // RFC 9562 5.8: version 8
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

// complete adds what the files leave out, from the built-in tenant.
func (t *Tenant) complete() {
	if i := slices.IndexFunc(t.policies, func(p policy) bool { return p.isDefault }); i >= 0 {
		t.defaultPolicies = []string{t.policies[i].name}
	}
	for _, p := range builtInPolicies() {
		if !slices.ContainsFunc(t.policies, func(known policy) bool { return known.name == p.name }) {
			t.policies = append(t.policies, p)
		}
	}
	for i := range t.apps {
		a := &t.apps[i]
		if a.policies == nil {
			a.policies = t.defaultPolicies
		}
		a.fill(i + 1)
	}
	if t.apps == nil {
		t.apps = applicationList()
	}
	if t.users == nil {
		t.users = accountList()
	}
	if t.resources == nil {
		t.resources = builtInResources()
	}
}

// Users lists the users of a tenant.
func (t *Tenant) Users() []User {
	var list []User
	for _, a := range t.users {
		list = append(list, a.User)
	}
	return list
}

// Switches are the readings and faults that a tenant turns on.
func (t *Tenant) Switches() []string { return slices.Clone(t.switches) }

// Applications lists the applications of a tenant.
func (t *Tenant) Applications() []Application {
	var list []Application
	for _, a := range t.apps {
		list = append(list, a.Application)
	}
	return list
}
