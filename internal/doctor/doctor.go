// Package doctor finds out whether an implicit sign-on can work in an environment,
// and if not, what to change where.
//
// A [Probe] is one family of questions and has a file. Probes run side by side and
// share a [Run]; what each learns is a list of [Finding] values. A finding claims
// only what the provider's answers show: what a client without a credential cannot
// know is "could not tell".
package doctor

import (
	"cmp"
	"context"
	"slices"
	"sort"
	"sync"
)

// Hop is a part of the way of a sign-on.
type Hop string

// The hops, in the order in which they are reported.
const (
	HopSettings    Hop = "settings"
	HopNetwork     Hop = "network"
	HopProvider    Hop = "provider"
	HopApplication Hop = "application"
	HopMachine     Hop = "machine" // this one
	HopSignOn      Hop = "sign_on"
)

// Hops returns the hops in their order.
func Hops() []Hop {
	return []Hop{HopSettings, HopNetwork, HopProvider, HopApplication, HopMachine, HopSignOn}
}

// Status is how a finding ended. Scripts may rely on its text.
type Status string

// The statuses. Only a failed finding has an exit status.
const (
	OK           Status = "ok"
	Warning      Status = "warning"
	Failed       Status = "failed"
	Skipped      Status = "skipped"        // not asked for, or of no use after what was found before
	CouldNotTell Status = "could_not_tell" // asked, and the answer does not show it
)

// Finding is what one question found out. Its texts may quote the network: they
// are not yet fit for a terminal.
type Finding struct {
	Name   string `json:"name"` // stable; one of [Names]
	Hop    Hop    `json:"hop"`
	Status Status `json:"status"`
	Tried  string `json:"tried"`
	Saw    string `json:"saw"`
	Change string `json:"change"` // what to change, and where; empty: nothing
	Exit   int    `json:"exit"`   // 0 unless Status is Failed
	Page   string `json:"page"`   // about the finding, in the documentation
}

// Probe is one family of questions.
type Probe struct {
	Name  string   // shown while it runs, and what After names
	After []string // the probes that have to end before it begins
	Ask   func(context.Context, *Run) []Finding
}

// Report is all that was found, in the order of the hops.
type Report struct {
	Findings []Finding `json:"findings"`
	Exit     int       `json:"exit"` // of the first failed finding; 0: none failed
}

// Examine runs the probes side by side and returns what they found. progress, if
// it is not nil, is told the names of the probes that are running, each time one
// begins or ends.
func Examine(ctx context.Context, r *Run, probes []Probe, progress func(running []string)) Report {
	board := &board{ended: map[string]chan struct{}{}, tell: progress}
	for _, p := range probes {
		board.ended[p.Name] = make(chan struct{})
	}
	found := make([][]Finding, len(probes))
	var all sync.WaitGroup
	for i, p := range probes {
		all.Add(1)
		go func() {
			defer all.Done()
			defer close(board.ended[p.Name])
			board.wait(ctx, p.After)
			board.begin(p.Name)
			defer board.end(p.Name)
			found[i] = p.Ask(ctx, r)
			r.add(found[i])
		}()
	}
	all.Wait()
	return NewReport(slices.Concat(found...))
}

// NewReport sorts findings by their hops and takes the exit status of the first
// that failed.
func NewReport(found []Finding) Report {
	report := Report{Findings: []Finding{}}
	hops := Hops()
	sort.SliceStable(found, func(i, j int) bool {
		return slices.Index(hops, found[i].Hop) < slices.Index(hops, found[j].Hop)
	})
	for _, f := range found {
		f.Page = Page(f.Name)
		if f.Status != Failed {
			f.Exit = 0
		}
		report.Exit = cmp.Or(report.Exit, f.Exit)
		report.Findings = append(report.Findings, f)
	}
	return report
}

// board knows which probes are running.
type board struct {
	ended map[string]chan struct{}
	tell  func([]string)

	mu      sync.Mutex
	running []string
}

// wait returns when the named probes have ended, or with ctx. A name that does not
// run is not waited for.
func (b *board) wait(ctx context.Context, names []string) {
	for _, name := range names {
		if ended, ok := b.ended[name]; ok {
			select {
			case <-ended:
			case <-ctx.Done():
			}
		}
	}
}

func (b *board) begin(name string) {
	b.change(func() { b.running = append(b.running, name) })
}

func (b *board) end(name string) {
	b.change(func() { b.running = slices.DeleteFunc(b.running, func(n string) bool { return n == name }) })
}

func (b *board) change(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f()
	if b.tell != nil {
		b.tell(slices.Clone(b.running))
	}
}
