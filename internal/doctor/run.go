package doctor

import (
	"context"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/login"
	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// Run is what the probes of one run share.
type Run struct {
	Settings  *config.Settings
	Transport http.RoundTripper // reaches the provider; the budget is not in it
	UserAgent string
	Now       func() time.Time
	Random    io.Reader
	Budget    *Budget

	// Service signs on; nil where there is no credential. Its transport counts as
	// [SignedOn].
	Service *login.Service
	// BothMethods also signs on by the other method.
	BothMethods bool
	Machine     Machine

	mu        sync.Mutex
	found     []Finding
	discovery once[*page]
}

// client makes calls that the part of the budget allows. Nothing is sent twice:
// the calls go through Do, which repeats nothing.
func (r *Run) client(part Part) *implicit.Client {
	return &implicit.Client{Transport: r.Budget.Transport(part, r.Transport), Timeout: r.Settings.Timeout,
		UserAgent: r.UserAgent, Now: r.Now}
}

// PingOne returns the environment; nil for any other provider.
func (r *Run) PingOne() *pingone.Environment { return r.Settings.Provider.PingOne }

// via is the way whose request is tried: pi.flow needs no redirect URI, and the
// others have a default.
func (r *Run) via() string {
	if r.Settings.ResponseMode == "pi.flow" {
		return login.ViaTerminal
	}
	return login.ViaBrowser
}

// Issuer is the issuer that the settings name.
func (r *Run) Issuer() string {
	if env := r.PingOne(); env != nil {
		return env.Issuer()
	}
	return r.Settings.Provider.Issuer
}

// add makes findings known to the probes that run later.
func (r *Run) add(found []Finding) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.found = append(r.found, found...)
}

// Found returns what the probes that have ended found, in no order.
func (r *Run) Found() []Finding {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.found)
}

// FirstFailed returns a finding that failed in one of the hops.
func (r *Run) FirstFailed(hops ...Hop) (Finding, bool) {
	found := r.Found()
	i := slices.IndexFunc(found, func(f Finding) bool { return f.Status == Failed && slices.Contains(hops, f.Hop) })
	if i < 0 {
		return Finding{}, false
	}
	return found[i], true
}

// once keeps the result of a call that several probes need.
type once[T any] struct {
	do    sync.Once
	value T
}

func (o *once[T]) get(ctx context.Context, f func(context.Context) T) T {
	o.do.Do(func() { o.value = f(ctx) })
	return o.value
}
