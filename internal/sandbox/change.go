package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"
)

// What is changed while the sandbox runs, until Reset.

// PutUsers adds users, or replaces those with their usernames, whose sessions go on:
// all of them, or none where there is a mistake. text is a user as in a tenant file, or
// a list of them, in JSON. It returns the usernames. The error is a *TenantError.
func (s *Sandbox) PutUsers(text []byte) ([]string, error) {
	t, err := s.readItems(text, readUser)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range t.users {
		if other := s.byID[a.id]; other != nil && other.Username != a.Username {
			return nil, mistaken("id", "the user ID %q is that of %q", a.id, other.Username)
		}
	}
	names := make([]string, len(t.users))
	for i, a := range t.users {
		names[i] = a.Username
		a.begin(s.passwords, s.clock())
		old := s.accounts[a.Username]
		if old == nil {
			s.addAccount(&a)
			continue
		}
		delete(s.byID, old.id)
		*old = a // sessions and flows have it
		s.byID[old.id] = old
	}
	return names, nil
}

// DeleteUser removes a user, with the user's sessions and flows. The last one cannot
// be deleted.
func (s *Sandbox) DeleteUser(username string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.accounts[username]
	switch {
	case a == nil:
		return &NotFoundError{"user", username}
	case len(s.users) == 1:
		return mistaken("", "%q is the only user; add another one first", username)
	}
	delete(s.accounts, username)
	delete(s.byID, a.id)
	s.users = slices.DeleteFunc(s.users, func(other *account) bool { return other == a })
	s.expireSessions(a)
	s.expireFlows(a)
	return nil
}

// PutApplications is PutUsers for applications, which their client IDs identify. It
// returns the client IDs. Flows go on with the application that they began with.
func (s *Sandbox) PutApplications(text []byte) ([]string, error) {
	t, err := s.readItems(text, readApplication)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := make([]string, len(t.apps))
	for i, a := range t.apps {
		ids[i] = a.ClientID
		if a.policies == nil {
			a.policies = s.initial.Tenant.defaultPolicies
		}
		a.fill(0)
		s.scoped = s.scoped || len(a.switches) > 0
		if old := s.clients[a.ClientID]; old != nil {
			*old = a
			continue
		}
		s.apps, s.clients[a.ClientID] = append(s.apps, &a), &a
	}
	return ids, nil
}

// DeleteApplication removes the application with a client ID, and its flows. The last
// one cannot be deleted.
func (s *Sandbox) DeleteApplication(clientID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.clients[clientID]
	switch {
	case a == nil:
		return &NotFoundError{"application", clientID}
	case len(s.apps) == 1:
		return mistaken("", "%q is the only application; add another one first", a.Name)
	}
	delete(s.clients, clientID)
	s.apps = slices.DeleteFunc(s.apps, func(other *application) bool { return other == a })
	maps.DeleteFunc(s.flows, func(_ string, f *flow) bool { return f.req.app.ClientID == clientID })
	return nil
}

// readItems reads users or applications, by the reader of tenant files. It needs no
// lock: the tenant of the start does not change.
func (s *Sandbox) readItems(text []byte, read func(*tenantReader, *yaml.Node, *Tenant)) (*Tenant, error) {
	text, err := plainJSON(text)
	if err != nil {
		return nil, err
	}
	r := newTenantReader()
	r.t.resources, r.t.policies = s.initial.Tenant.resources, s.initial.Tenant.policies
	item := func(n *yaml.Node) { read(r, n, r.t) }
	r.readDocuments(TenantFile{Text: text}, func(n *yaml.Node) {
		if n.Kind == yaml.SequenceNode {
			r.list(n, item)
			return
		}
		item(n)
	})
	return r.t, r.finish()
}

// TenantItems returns, in JSON, what a tenant file has under a key, or the file itself
// where it is one item or a list of them: for PutUsers and PutApplications. The error
// is a *TenantError.
func TenantItems(f TenantFile, key string) ([]byte, error) {
	r := newTenantReader()
	var items any
	r.readDocuments(f, func(n *yaml.Node) {
		items = r.json(n)
		if object, ok := items.(map[string]any); ok && object[key] != nil {
			items = object[key]
		}
	})
	if err := r.finish(); err != nil {
		return nil, err
	}
	return json.Marshal(items)
}

// plainJSON refuses what is not one JSON value. The reader takes YAML, which has no
// surrogates in escapes: a text with escapes is written again without.
func plainJSON(text []byte) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); errors.Is(err, io.EOF) {
		return nil, mistaken("", "expected JSON, found nothing")
	} else if err != nil {
		return nil, mistaken("", "not JSON: %v", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, mistaken("", "expected one JSON value, found more")
	}
	if !bytes.Contains(text, []byte(`\u`)) {
		return text, nil
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(value)
	return b.Bytes(), err
}

func mistaken(path, format string, args ...any) error {
	return &TenantError{[]Mistake{{Line: 1, Column: 1, Path: path, Message: fmt.Sprintf(format, args...)}}}
}

// MoveClock adds to the sandbox's clock. TLS keeps the real time. It refuses a time
// before 1970 or after 2200.
func (s *Sandbox) MoveClock(d time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shiftClock(s.now().Add(s.shift).Add(d))
}

// SetClock sets the sandbox's clock, which goes on from there. It refuses what MoveClock does.
func (s *Sandbox) SetClock(t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shiftClock(t)
}

// RealClock sets the sandbox's clock back to the real time.
func (s *Sandbox) RealClock() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shift = 0
}

func (s *Sandbox) shiftClock(to time.Time) error {
	if year := to.UTC().Year(); year < 1970 || year > 2200 {
		return &ValueError{"the clock must be between the years 1970 and 2200"}
	}
	s.shift = (to.Sub(s.now()) + time.Millisecond/2 - 1).Round(time.Millisecond) // never down: it would be before to
	return nil
}

// Clock returns the time that the sandbox has, and how far it is from the real time.
func (s *Sandbox) Clock() (now time.Time, shift time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.clock(), s.shift
}

// ExpireSessions ends the sessions of a user, or of all with an empty name. It returns how
// many there were.
func (s *Sandbox) ExpireSessions(username string) (int, error) {
	return s.expire(username, s.expireSessions)
}

// ExpireFlows is ExpireSessions for the sign-on flows that have not ended. Flows whose
// user is not known yet are those of no user.
func (s *Sandbox) ExpireFlows(username string) (int, error) { return s.expire(username, s.expireFlows) }

func (s *Sandbox) expire(username string, of func(*account) int) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.accounts[username]
	if username != "" && a == nil {
		return 0, &NotFoundError{"user", username}
	}
	return of(a), nil
}

func (s *Sandbox) expireSessions(a *account) int {
	before := len(s.sessions)
	maps.DeleteFunc(s.sessions, func(_ string, sess *session) bool { return a == nil || sess.account == a })
	return before - len(s.sessions)
}

func (s *Sandbox) expireFlows(a *account) int {
	before := len(s.flows)
	maps.DeleteFunc(s.flows, func(_ string, f *flow) bool { return a == nil || f.account == a })
	return before - len(s.flows)
}

// Reset brings back the tenant, the switches and the clock of the start, and drops
// flows, sessions, messages and the journal. Keys stay.
func (s *Sandbox) Reset() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.journal.Clear()
	return s.begin()
}

// Users lists the users as they are now, in the order in which they were added.
func (s *Sandbox) Users() []User {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]User, len(s.users))
	for i, a := range s.users {
		list[i] = a.User
	}
	return list
}

// Applications lists the applications as they are now.
func (s *Sandbox) Applications() []Application {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Application, len(s.apps))
	for i, a := range s.apps {
		list[i] = a.Application
	}
	return list
}

// ValueError says what is wrong with a value.
type ValueError struct{ message string }

func (e *ValueError) Error() string { return e.message }

// Kind is the class of the error: wrong usage.
func (e *ValueError) Kind() string { return "usage" }
