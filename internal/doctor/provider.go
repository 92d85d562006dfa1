package doctor

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// Provider checks the discovery document.
func Provider() Probe { return Probe{Name: "provider", Ask: provider} }

// Keys checks the keys that tokens are signed with.
func Keys() Probe { return Probe{Name: "keys", Ask: keys} }

func at(name, address string) Finding {
	return Finding{Name: name, Hop: HopProvider, Tried: "GET " + address}
}

func provider(ctx context.Context, r *Run) []Finding {
	p := r.discover(ctx)
	f := at("discovery", discoveryOf(r.Issuer()))
	if why := useless(p); why != "" {
		return []Finding{f.skip(why)}
	}
	if p.status() == http.StatusNotFound || p.status() == http.StatusForbidden {
		return []Finding{r.noEnvironment(ctx, f, p)}
	}
	doc, err := implicit.Discover(ctx, &implicit.Client{Transport: replay{p}}, r.Issuer())
	if err != nil {
		return []Finding{r.badDiscovery(f, p, err)}
	}
	if strings.HasSuffix(doc.AuthorizationEndpoint, "/as/authorization.oauth2") {
		f = f.ok("this is PingFederate, another product; its implicit grant is used with --issuer")
	} else {
		f = f.ok("status 200")
	}
	return []Finding{f, at("issuer", discoveryOf(r.Issuer())).ok(doc.Issuer)}
}

// useless says why an answer says nothing about the provider; empty where it does.
func useless(p *page) string {
	switch {
	case p.resp == nil:
		return "the provider was not reached"
	case p.status() == http.StatusTooManyRequests:
		return "the provider asked for fewer requests"
	case p.status() >= 500:
		return "the provider cannot answer now"
	}
	return ""
}

// isID reports whether text has the form of PingOne's IDs.
func isID(text string) bool {
	_, err := pingone.NewEnvironment("NA", text)
	return err == nil
}

// noEnvironment finds out whether environment and client ID are swapped.
func (r *Run) noEnvironment(ctx context.Context, f Finding, p *page) Finding {
	saw := fmt.Sprintf("status %d: PingOne does not know this environment here", p.status())
	env := r.PingOne()
	if env == nil {
		return f.fail(fault.ExitRefused, fmt.Sprintf("status %d: this issuer has no discovery document", p.status()), "check --issuer")
	}
	host, id := env.AuthURL(), ""
	if cut := strings.LastIndex(host, "/"); isID(host[cut+1:]) {
		host, id = host[:cut], host[cut+1:]
	}
	if id != "" && isID(r.Settings.ClientID) && !strings.EqualFold(id, r.Settings.ClientID) {
		swapped := r.fetchOnce(implicit.WithLeg(ctx, implicit.LegDiscovery), Anonymous, discoveryOf(host+"/"+r.Settings.ClientID+"/as"))
		if swapped.status() == http.StatusOK {
			return f.fail(fault.ExitRefused, saw+"; but it knows one whose ID is the configured client ID",
				"environment ID and client ID are swapped: --environment-id "+r.Settings.ClientID+" --client-id "+id)
		}
	}
	change := "check the environment ID (console: Settings, Environment properties) and the region; implicit doctor --find-region asks the other regions"
	if id == "" {
		change = "check the custom domain, or use the regional host with the environment ID"
	}
	return f.fail(fault.ExitRefused, saw, change)
}

// badDiscovery distinguishes another issuer from a document that cannot be read.
func (r *Run) badDiscovery(f Finding, p *page, err error) Finding {
	var doc struct {
		Issuer string `json:"issuer"`
	}
	var distrusted *implicit.DocumentError
	if !errors.As(err, &distrusted) || json.Unmarshal(p.body, &doc) != nil || doc.Issuer == "" || doc.Issuer == r.Issuer() {
		return f.failAs(err, "")
	}
	change := "use --issuer " + doc.Issuer + ", if this is the provider you mean"
	if r.PingOne() != nil {
		change = "a custom domain and the regional host are different issuers: use one everywhere. To use this one: --auth-url " +
			strings.TrimSuffix(doc.Issuer, "/as")
	}
	return at("issuer", f.Tried[len("GET "):]).fail(fault.ExitInvalid, "expected "+r.Issuer()+", found "+doc.Issuer, change)
}

func keys(ctx context.Context, r *Run) []Finding {
	address := r.Issuer()
	if env := r.PingOne(); env != nil {
		address = env.Provider().JWKSURI
	} else {
		doc, err := r.document(ctx)
		if err != nil {
			return []Finding{at("keys", address).skip("without a discovery document their address is not known")}
		}
		address = doc.JWKSURI
	}
	f, p := at("keys", address), r.fetch(ctx, implicit.LegKeys, address)
	if d := r.discover(ctx); d.status() != http.StatusOK {
		return []Finding{f.skip("the provider has no discovery document")}
	}
	switch {
	case unsent(p.err):
		f = f.unknown(text(p.err))
	case p.resp == nil:
		f = f.failAs(p.err, "")
	case p.status() == http.StatusTooManyRequests:
		f.Name = "rate_limit"
		f = f.fail(fault.ExitUnreachable, limited(p), waitFor(p))
	case p.status() >= 500:
		f = f.fail(fault.ExitUnreachable, fmt.Sprintf("status %d", p.status()), "try again later")
	case p.status() != http.StatusOK:
		f = f.fail(fault.ExitRefused, fmt.Sprintf("status %d", p.status()), "check --auth-url and the environment ID")
	default:
		f = r.readKeys(f, p)
	}
	if f.Status == OK && p.first != "" {
		f = f.warn(p.first+" at first; then "+f.Saw, unsteady)
	}
	return []Finding{f}
}

// document is the discovery document, read again.
func (r *Run) document(ctx context.Context) (*implicit.Provider, error) {
	p := r.discover(ctx)
	if p.resp == nil {
		return nil, p.err
	}
	return implicit.Discover(ctx, &implicit.Client{Transport: replay{p}}, r.Issuer())
}

// jwk is what a report says of a key.
type jwk struct {
	KeyType string   `json:"kty"`
	ID      string   `json:"kid"`
	Use     string   `json:"use"`
	Curve   string   `json:"crv"`
	N       string   `json:"n"`
	Chain   []string `json:"x5c"`
}

func (r *Run) readKeys(f Finding, p *page) Finding {
	var set struct {
		Keys []jwk `json:"keys"`
	}
	unread := json.Unmarshal(p.body, &set)
	if _, err := implicit.NewStaticKeySet(p.body); err != nil && unread == nil {
		return f.failAs(err, "no key can be used: look at the keys that the environment signs with (console: Settings, Certificates & Key Pairs)")
	} else if err != nil {
		return f.failAs(err, "the answer is not a key set: check the address, and that no proxy answers in its place")
	}
	var each []string
	weak, unnamed := false, 0
	for _, k := range set.Keys {
		each = append(each, k.describe(r.Now()))
		weak = weak || k.KeyType == "RSA" && k.bits() < 2048
		if k.ID == "" {
			unnamed++
		}
	}
	saw := fmt.Sprintf("%d: %s", len(set.Keys), strings.Join(each, "; "))
	switch {
	case weak:
		return f.warn(saw, "an RSA key of less than 2048 bits is not safe: rotate the key")
	case unnamed > 0 && len(set.Keys) > 1:
		return f.warn(saw, "keys without kid cannot be told apart")
	}
	return f.ok(saw)
}

func (k jwk) bits() int {
	n, err := base64.RawURLEncoding.DecodeString(k.N)
	if err != nil {
		return 0
	}
	return 8 * len(n)
}

// describe names a key by type, size, kid and, where it has a certificate, its age.
func (k jwk) describe(now time.Time) string {
	text := k.KeyType + " " + k.Curve
	if k.KeyType == "RSA" {
		text = fmt.Sprintf("RSA %d", k.bits())
	}
	if k.ID != "" {
		text += " " + k.ID
	}
	if len(k.Chain) > 0 {
		der, err := base64.StdEncoding.DecodeString(k.Chain[0])
		if cert, bad := x509.ParseCertificate(der); err == nil && bad == nil {
			text += ", " + words.Span(now.Sub(cert.NotBefore)) + " old"
		}
	}
	return text
}
