package wire

import (
	"io"
	"mime"
	"net/http"
	"sort"
	"strings"
	"sync"
	"time"
)

// Recorder records one run. A nil Recorder records nothing and costs nothing. It may
// be used by many goroutines.
type Recorder struct {
	now    func() time.Time
	redact *Redactor

	mu      sync.Mutex
	started time.Time
	entries []*Entry
}

// Options say what is redacted and who learns of it.
type Options struct {
	// Claims redacts the claims that may tell who a user is too, and user names.
	Claims bool

	// Learn is called with values that are secrets, in clear, so that they can be
	// looked for in what is written: a server may repeat one anywhere. nil: no one
	// learns of them.
	Learn func(secret string)
}

// New begins a recording. now is the clock of what is recorded; random gives the key
// of its fingerprints, crypto/rand if nil.
func New(now func() time.Time, random io.Reader, o Options) *Recorder {
	return &Recorder{now: now, redact: NewRedactor(random, o), started: now()}
}

// Note records what is not a call of implicit. The request is in clear: what a browser was
// sent to, what the listener received, what was pasted. It is redacted here. why says
// what is wrong with it, without quoting it.
func (r *Recorder) Note(kind Kind, leg string, request *Message, why string) {
	if r == nil {
		return
	}
	r.add(&Entry{Kind: kind, Leg: leg, Started: r.now(), Timings: noTimings(), Request: r.redact.Message(request), Err: why})
}

func (r *Recorder) add(e *Entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.entries = append(r.entries, e)
}

// Recording returns what has been recorded so far; nil from a nil Recorder. A call
// that has not ended has no response yet.
func (r *Recorder) Recording() *Recording {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	list := make([]Entry, len(r.entries))
	for i, e := range r.entries {
		list[i] = *e
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].Started.Before(list[j].Started) })
	return &Recording{Started: r.started, Entries: list}
}

func noTimings() Timings {
	return Timings{DNS: Unknown, Connect: Unknown, TLS: Unknown, Send: Unknown, Wait: Unknown, Receive: Unknown}
}

// fields returns headers in the order of their names.
func fields(h http.Header) (list []Field) {
	for name, values := range h {
		for _, v := range values {
			list = append(list, Field{name, v})
		}
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].Name < list[j].Name })
	return list
}

func mediaType(h http.Header) string {
	media, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		media, _, _ = strings.Cut(h.Get("Content-Type"), ";")
		media = strings.ToLower(strings.TrimSpace(media))
	}
	return media
}

func get(fields []Field, name string) string {
	for _, f := range fields {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}
