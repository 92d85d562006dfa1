package control

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/internal/sandbox"
)

// maxWait is how long one request may wait for an entry of the journal.
const maxWait = time.Minute

func readJournal(box *sandbox.Sandbox, r *http.Request) (any, error) {
	f, wait, err := filter(r)
	if err != nil {
		return nil, err
	}
	entries, last := box.Journal().Read(f)
	if len(entries) == 0 && wait > 0 {
		ctx, cancel := context.WithTimeout(r.Context(), wait)
		defer cancel()
		entries, last = box.Journal().Wait(ctx, f)
	}
	if entries == nil {
		entries = []sandbox.Event{}
	}
	return object{"entries": entries, "last": last}, nil
}

// filter reads the parameters by which entries are chosen.
func filter(r *http.Request) (f sandbox.JournalFilter, wait time.Duration, err error) {
	v, err := query(r, "after", "leg", "method", "path", "application", "user", "status", "outcome", "wait")
	if err != nil {
		return f, 0, err
	}
	f = sandbox.JournalFilter{
		Leg: v.Get("leg"), Method: v.Get("method"), Path: v.Get("path"), Application: v.Get("application"), User: v.Get("user"), Outcome: v.Get("outcome"),
	}
	if f.Leg != "" && !slices.Contains(sandbox.Legs(), f.Leg) {
		return f, 0, invalid("unknown leg %q; known are %s", f.Leg, strings.Join(sandbox.Legs(), ", "))
	}
	for name, field := range map[string]*int{"after": &f.After, "status": &f.Status} {
		if text := v.Get(name); text != "" {
			if *field, err = strconv.Atoi(text); err != nil || *field < 0 {
				return f, 0, invalid("%s must be a number, found %q", name, text)
			}
		}
	}
	if text := v.Get("wait"); text != "" {
		if wait, err = time.ParseDuration(text); err != nil || wait < 0 || wait > maxWait {
			return f, 0, invalid("wait must be a duration such as 10s, up to 1m, found %q", text)
		}
	}
	return f, wait, nil
}

func clearJournal(box *sandbox.Sandbox, _ *http.Request) (any, error) {
	box.Journal().Clear()
	_, last := box.Journal().Read(sandbox.JournalFilter{})
	return object{"last": last}, nil
}
