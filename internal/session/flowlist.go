package session

import (
	"context"
	"io/fs"
	"path/filepath"
	"sort"
	"strings"
	"time"
)

// SavedFlow is a flow that is kept, as a list of them shows it: without the
// session.
type SavedFlow struct {
	ID       string
	AuthURL  string
	ClientID string
	Scope    string
	Expires  time.Time // when it is forgotten here
}

// List returns the flows that are kept, the latest first. One that cannot be read
// is left out.
func (f Flows) List(ctx context.Context) (flows []SavedFlow) {
	f.Sweep()
	f.each(func(path string, info fs.FileInfo) {
		id, ok := strings.CutSuffix(filepath.Base(path), ".json")
		if !ok {
			return
		}
		if flow, err := f.Load(ctx, id); err == nil && flow != nil {
			flows = append(flows, SavedFlow{id, flow.AuthURL, flow.Request.ClientID, flow.Request.Scope, info.ModTime().Add(FlowLife)})
		}
	})
	sort.SliceStable(flows, func(i, j int) bool { return flows[i].Expires.After(flows[j].Expires) })
	return flows
}

// IDs returns the IDs of the flows that are kept, without opening any: for
// completion, which must ask no one for a key.
func (f Flows) IDs() (ids []string) {
	f.each(func(path string, _ fs.FileInfo) {
		if id, ok := strings.CutSuffix(filepath.Base(path), ".json"); ok {
			ids = append(ids, id)
		}
	})
	return ids
}
