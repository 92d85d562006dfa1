package session

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/internal/credstore"
	"github.com/implicit-cli/implicit/internal/state"
	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func open(t *testing.T) (*Store, *time.Time) {
	t.Helper()
	now := noon
	clock := func() time.Time { return now }
	s, err := Open(context.Background(), credstore.Options{Kind: credstore.File, Dir: state.At(t.TempDir()), Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	return s, &now
}

func keep(t *testing.T, s *Store, key Key, token string) {
	t.Helper()
	if err := s.Keep(context.Background(), key, &Entry{Profile: key.profile, User: key.user, AccessToken: token}); err != nil {
		t.Fatal(err)
	}
}

func find(t *testing.T, s *Store, key Key) string {
	t.Helper()
	e, err := s.Find(context.Background(), key)
	if err != nil {
		t.Fatal(err)
	}
	if e == nil {
		return ""
	}
	return e.AccessToken
}

func TestKeysAreEqualOnlyForEqualInputs(t *testing.T) {
	seen := map[string]bool{}
	for _, key := range []Key{
		NewKey("p", "u", "a", "b"), NewKey("p", "u", "ab"), NewKey("p", "u", "a", "", "b"), NewKey("pu", "", "a", "b"),
		NewKey("p", "", "u", "a", "b"), NewKey("p", "u", "b", "a"), NewKey("p", "u", "1:a,", "b"),
	} {
		if seen[key.String()] {
			t.Errorf("two keys are %q", key)
		}
		seen[key.String()] = true
	}
	first, second := NewKey("p", "u", "a"), NewKey("p", "u", "a")
	if first.String() != second.String() {
		t.Error("equal inputs make different keys")
	}
}

func TestEachUserKeepsTheirLogin(t *testing.T) {
	s, _ := open(t)
	any, jane, joe := NewKey("p", "", "x"), NewKey("p", "jane", "x"), NewKey("p", "joe", "x")
	if got := find(t, s, any); got != "" {
		t.Fatalf("an empty store has %q", got)
	}
	keep(t, s, jane, "jane's")
	keep(t, s, joe, "joe's")
	for key, want := range map[*Key]string{&jane: "jane's", &joe: "joe's", &any: "joe's"} {
		if got := find(t, s, *key); got != want {
			t.Errorf("%s: found %q, expected %q", key, got, want)
		}
	}
	all, err := s.List(context.Background())
	if err != nil || len(all) != 2 {
		t.Fatalf("%d logins (%v), expected 2", len(all), err)
	}
	for _, e := range all {
		if err := s.Forget(context.Background(), e); err != nil {
			t.Fatal(err)
		}
	}
	if keys, err := s.Sealed.List(context.Background()); err != nil || len(keys) > 0 {
		t.Errorf("after all logins were removed the store still has %q (%v)", keys, err)
	}
}

func TestRemovingAnEarlierLoginKeepsTheLatest(t *testing.T) {
	s, _ := open(t)
	any, jane, joe := NewKey("p", "", "x"), NewKey("p", "jane", "x"), NewKey("p", "joe", "x")
	keep(t, s, jane, "jane's")
	keep(t, s, joe, "joe's")
	all, err := s.List(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		if e.User == "jane" {
			if err := s.Forget(context.Background(), e); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := find(t, s, any); got != "joe's" {
		t.Errorf("the latest login is %q, expected joe's", got)
	}
}

func TestGood(t *testing.T) {
	e := Entry{AccessToken: "a", Obtained: noon, Expires: noon.Add(time.Hour)}
	for _, row := range []struct {
		what string
		now  time.Time
		ttl  time.Duration
		id   bool
		good bool
	}{
		{"fresh", noon, time.Minute, false, true},
		{"about to expire", noon.Add(59*time.Minute + 30*time.Second), time.Minute, false, false},
		{"expired", noon.Add(2 * time.Hour), 0, false, false},
		{"the clock was set back", noon.Add(-time.Hour), time.Minute, false, false},
		{"no ID token", noon, 0, true, false},
	} {
		if got := e.Good(row.now, row.ttl, time.Minute, row.id); got != row.good {
			t.Errorf("%s: good is %t", row.what, got)
		}
	}
}

func TestGoodWhereTheExpiryIsNotKnown(t *testing.T) {
	for _, row := range []struct {
		what  string
		entry Entry
		until time.Duration
	}{
		{"the ID token says", Entry{AccessToken: "a", IDToken: "i", IDExpires: noon.Add(time.Minute)}, time.Minute},
		{"nothing says", Entry{AccessToken: "a"}, AssumedLife},
	} {
		e := row.entry
		e.Obtained = noon
		if !e.Good(noon.Add(row.until-time.Second), 0, 0, false) || e.Good(noon.Add(row.until), 0, 0, false) {
			t.Errorf("%s: expected it to be used for %v", row.what, row.until)
		}
		if !e.Expiry(false).IsZero() {
			t.Errorf("%s: an expiry is made up: %v", row.what, e.Expiry(false))
		}
	}
}

func TestAFailureIsSharedForTheSameCredentials(t *testing.T) {
	s, now := open(t)
	ctx, key := context.Background(), NewKey("p", "jane", "x")
	right, wrong := implicit.NewSecret("right"), implicit.NewSecret("wrong")
	s.NoteFailure(ctx, key, []byte(`"refused"`), true, wrong)
	began := now.Add(time.Second)
	for _, row := range []struct {
		what     string
		after    time.Duration
		began    time.Time
		password implicit.Secret
		want     string
	}{
		{"a process that was waiting", 0, noon.Add(-time.Second), wrong, `"refused"`},
		{"the same password a moment later", 5 * time.Second, began, wrong, `"refused"`},
		{"another password", 5 * time.Second, noon.Add(-time.Second), right, ""},
		{"the same password after a while", 11 * time.Second, began, wrong, ""},
		{"a clock that was set back", -time.Second, noon.Add(-time.Minute), wrong, ""},
	} {
		*now = noon.Add(row.after)
		if got := s.Failure(ctx, key, row.began, row.password); string(got) != row.want {
			t.Errorf("%s: got %q, expected %q", row.what, got, row.want)
		}
	}
	if logins, err := s.List(ctx); err != nil || len(logins) > 0 {
		t.Errorf("a failure is listed as a login: %v %v", logins, err)
	}
}

func testFlow() *Flow {
	req := implicit.NewRequest("https://auth.example.com/as/authorize", "app", "https://app.example.com/cb")
	return &Flow{AuthURL: "https://auth.example.com", ResumeURL: "https://auth.example.com/as/resume?flowId=f", Request: req,
		Session: pingone.SessionFromToken(implicit.NewSecret("st-value"))}
}

func TestFlows(t *testing.T) {
	now := noon
	dir := filepath.Join(t.TempDir(), "a[b") // a pattern to filepath.Glob
	store, _ := open(t)
	f := Flows{Dir: state.At(dir), Now: func() time.Time { return now }, Store: store}
	ctx := t.Context()
	flow := testFlow()
	if err := f.Save(ctx, "flow-1", flow); err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(filepath.Join(dir, "flows", "flow-1.json")); err != nil || bytes.Contains(data, []byte("st-value")) {
		t.Errorf("the session cookie is in the file in clear (%v)", err)
	}
	got, err := f.Load(ctx, "flow-1")
	if err != nil || got == nil {
		t.Fatalf("%v %v", got, err)
	}
	if got.Request.State != flow.Request.State || got.ResumeURL != flow.ResumeURL || got.Session.Empty() {
		t.Errorf("the flow that was loaded is not the one that was saved")
	}
	if got, err := f.Load(ctx, "flow-2"); got != nil || err != nil {
		t.Errorf("a flow that was never saved: %v %v", got, err)
	}
	if _, err := f.Load(ctx, "../flow-1"); err == nil {
		t.Error("a path was taken for a flow ID")
	}
	now = noon.Add(FlowLife + time.Second)
	if got, err := f.Load(ctx, "flow-1"); got != nil || err != nil {
		t.Errorf("a flow of 15 minutes ago: %v %v", got, err)
	}
}

func TestOldFlowsAreSwept(t *testing.T) {
	dir := t.TempDir()
	store, _ := open(t)
	f := Flows{Dir: state.At(dir), Now: time.Now, Store: store}
	ctx := t.Context()
	if err := f.Save(ctx, "old", testFlow()); err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(dir, "flows", ".tmp-left")
	if err := os.WriteFile(left, []byte("cookie"), 0o600); err != nil {
		t.Fatal(err)
	}
	f.Now = func() time.Time { return time.Now().Add(FlowLife + time.Minute) }
	f.Sweep()
	files, err := os.ReadDir(filepath.Join(dir, "flows"))
	if err != nil || len(files) > 0 {
		t.Errorf("left: %v %v", files, err)
	}
	f.Now = time.Now
	if err := f.Save(ctx, "new", testFlow()); err != nil {
		t.Fatal(err)
	}
	if n := f.Clear(); n != 1 {
		t.Errorf("%d flows removed, expected 1", n)
	}
}

func TestKeyFiles(t *testing.T) {
	k := KeyFiles{Dir: state.At(t.TempDir())}
	if _, ok := k.Load("https://a.example/jwks"); ok {
		t.Error("found keys that were never stored")
	}
	k.Store("https://a.example/jwks", implicit.CachedKeys{Body: []byte("{}"), FetchedAt: noon})
	if got, ok := k.Load("https://a.example/jwks"); !ok || string(got.Body) != "{}" {
		t.Errorf("%v %v", got, ok)
	}
	if _, ok := k.Load("https://b.example/jwks"); ok {
		t.Error("found the keys of another address")
	}
	if _, ok := (KeyFiles{Dir: k.Dir, Trust: []byte("another CA")}).Load("https://a.example/jwks"); ok {
		t.Error("found keys that were fetched under other roots")
	}
}
