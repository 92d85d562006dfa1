package doctor

import (
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/implicit-cli/implicit/internal/sandbox"
)

// fitTo examines a sandbox with these readings and returns those that were seen.
func fitTo(t *testing.T, signOn bool, readings ...string) ([]string, *patient) {
	t.Helper()
	p := newPatient(t, readings...).set("scope", "openid profile")
	if signOn {
		p.withPassword()
	}
	fit := new(Fit)
	p.fit = fit
	p.examine(t)
	if fit.SignedOn != signOn {
		t.Errorf("%q: signed on: %v", readings, fit.SignedOn)
	}
	return fit.Readings(), p
}

// visible are the readings of a draw that can be seen, by their declarations.
func visible(draw []string, signOn bool) (names []string) {
	for _, sw := range sandbox.Switches() {
		shown := sw.Shown == sandbox.Anonymous || signOn && sw.Shown == sandbox.SignedOn
		hidden := slices.ContainsFunc(sw.HiddenBy, func(other string) bool { return slices.Contains(draw, other) })
		if slices.Contains(draw, sw.Name) && shown && !hidden {
			names = append(names, sw.Name)
		}
	}
	slices.Sort(names)
	return names
}

// Every reading alone: what its declaration says is seen, and no other.
func TestFitToEachReading(t *testing.T) {
	if testing.Short() {
		t.Skip("a matrix: every reading")
	}
	for _, sw := range sandbox.Switches() {
		if sw.Group != "reading" {
			continue
		}
		for _, signOn := range []bool{false, true} {
			got, _ := fitTo(t, signOn, sw.Name)
			checkFit(t, got, []string{sw.Name}, signOn)
		}
	}
}

// Forty draws of one to four readings, always the same ones.
func TestFitToDraws(t *testing.T) {
	var names []string
	for _, sw := range sandbox.Switches() {
		if sw.Group == "reading" {
			names = append(names, sw.Name)
		}
	}
	random := rand.New(rand.NewSource(13))
	draws := 40
	if testing.Short() {
		draws = 5
	}
	for i := range draws {
		draw := []string{}
		for _, n := range random.Perm(len(names))[:1+i%4] {
			draw = append(draw, names[n])
		}
		got, p := fitTo(t, true, draw...)
		checkFit(t, got, draw, true)
		if n := p.count("POST", "/flows/"); n > 1 {
			t.Errorf("%q: the password was sent %d times", draw, n)
		}
	}
}

// What could not be asked is not said to be seen.
func TestFitStopsAtTheFirst429(t *testing.T) {
	p := newPatient(t, "429:userinfo", "edge-404")
	p.fit = new(Fit)
	p.examine(t)
	if f := p.fit.Report(); f.Status != CouldNotTell || !strings.Contains(f.Saw, "429") {
		t.Errorf("%+v", f)
	}
}

func checkFit(t *testing.T, got, draw []string, signOn bool) {
	t.Helper()
	for _, name := range visible(draw, signOn) {
		if !slices.Contains(got, name) {
			t.Errorf("%s, signed on %v: %s was not seen, but %q", strings.Join(draw, " "), signOn, name, got)
		}
	}
	for _, name := range got {
		if !slices.Contains(draw, name) {
			t.Errorf("%s, signed on %v: %s was seen", strings.Join(draw, " "), signOn, name)
		}
	}
}

// Nothing is sent that looks like a wrong credential, and no more than allowed.
func TestFitSendsNoWrongCredential(t *testing.T) {
	_, p := fitTo(t, false)
	for _, r := range p.seen {
		if r.Header.Get("Authorization") != "" || r.Method == "POST" && strings.Contains(r.URL.Path, "/flows/") {
			t.Errorf("sent: %s %s", r.Method, r.URL.Path)
		}
	}
	if n := len(p.seen); n > Anonymous.Max()+Fitting.Max() {
		t.Errorf("%d requests", n)
	}
}
