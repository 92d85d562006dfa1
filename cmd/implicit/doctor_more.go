package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/spf13/pflag"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/doctor"
	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/internal/login"
	"github.com/implicit-cli/implicit/internal/report"
	"github.com/implicit-cli/implicit/internal/state"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// doctorMore is what doctor does only when a flag asks for it.
type doctorMore struct {
	application string
	findRegion  bool
	fit         string
}

func (o *doctorMore) addFlags(fs *pflag.FlagSet) {
	fs.StringVar(&o.application, "application", "", "`FILE` the application as PingOne's API returns it, to compare with the request; - is standard input")
	fs.BoolVar(&o.findRegion, "find-region", false, "look for the environment in PingOne's six regions")
	fs.StringVar(&o.fit, "fit", "", "`FILE` write which readings of PingOne's documentation the environment follows, for implicit sandbox --tenant")
}

// addEvidenceFlag is for doctor. Its record never shows who signed on.
func (o *recordOptions) addEvidenceFlag(fs *pflag.FlagSet) {
	fs.StringVar(&o.evidence, "evidence", "", "`FILE` write what is sent and received, to attach to an issue: without secrets, with fingerprints in place of hosts and IDs")
	fs.Lookup("evidence").Annotations = map[string][]string{recordAnnotation: {}}
}

func (a *app) writeEvidence(w io.Writer, run *report.Run) error {
	return doctor.Evidence(w, *run, a.random)
}

func (a *app) aboutEvidence(file string) {
	a.say("%s has no secrets, and fingerprints in place of hosts and IDs: read it, then attach it to an issue at %s", file, doctor.EvidenceAt)
}

// further are the probes that the flags ask for.
type further struct {
	probes []doctor.Probe
	fit    *doctor.Fit // nil: not asked for
	out    *state.Output
	file   string
}

// further reads and opens the files of the flags, before anything is sent.
func (a *app) further(o doctorMore, s *config.Settings) (*further, error) {
	f := &further{file: o.fit}
	if o.application != "" {
		text, err := a.readFile(o.application, doctor.MaxRegistered)
		if err != nil {
			return nil, fault.As(fault.Usage, fmt.Errorf("--application: %w", err))
		}
		app, err := doctor.ReadRegistered(text, s.ClientID)
		if err != nil {
			return nil, err
		}
		f.probes = append(f.probes, doctor.CompareWith(app))
	}
	if o.findRegion {
		f.probes = append(f.probes, doctor.FindRegion())
	}
	if o.fit == "" {
		return f, nil
	}
	if s.Provider.PingOne == nil {
		return nil, usagef("--fit works only with PingOne, and the settings name another provider")
	}
	var err error
	if f.out, err = state.OpenOutput(o.fit); err != nil {
		return nil, usagef("--fit: %w", err)
	}
	for _, s := range a.records.sinks {
		if s.out != nil && s.out.Same(f.out) {
			_ = f.out.Close()
			return nil, usagef("--%s and --fit name the same file: %s", s.name, o.fit)
		}
	}
	f.fit = new(doctor.Fit)
	f.probes = append(f.probes, f.fit.Probe())
	return f, nil
}

// watch lets the readings be seen in what is sent and received anyway.
func (f *further) watch(s *login.Service, transport http.RoundTripper) http.RoundTripper {
	if f.fit == nil {
		return transport
	}
	told := s.Verified
	s.Verified = func(r *implicit.Result) {
		f.fit.Verified(r)
		if told != nil {
			told(r)
		}
	}
	return f.fit.Transport(transport)
}

// close leaves a file that was not written as it was.
func (f *further) close() {
	if f.out != nil {
		_ = f.out.Close()
	}
}

// report adds what the readings are, and writes them.
func (f *further) report(a *app, r doctor.Report) (doctor.Report, error) {
	if f.fit == nil {
		return r, nil
	}
	r = doctor.NewReport(append(r.Findings, f.fit.Report()))
	if err := f.out.Write([]byte(tenantFile(f.fit))); err != nil {
		return r, fmt.Errorf("--fit: %w", err)
	}
	a.say("written to %s: try it with implicit sandbox --tenant %s", f.file, f.file)
	return r, nil
}

// tenantFile is what implicit sandbox --tenant reads. It names no environment.
func tenantFile(f *doctor.Fit) string {
	var b strings.Builder
	b.WriteString("# A PingOne as implicit doctor --fit saw it: the readings in which it differs from the sandbox's defaults.\n" +
		"# implicit sandbox --tenant FILE behaves like it; implicit sandbox list switches describes them.\n")
	if !f.SignedOn {
		b.WriteString("# Seen without a sign-on: with a user name and a password more can be seen.\n")
	}
	b.WriteString("switches:")
	if len(f.Readings()) == 0 {
		b.WriteString(" []")
	}
	for _, name := range f.Readings() {
		b.WriteString("\n- " + name)
	}
	return b.String() + "\n"
}
