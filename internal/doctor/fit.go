package doctor

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"sync"

	"github.com/implicit-cli/implicit/internal/loopback"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// A reading is one of the ways in which PingOne's documentation can be understood. The
// sandbox has a switch of its name; its default is what most captures show.

// Fit finds out which readings an environment follows. It inspects every
// answer of a run: let the run's transport be [Fit.Transport] of it, and its sign-on
// tell [Fit.Verified]. A few requests of its own, in [Fit.Probe], ask for what the
// other probes do not. No wrong credential is ever sent.
type Fit struct {
	// SignedOn is whether a sign-on was part of the run.
	SignedOn bool

	sights sights
	open   string // why not all could be asked; empty: it could
}

// Transport inspects each answer that next gets.
func (f *Fit) Transport(next http.RoundTripper) http.RoundTripper { return watching{&f.sights, next} }

// Verified inspects a response that was validated, valid or not.
func (f *Fit) Verified(r *implicit.Result) {
	f.SignedOn = true
	f.sights.result(r)
}

// Readings returns the names of the readings that were seen, sorted. It is complete
// once all probes have ended.
func (f *Fit) Readings() []string { return f.sights.readings() }

// Report is the finding about them.
func (f *Fit) Report() Finding {
	about := Finding{Name: "readings", Hop: HopProvider, Tried: "compare every answer with the ways to read PingOne's documentation"}
	saw := list(f.Readings())
	if !f.SignedOn {
		saw += "; a sign-on would show more"
	}
	if f.open != "" {
		return about.unknown("seen before it ended: " + saw + "; " + f.open)
	}
	return about.ok(saw)
}

// Probe asks PingOne for what no other probe does: at most [Fitting] requests, without a
// credential.
func (f *Fit) Probe() Probe {
	return Probe{Name: "readings", After: []string{"application"}, Ask: func(ctx context.Context, r *Run) []Finding {
		base, why := r.base(ctx)
		if r.PingOne() == nil {
			why = "the provider is not PingOne"
		}
		if why != "" {
			f.open = why
			return nil
		}
		f.sights.configure(base)
		questions{r, base}.askAll(ctx)
		if r.Budget.Limited() {
			f.open = "the provider answered with status 429 (too many requests)"
		}
		return nil
	}}
}

// questions are the requests of Fit.
type questions struct {
	r    *Run
	base *implicit.Request
}

// changes are parameters of the configured request that differ; an empty value leaves
// one out.
type changes map[string]string

// askAll sends them side by side, but for those about one flow.
func (q questions) askAll(ctx context.Context) {
	env := q.r.PingOne().AuthURL()
	var all sync.WaitGroup
	all.Go(func() { q.flow(ctx, env) })
	for _, address := range []string{env + "/as/implicit-doctor", env + "/as/userinfo"} { // no such path; no token
		all.Go(func() { q.get(ctx, address, "", nil) })
	}
	asks := []changes{
		{"prompt": "none"}, {"prompt": "none", "response_mode": ""}, {"prompt": "none", "nonce": ""},
		{"prompt": "none", "response_mode": "query"}, {"prompt": "none", "response_type": "code"},
		{"client_id": noClient}, {"response_mode": "pi.flow", "redirect_uri": ""},
		{"response_mode": "pi.flow", "redirect_uri": "https://implicit-doctor.invalid/"},
	}
	if with, needed := addPort(q.base.RedirectURI); needed {
		asks = append(asks, changes{"redirect_uri": with})
	}
	for _, c := range asks {
		all.Go(func() { q.authorize(ctx, c, nil) })
	}
	all.Wait()
}

// flow begins a sign-on, looks at its flow and asks for its end too early.
func (q questions) flow(ctx context.Context, env string) {
	cookies := map[string]string{}
	resp := q.authorize(ctx, nil, cookies)
	if resp == nil {
		return
	}
	location, err := url.Parse(resp.Header.Get("Location"))
	if err != nil || location.Query().Get("flowId") == "" {
		return
	}
	id := url.PathEscape(location.Query().Get("flowId"))
	q.get(ctx, env+"/flows/"+id, "*/*", cookies)
	q.get(ctx, env+"/flows/"+id, "application/json", cookies)
	q.get(ctx, env+"/as/resume?flowId="+id, "", cookies)
}

// authorize sends the configured request with changes, by GET and for a fragment.
func (q questions) authorize(ctx context.Context, c changes, cookies map[string]string) *http.Response {
	req := *q.base
	req.Method, req.ResponseMode, req.State, req.Nonce = http.MethodGet, "fragment", random(q.r.Random), random(q.r.Random)
	sent, err := req.HTTP()
	if err != nil {
		return nil
	}
	values := sent.URL.Query()
	for name, value := range c {
		values.Set(name, value)
		if value == "" {
			values.Del(name)
		}
	}
	address := *sent.URL
	address.RawQuery = values.Encode()
	return q.get(ctx, address.String(), "", cookies)
}

// get sends cookies and learns new ones; nil: none.
func (q questions) get(ctx context.Context, address, accept string, cookies map[string]string) *http.Response {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil
	}
	if accept != "" {
		req.Header.Set("Accept", accept)
	}
	for name, value := range cookies {
		req.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	resp, err := q.r.client(Fitting).Do(req)
	if err != nil {
		return nil
	}
	for _, c := range resp.Cookies() {
		if cookies != nil {
			cookies[c.Name] = c.Value
		}
	}
	return resp
}

// noClient is a client ID that no application has.
const noClient = "00000000-0000-4000-8000-000000000000"

// withPortOf reports whether a redirect URI is the other one with a port.
func withPortOf(uri, base string) bool {
	free, ok := loopback.PortFree(uri)
	return ok && uri != base && free == base
}

// sorted are the names of a set.
func sorted(set map[string]bool) []string {
	var names []string
	for name, ok := range set {
		if ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
