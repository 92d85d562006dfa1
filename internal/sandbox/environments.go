package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Environments are those of a server: the first one, and Options.Others.
func (s *Server) Environments() []*Sandbox { return append([]*Sandbox{s.Sandbox}, s.others...) }

// environments finds the one that a request is for: by the environment ID in its path,
// or by its host where that is a custom domain; else the first one.
type environments []*Sandbox

func (e environments) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for _, s := range e[1:] {
		if s.serves(r) {
			s.ServeHTTP(w, r)
			return
		}
	}
	e[0].ServeHTTP(w, r)
}

func (s *Sandbox) serves(r *http.Request) bool {
	if s.custom {
		return strings.EqualFold(hostname(r.Host), s.initial.Tenant.customDomain)
	}
	return strings.Contains(r.URL.Path+"/", "/"+s.environmentID+"/")
}

// newOthers makes the sandboxes of Options.Others. Each keeps its own users, sessions,
// keys and journal.
func newOthers(o Options, first *Sandbox) ([]*Sandbox, error) {
	saved, err := readState(o.State)
	if err != nil {
		return nil, err
	}
	var list []*Sandbox
	taken := map[string]bool{first.environmentID: true}
	for _, t := range o.Others {
		tenant := *t
		if tenant.environmentID == EnvironmentID { // it has none
			tenant.environmentID = stableID("environment", tenant.name)
		}
		if taken[tenant.environmentID] {
			return nil, &ValueError{fmt.Sprintf("two environments have the ID %s: give each its own environment_id", tenant.environmentID)}
		}
		taken[tenant.environmentID] = true
		one := o
		one.Tenant, one.Others, one.Applications, one.CustomDomain = &tenant, nil, nil, false
		if one.BaseURL, err = baseOf(o.BaseURL, tenant.customDomain); err != nil {
			return nil, err
		}
		if one.State, err = json.Marshal(savedState{Signing: saved.Environments[tenant.environmentID]}); err != nil {
			return nil, err
		}
		box, err := New(one)
		if err != nil {
			return nil, err
		}
		box.further = true
		list = append(list, box)
	}
	return list, nil
}

// baseOf is a base URL under another host, if there is one.
func baseOf(base, host string) (string, error) {
	u, err := url.Parse(base)
	if err != nil || host == "" {
		return base, err
	}
	if u.Port() != "" {
		host += ":" + u.Port()
	}
	return u.Scheme + "://" + host, nil
}
