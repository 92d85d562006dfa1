package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/internal/state"
	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// FlowLife is how long a flow is kept: PingOne forgets one after 15 minutes
// without a call.
const FlowLife = 15 * time.Minute

// Flow is a sign-on between two commands: the request whose response resume will
// bring, and the session's cookies.
type Flow struct {
	AuthURL   string
	ResumeURL string // as the flow names it; empty where it was not read yet
	Request   *implicit.Request
	Session   pingone.Session
	Response  *implicit.Response // where the flow's last action already brought it
}

// flowFile is a Flow at rest.
type flowFile struct {
	AuthURL  string           `json:"auth_url"`
	Resume   string           `json:"resume_url,omitempty"`
	Expires  time.Time        `json:"expires"`
	Request  savedRequest     `json:"request"`
	Cookies  []implicit.Param `json:"cookies"`
	Response json.RawMessage  `json:"response,omitempty"`
}

// savedRequest is what validation needs of a request.
type savedRequest struct {
	Endpoint, ClientID, RedirectURI, ResponseType, ResponseMode, Scope, State, Nonce, ACRValues, UILocales string
	MaxAge                                                                                                 *int64
	Params                                                                                                 []implicit.Param
}

func save(r *implicit.Request) savedRequest {
	return savedRequest{r.Endpoint, r.ClientID, r.RedirectURI, r.ResponseType, r.ResponseMode, r.Scope,
		r.State, r.Nonce, r.ACRValues, r.UILocales, r.MaxAge, r.Params}
}

func (r savedRequest) restore() *implicit.Request {
	return &implicit.Request{Endpoint: r.Endpoint, ClientID: r.ClientID, RedirectURI: r.RedirectURI,
		ResponseType: r.ResponseType, ResponseMode: r.ResponseMode, Scope: r.Scope,
		State: r.State, Nonce: r.Nonce, ACRValues: r.ACRValues, UILocales: r.UILocales, MaxAge: r.MaxAge, Params: r.Params}
}

// Flows keeps flows between commands, a 0600 file for each flow ID. Store seals
// them; one that keeps nothing leaves them in clear for the 15 minutes they live.
type Flows struct {
	Dir   state.Dir
	Now   func() time.Time
	Store *Store
}

// Sealed reports whether the files are sealed.
func (f Flows) Sealed() bool { return f.Store.Sealed.Seals() }

// FlowIDError says that a name is no flow ID.
type FlowIDError struct{ Found string }

func (e *FlowIDError) Error() string { return fmt.Sprintf("expected a flow ID, found %q", e.Found) }

// Kind is "usage".
func (e *FlowIDError) Kind() string { return "usage" }

func validFlowID(id string) bool { return regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`).MatchString(id) }

func (f Flows) path(id string) (string, error) {
	if !validFlowID(id) {
		return "", &FlowIDError{id}
	}
	return f.Dir.Join("flows", id+".json")
}

// Save keeps flow under its ID, and removes the flows that are too old.
func (f Flows) Save(ctx context.Context, id string, flow *Flow) error {
	path, err := f.path(id)
	if err != nil {
		return err
	}
	file := flowFile{AuthURL: flow.AuthURL, Resume: flow.ResumeURL, Expires: f.Now().Add(FlowLife),
		Request: save(flow.Request), Cookies: cookiesOf(flow.Session)}
	if flow.Response != nil {
		params := map[string]string{}
		for _, name := range flow.Response.Names() {
			params[name] = flow.Response.Get(name).Reveal()
		}
		if file.Response, err = json.Marshal(params); err != nil {
			return err
		}
	}
	data, err := json.Marshal(file)
	if err != nil {
		return err
	}
	f.Sweep()
	if f.Sealed() {
		if data, err = f.Store.Sealed.Seal(ctx, "flow:"+id, data); err != nil {
			return err
		}
	}
	return state.WriteFile(path, data)
}

// Load returns the flow kept under the ID; nil where there is none, or it is too
// old.
func (f Flows) Load(ctx context.Context, id string) (*Flow, error) {
	path, err := f.path(id)
	if err != nil {
		return nil, err
	}
	f.Sweep()
	data, err := state.ReadFile(path, 1<<20)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if f.Sealed() {
		if data, err = f.Store.Sealed.Unseal(ctx, "flow:"+id, data); err != nil {
			return nil, fmt.Errorf("saved flow: %w", err)
		}
	}
	var file flowFile
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("saved flow in %s: %w", path, err)
	}
	if f.Now().After(file.Expires) {
		_ = os.Remove(path)
		return nil, nil
	}
	return file.flow()
}

func (file *flowFile) flow() (flow *Flow, err error) {
	flow = &Flow{AuthURL: file.AuthURL, ResumeURL: file.Resume, Request: file.Request.restore(), Session: sessionOf(file.Cookies)}
	if file.Response != nil {
		flow.Response, err = implicit.Parse(string(file.Response), "")
	}
	return flow, err
}

// Forget removes the flow kept under the ID.
func (f Flows) Forget(id string) {
	if path, err := f.path(id); err == nil {
		_ = os.Remove(path)
	}
}

// Sweep removes the flows that are too old to be resumed, and what an
// interrupted write left.
func (f Flows) Sweep() {
	f.each(func(path string, info fs.FileInfo) {
		if f.Now().Sub(info.ModTime()) > FlowLife {
			_ = os.Remove(path)
		}
	})
}

// Clear removes all flows and says how many there were.
func (f Flows) Clear() (removed int) {
	f.each(func(path string, info fs.FileInfo) {
		if os.Remove(path) == nil && strings.HasSuffix(path, ".json") {
			removed++
		}
	})
	return removed
}

func (f Flows) each(do func(path string, info fs.FileInfo)) {
	dir, err := f.Dir.Join("flows")
	if err != nil {
		return
	}
	files, _ := os.ReadDir(dir)
	for _, file := range files {
		path, err := f.Dir.Join("flows", file.Name())
		if err != nil {
			continue
		}
		if info, err := file.Info(); err == nil && info.Mode().IsRegular() {
			do(path, info)
		}
	}
}
