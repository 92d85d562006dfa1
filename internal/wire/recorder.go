package wire

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Recorder records one run. A nil Recorder records nothing and costs nothing. It may
// be used by many goroutines.
type Recorder struct {
	now    func() time.Time
	redact *Redactor

	mu  sync.Mutex
	rec Recording
}

// Options say what else is redacted.
type Options struct {
	Claims bool // every claim of a token but those that name no user
}

// New begins a recording. now is the wall clock of what is recorded; random gives the
// key of its fingerprints.
func New(now func() time.Time, random io.Reader, o Options) *Recorder {
	return &Recorder{now: now, redact: NewRedactor(random, o), rec: Recording{Started: now()}}
}

// RoundTripper records what goes through next.
func (r *Recorder) RoundTripper(next http.RoundTripper) http.RoundTripper {
	if r == nil {
		return next
	}
	return next // until the recording transport is here
}

// Note records what is no call of ours. The request is what a browser was sent to,
// what the listener received or what was pasted, in clear: it is redacted here.
func (r *Recorder) Note(kind Kind, leg string, request *Message, why string) {
	if r == nil {
		return
	}
	e := Entry{Kind: kind, Leg: leg, Started: r.now(), Timings: noTimings(), Request: r.redact.Message(request), Err: why}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rec.Entries = append(r.rec.Entries, e)
}

// Recording returns a copy of what has been recorded so far; nil from a nil Recorder.
// The entries of calls that have not ended yet are not in it.
func (r *Recorder) Recording() *Recording {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	list := slices.Clone(r.rec.Entries)
	slices.SortStableFunc(list, func(a, b Entry) int { return a.Started.Compare(b.Started) })
	return &Recording{Started: r.rec.Started, Entries: list}
}

func noTimings() Timings {
	return Timings{DNS: Unknown, Connect: Unknown, TLS: Unknown, Send: Unknown, Wait: Unknown, Receive: Unknown}
}

func get(fields []Field, name string) string {
	for _, f := range fields {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}
