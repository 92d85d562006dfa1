package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// FindRegion asks PingOne's six regions for the environment: one request each. It is
// for a user who asked for it, because it tells all regions the environment ID.
func FindRegion() Probe { return Probe{Name: "region", Ask: findRegion} }

func findRegion(ctx context.Context, r *Run) []Finding {
	f := Finding{Name: "region", Hop: HopProvider, Tried: "GET the discovery document in each region"}
	id, own := r.regional()
	if id == "" {
		return []Finding{f.skip("the settings name a host, not an environment in a region")}
	}
	regions := pingone.Regions()
	pages := make([]*page, len(regions))
	var all sync.WaitGroup
	for i, region := range regions {
		all.Add(1)
		go func() {
			defer all.Done()
			pages[i] = r.fetchOnce(ctx, Regions, regionHost(region)+"/"+id+"/as/.well-known/openid-configuration")
		}()
	}
	all.Wait()
	return []Finding{foundIn(f, regions, pages, own)}
}

func regionHost(region pingone.Region) string { return "https://auth.pingone." + region.TLD }

// regional returns the environment's ID and the region that the settings name for it;
// no ID where the host is not a region's.
func (r *Run) regional() (id string, own pingone.Region) {
	env := r.PingOne()
	if env == nil {
		return "", own
	}
	u, err := url.Parse(env.AuthURL())
	if err != nil {
		return "", own
	}
	for _, region := range pingone.Regions() {
		if "https://"+u.Host == regionHost(region) {
			return strings.Trim(u.Path, "/"), region
		}
	}
	return "", own
}

// foundIn says where the environment is. An answer that is neither the environment's
// document nor "unknown" leaves a region open.
func foundIn(f Finding, regions []pingone.Region, pages []*page, own pingone.Region) Finding {
	var in, open []string
	for i, p := range pages {
		switch {
		case p.describesProvider():
			in = append(in, regions[i].Code)
		case p.status() != http.StatusNotFound && p.status() != http.StatusForbidden:
			open = append(open, regions[i].Code)
		}
	}
	switch {
	case len(in) == 1 && in[0] == own.Code:
		return f.ok("the environment is in the region " + own.Code + ", as configured")
	case len(in) == 1:
		return f.fail(fault.ExitUsage, fmt.Sprintf("the environment is in the region %s, not in %s", in[0], own.Code), "--region "+in[0])
	case len(in) > 1:
		return f.unknown("several regions answer: " + strings.Join(in, ", "))
	case len(open) > 0:
		return f.unknown("no region that answered knows the environment; without an answer: " + strings.Join(open, ", "))
	}
	return f.fail(fault.ExitRefused, "no region knows the environment",
		"check the environment ID (console: Settings, Environment properties); a new environment may take a minute")
}

// describesProvider reports whether the page is a discovery document. Its issuer may be
// the environment's custom domain.
func (p *page) describesProvider() bool {
	var doc struct {
		Issuer        string `json:"issuer"`
		Authorization string `json:"authorization_endpoint"`
	}
	return p.status() == http.StatusOK && json.Unmarshal(p.body, &doc) == nil && doc.Issuer != "" && doc.Authorization != ""
}
