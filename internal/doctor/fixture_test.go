package doctor

import (
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/login"
	"github.com/implicit-cli/implicit/internal/passcode"
	"github.com/implicit-cli/implicit/internal/prompt"
	"github.com/implicit-cli/implicit/internal/sandbox"
	"github.com/implicit-cli/implicit/internal/state"
	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// patient is a run of doctor against a sandbox.
type patient struct {
	*sandbox.Server
	values   map[string]string // settings that differ from the sandbox's
	user     string            // empty: no credentials
	password string
	totp     *passcode.TOTP
	both     bool
	machine  Machine
	fit      *Fit // nil: the readings are not looked for

	mu   sync.Mutex
	seen []*http.Request // all requests; bodies are gone
}

func newPatient(t *testing.T, switches ...string) *patient {
	t.Helper()
	p := &patient{values: map[string]string{}}
	server, err := sandbox.Start(t.Context(), sandbox.Options{Keys: sandbox.SharedKeys(), Switches: switches}, sandbox.ListenOptions{Wrap: p.watch})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	p.Server = server
	return p
}

// withPassword signs on as the plain user.
func (p *patient) withPassword() *patient {
	user := p.Settings().Users[0]
	p.user, p.password = user.Username, user.Password
	return p
}

// of chooses an application by its name.
func (p *patient) of(name string) *patient {
	for _, a := range p.Settings().Applications {
		if a.Name == name {
			p.values["client-id"] = a.ClientID
		}
	}
	return p
}

func (p *patient) set(name, value string) *patient {
	p.values[name] = value
	return p
}

func (p *patient) watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.seen = append(p.seen, r)
		p.mu.Unlock()
		next.ServeHTTP(w, r)
	})
}

// count returns how many requests had a part in their path and a method; an empty
// method is any.
func (p *patient) count(method, part string) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.seen {
		if strings.Contains(r.URL.Path, part) && (method == "" || r.Method == method) {
			n++
		}
	}
	return n
}

func (p *patient) examine(t *testing.T) (Report, *Run) {
	t.Helper()
	its := p.Settings()
	settings, err := config.Resolve(config.Sources{
		File: &config.File{Default: "default"},
		Getenv: func(name string) string {
			return map[string]string{"IMPLICIT_SANDBOX": "true", "IMPLICIT_TIMEOUT": "2s"}[name]
		},
		Sandbox: func() (*config.Supplied, error) {
			values := map[string]string{"auth-url": its.AuthURL, "client-id": its.ClientID, "redirect-uri": its.RedirectURI}
			for name, value := range p.values {
				values[name] = value
			}
			return &config.Supplied{Source: "sandbox", CACert: p.CACert, Values: values}, nil
		},
	})
	if err != nil {
		return NewReport(WrongSettings(err)), nil
	}
	p.override(settings)
	transport, err := login.NewTransport(settings, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	run := &Run{Settings: settings, Transport: transport, Now: time.Now, Random: rand.Reader, Budget: new(Budget), BothMethods: p.both, Machine: p.machine}
	run.Machine.Browser = true
	if p.user != "" {
		run.Service = &login.Service{Settings: settings, Now: time.Now, Random: rand.Reader, Secrets: new(words.Scrubber), UI: silence{},
			Sleep: func(context.Context, time.Duration) error { return nil },
			Credentials: &prompt.Credentials{Username: p.user, Password: implicit.NewSecret(p.password), TOTP: p.totp,
				Once: &passcode.Once{Dir: state.At(t.TempDir()), Now: time.Now, Wait: time.Minute, Say: silence{}.Say, Warn: silence{}.Warn,
					Sleep: func(_ context.Context, d time.Duration) error { time.Sleep(d); return nil }}}}
		defer run.Service.Close()
	}
	probes := []Probe{Settings(), Network(), Provider(), Keys(), Application(), OnMachine(), SignOn()}
	if p.fit != nil {
		run.Transport = p.fit.Transport(transport)
		if run.Service != nil {
			run.Service.Verified = p.fit.Verified
		}
		probes = append(probes, p.fit.Probe())
	}
	report := Examine(t.Context(), run, probes, nil)
	for _, f := range report.Findings {
		if !slices.Contains(Names(), f.Name) {
			t.Errorf("%q is missing in Names", f.Name)
		}
	}
	return report, run
}

// override sets what the default of a setting would win over.
func (p *patient) override(s *config.Settings) {
	for name, value := range p.values {
		switch name {
		case "scope":
			s.Scopes = strings.Fields(value)
		case "response-type":
			s.ResponseType = value
		case "response-mode":
			s.ResponseMode = value
		case "method":
			s.Method = value
		case "acr-values":
			s.ACRValues = value
		case "max-age":
			seconds := int64(60)
			s.MaxAge = &seconds
		}
	}
}

type silence struct{}

func (silence) Announce(login.Announcement) {}
func (silence) Say(string, ...any)          {}
func (silence) Warn(string, ...any)         {}
func (silence) Report(error)                {}

// failures names the failed findings: hop, name and exit status.
func failures(r Report) (all []Finding) {
	for _, f := range r.Findings {
		if f.Status == Failed {
			all = append(all, f)
		}
	}
	return all
}
