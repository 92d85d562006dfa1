package login

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/state"
	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// StepLife is how long a flow that is driven step by step is kept: PingOne
// forgets one after 15 minutes without a call.
const StepLife = 15 * time.Minute

// Step is a sign-on between two commands: the request whose answer resume will
// be, and the session's cookies.
type Step struct {
	AuthURL   string
	ResumeURL string // as the flow names it; empty where it was not read yet
	Request   *implicit.Request
	Session   pingone.Session
	Answer    *implicit.Response // where the flow's last action already brought it
}

// stepFile is a Step at rest. Its secrets are in clear: the file is its owner's
// alone and lives for 15 minutes.
type stepFile struct {
	AuthURL string           `json:"auth_url"`
	Resume  string           `json:"resume_url,omitempty"`
	Expires time.Time        `json:"expires"`
	Request savedRequest     `json:"request"`
	Cookies []implicit.Param `json:"cookies"`
	Answer  []implicit.Param `json:"answer,omitempty"`
}

// savedRequest is what validation needs of a request.
type savedRequest struct {
	Endpoint, ClientID, RedirectURI, ResponseType, ResponseMode, Scope, State, Nonce, ACRValues string
	MaxAge                                                                                      *int64
}

func save(r *implicit.Request) savedRequest {
	return savedRequest{r.Endpoint, r.ClientID, r.RedirectURI, r.ResponseType, r.ResponseMode, r.Scope,
		r.State, r.Nonce, r.ACRValues, r.MaxAge}
}

func (r savedRequest) restore() *implicit.Request {
	return &implicit.Request{Endpoint: r.Endpoint, ClientID: r.ClientID, RedirectURI: r.RedirectURI,
		ResponseType: r.ResponseType, ResponseMode: r.ResponseMode, Scope: r.Scope,
		State: r.State, Nonce: r.Nonce, ACRValues: r.ACRValues, MaxAge: r.MaxAge}
}

// Steps keeps sign-ons between commands, a 0600 file for each flow ID.
type Steps struct {
	Dir state.Dir
	Now func() time.Time
}

var flowID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

func (s Steps) path(id string) (string, error) {
	if !flowID.MatchString(id) {
		return "", &config.Error{Problem: fmt.Sprintf("expected a flow ID, found %q", id)}
	}
	return s.Dir.Join("flows", id+".json")
}

// Save keeps step under the flow ID.
func (s Steps) Save(id string, step *Step) error {
	path, err := s.path(id)
	if err != nil {
		return err
	}
	f := stepFile{AuthURL: step.AuthURL, Resume: step.ResumeURL, Expires: s.Now().Add(StepLife), Request: save(step.Request)}
	for _, c := range step.Session.Cookies() {
		f.Cookies = append(f.Cookies, implicit.Param{Name: c.Name, Value: c.Value.Reveal()})
	}
	if step.Answer != nil {
		for _, name := range step.Answer.Names() {
			f.Answer = append(f.Answer, implicit.Param{Name: name, Value: step.Answer.Get(name).Reveal()})
		}
	}
	data, err := json.Marshal(f)
	if err != nil {
		return err
	}
	s.sweep(filepath.Dir(path))
	return state.WriteFile(path, data)
}

// Load returns what was kept under the flow ID; nil where there is nothing, or
// it is too old.
func (s Steps) Load(id string) (*Step, error) {
	path, err := s.path(id)
	if err != nil {
		return nil, err
	}
	data, err := state.ReadFile(path, 1<<20)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var f stepFile
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, fmt.Errorf("state of the flow in %s: %w", path, err)
	}
	if s.Now().After(f.Expires) {
		_ = os.Remove(path)
		return nil, nil
	}
	return f.step()
}

func (f *stepFile) step() (*Step, error) {
	step := &Step{AuthURL: f.AuthURL, ResumeURL: f.Resume, Request: f.Request.restore()}
	var cookies []pingone.Cookie
	for _, c := range f.Cookies {
		cookies = append(cookies, pingone.Cookie{Name: c.Name, Value: implicit.NewSecret(c.Value)})
	}
	step.Session = pingone.NewSession(cookies...)
	if f.Answer == nil {
		return step, nil
	}
	var err error
	step.Answer, err = implicit.NewResponse(implicit.Flow, f.Answer)
	return step, err
}

// Forget removes what was kept under the flow ID.
func (s Steps) Forget(id string) {
	if path, err := s.path(id); err == nil {
		_ = os.Remove(path)
	}
}

// sweep removes the flows that are too old to be resumed.
func (s Steps) sweep(dir string) {
	before := s.Now().Add(-StepLife)
	state.Sweep(dir, before)
	state.RemoveOld(dir, before, func(name string) bool { return strings.HasSuffix(name, ".json") })
}
