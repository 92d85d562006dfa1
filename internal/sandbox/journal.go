package sandbox

import (
	"context"
	"slices"
	"strings"
	"sync"
)

// maxJournal is how many entries a journal keeps; older ones are dropped.
const maxJournal = 10_000

// Journal has what a sandbox answered, oldest first. It is safe for concurrent use.
type Journal struct {
	mu      sync.Mutex
	entries []Event
	last    int           // the number of the latest entry, dropped ones included
	more    chan struct{} // closed when there is another entry; nil where no one waits
}

// JournalFilter chooses entries of a journal. An empty field chooses all.
type JournalFilter struct {
	After       int    // only entries with a greater number
	Leg         string // as switches name it
	Method      string
	Path        string // begins with it
	Application string // a client ID or a name
	User        string
	Status      int
	Outcome     string // equal, or its first word
}

func (f JournalFilter) matches(e Event) bool {
	same := func(want, got string) bool { return want == "" || want == got }
	return e.Number > f.After && same(f.Leg, e.Leg) && same(f.Method, e.Method) && same(f.User, e.User) &&
		strings.HasPrefix(e.Path, f.Path) && (f.Status == 0 || f.Status == e.Status) &&
		(same(f.Application, e.ClientID) || f.Application == e.Application) &&
		(same(f.Outcome, e.Outcome) || strings.HasPrefix(e.Outcome, f.Outcome+" "))
}

// add numbers an entry and keeps it.
func (j *Journal) add(e Event) Event {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.last++
	e.Number = j.last
	if len(j.entries) == maxJournal {
		j.entries = j.entries[1:] // append makes a new array in time
	}
	j.entries = append(j.entries, e)
	if j.more != nil {
		close(j.more)
		j.more = nil
	}
	return e
}

// Read returns the entries that a filter chooses, and the number of the latest entry
// of all: the After of a later call.
func (j *Journal) Read(f JournalFilter) (entries []Event, last int) {
	entries, last, _ = j.read(f)
	return entries, last
}

// read also returns a channel that is closed when there is more.
func (j *Journal) read(f JournalFilter) (entries []Event, last int, more <-chan struct{}) {
	j.mu.Lock()
	defer j.mu.Unlock()
	start, _ := slices.BinarySearchFunc(j.entries, f.After+1, func(e Event, number int) int { return e.Number - number })
	for _, e := range j.entries[start:] {
		if f.matches(e) {
			entries = append(entries, e)
		}
	}
	if j.more == nil {
		j.more = make(chan struct{})
	}
	return entries, j.last, j.more
}

// Wait is Read once a filter chooses at least one entry. When ctx ends before, there
// are none.
func (j *Journal) Wait(ctx context.Context, f JournalFilter) (entries []Event, last int) {
	for {
		entries, last, more := j.read(f)
		if len(entries) > 0 {
			return entries, last
		}
		f.After = max(f.After, last)
		select {
		case <-more:
		case <-ctx.Done():
			return nil, last
		}
	}
}

// Clear drops all entries. Numbers go on.
func (j *Journal) Clear() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = nil
}

// Journal returns the journal of the sandbox.
func (s *Sandbox) Journal() *Journal { return &s.journal }
