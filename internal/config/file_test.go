package config

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// written writes a configuration file and reads it.
func written(t *testing.T, name, text string) (*File, error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return ReadFile(dir)
}

// profileOf returns one profile of a file that must be sound.
func profileOf(t *testing.T, name, text, profile string) Profile {
	t.Helper()
	f, err := written(t, name, text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	p, ok, err := f.Profile(profile)
	if err != nil || !ok {
		t.Fatalf("%s: profile %s exists: %v; %v", text, profile, ok, err)
	}
	return p
}

func TestFileIsReadAsItIsWritten(t *testing.T) {
	for _, row := range []struct {
		what, name, text string
		want             Profile
	}{
		{"a plain file", "config.yaml", "profiles:\n  work:\n    region: EU\n    client-id: app # ours\n", Profile{"region": "EU", "client-id": "app"}},
		{"the other ending", "config.yml", "profiles:\n  work:\n    region: EU\n", Profile{"region": "EU"}},
		{"_ for -", "config.yaml", "profiles:\n  work:\n    client_id: app\n", Profile{"client-id": "app"}},
		{"names in capitals", "config.yaml", "Profiles:\n  WORK:\n    Client-ID: App\n", Profile{"client-id": "App"}},
		{"a client ID of digits", "config.yaml", "profiles:\n  work:\n    client-id: 00123456\n", Profile{"client-id": "00123456"}},
		{"a client ID like a number with an exponent", "config.yaml", "profiles:\n  work:\n    client-id: 1234e5678\n", Profile{"client-id": "1234e5678"}},
		{"a policy like a date", "config.yaml", "profiles:\n  work:\n    acr-values: 2026-01-02\n", Profile{"acr-values": "2026-01-02"}},
		{"a list", "config.yaml", "profiles:\n  work:\n    scope: [openid, email]\n", Profile{"scope": "openid email"}},
		{"a list a line each", "config.yaml", "profiles:\n  work:\n    scope:\n      - openid\n      - p1:read:user\n", Profile{"scope": "openid p1:read:user"}},
		{"a switch and a number", "config.yaml", "profiles:\n  work:\n    sandbox: true\n    max-age: 60\n", Profile{"sandbox": "true", "max-age": "60"}},
		{"an empty value", "config.yaml", "profiles:\n  work:\n    region:\n    scope: ~\n", Profile{"region": "", "scope": ""}},
		{"an empty profile", "config.yaml", "profiles:\n  work:\n", Profile{}},
		{"a shared block", "config.yaml", "profiles:\n  base: &b\n    region: EU\n    client-id: x\n  work:\n    <<: *b\n    client-id: y\n", Profile{"region": "EU", "client-id": "y"}},
		{"a quoted name", "config.yaml", "profiles:\n  \"work\":\n    region: EU\n", Profile{"region": "EU"}},
		{"a byte order mark and CR LF", "config.yaml", "\ufeffprofiles:\r\n  work:\r\n    region: EU\r\n", Profile{"region": "EU"}},
		{"JSON", "config.json", `{"profiles": {"Work": {"client_id": 12345678901234567890, "scope": ["openid", "email"], "sandbox": true, "region": null}}}`,
			Profile{"client-id": "12345678901234567890", "scope": "openid email", "sandbox": "true", "region": ""}},
		{"JSON with a byte order mark", "config.json", "\ufeff{\"profiles\":{\"work\":{\"region\":\"EU\"}}}", Profile{"region": "EU"}},
		{"TOML with a byte order mark", "config.toml", "\ufeff[profiles.work]\nregion = \"EU\"\n", Profile{"region": "EU"}},
		{"a thousand profiles that share a block", "config.yaml", sharedBlock(1000), Profile{"region": "EU", "timeout": "10s", "wait": "1m", "scope": "openid", "client-id": "x"}},
		{"TOML", "config.toml", "[profiles.work]\nclient_id = \"00123\"\nscope = [\"openid\", \"email\"]\nmax-age = 60\nsandbox = false\n",
			Profile{"client-id": "00123", "scope": "openid email", "max-age": "60", "sandbox": "false"}},
	} {
		if got := profileOf(t, row.name, row.text, "Work"); !maps.Equal(got, row.want) {
			t.Errorf("%s: got %q, want %q", row.what, got, row.want)
		}
	}
}

func TestFileRefused(t *testing.T) {
	for _, row := range []struct{ what, name, text, problem string }{
		{"no YAML", "config.yaml", "profiles: [", "yaml"},
		{"a list for a file", "config.yaml", "- a\n", "names and values"},
		{"another top-level name", "config.yaml", "profile:\n  a:\n", `found "profile"`},
		{"profiles that are text", "config.yaml", "profiles: work\n", "one block for each profile"},
		{"a profile that is text", "config.yaml", "profiles:\n  work: hunter2\n", "expected its settings"},
		{"an unknown setting", "config.yaml", "profiles:\n  work:\n    regoin: EU\n", `unknown setting "regoin"`},
		{"a password", "config.yaml", "profiles:\n  work:\n    password: hunter2\n", "password-file"},
		{"a block for a value", "config.yaml", "profiles:\n  work:\n    scope:\n      a: b\n", "expected scope to be a string"},
		{"a setting twice", "config.yaml", "profiles:\n  work:\n    region: EU\n    region: NA\n", "twice"},
		{"a setting twice, spelled in two ways", "config.yaml", "profiles:\n  work:\n    client_id: a\n    client-id: b\n", "twice"},
		{"a profile twice", "config.yaml", "profiles:\n  work:\n    region: EU\n  work:\n    region: NA\n", "twice"},
		{"a profile twice, in two cases", "config.yaml", "profiles:\n  Work:\n    region: EU\n  work:\n    region: NA\n", "twice"},
		{"profiles twice", "config.yaml", "profiles:\n  a:\nprofiles:\n  work:\n", "twice"},
		{"two documents", "config.yaml", "profiles:\n  work:\n---\nprofiles:\n", "one document"},
		{"aliases that multiply", "config.yaml", bomb(), "deeper blocks"},
		{"a default that is a block", "config.yaml", "default-profile:\n  a: b\n", "default-profile to be a name"},
		{"merges that multiply", "config.yaml", mergeBomb(), "copy more than"},
		{"a long name that is merged", "config.yaml", longNameBomb(), "copy more than"},
		{"UTF-16", "config.yaml", "\xff\xfep\x00r\x00", "found UTF-16"},
		{"UTF-16 in TOML, the other way round", "config.toml", "\xfe\xff\x00[\x00p", "found UTF-16"},
		{"UTF-16 in JSON, without a mark", "config.json", "{\x00}\x00", "found UTF-16"},
		{"Latin-1", "config.json", "{\"profiles\":{\"work\":{\"login-hint\":\"J\xfcrgen\"}}}", "expected UTF-8"},
		{"JSON cut off", "config.json", `{"profiles":`, "JSON"},
		{"an array in JSON", "config.json", `[]`, "expected an object"},
		{"JSON and more", "config.json", `{} {}`, "nothing after it"},
		{"JSON with a name twice", "config.json", `{"profiles":{"work":{"region":"EU","region":"NA"}}}`, "twice"},
		{"JSON without bottom", "config.json", strings.Repeat(`{"profiles":`, 9000), "JSON"},
		{"no TOML", "config.toml", "profiles", "toml"},
		{"a TOML date", "config.toml", "[profiles.work]\nacr-values = 2026-01-02\n", "put it in quotes"},
		{"a TOML fraction", "config.toml", "[profiles.work]\nclient-id = 1234e5\n", "put it in quotes"},
		{"a TOML profile in two cases", "config.toml", "[profiles.work]\n[profiles.Work]\n", "twice"},
		{"a file of 5 MB", "config.yaml", strings.Repeat("# comment\n", 500_000), "at most"},
	} {
		f, err := written(t, row.name, row.text)
		if err == nil {
			_, _, err = f.Profile("work")
		}
		wrong, ours := err.(*Error)
		if !ours || !strings.Contains(wrong.Problem, row.problem) {
			t.Errorf("%s: got %v, want %q", row.what, err, row.problem)
			continue
		}
		if !strings.Contains(wrong.Problem, f.Path) || strings.Contains(wrong.Problem, "hunter2") {
			t.Errorf("%s: the error names no file, or what is in it: %v", row.what, err)
		}
	}
}

// bomb is a few lines that aliases multiply to 10^12.
func bomb() string {
	var b strings.Builder
	b.WriteString("profiles:\n  l0: &l0 {region: EU}\n")
	for i := range 12 {
		fmt.Fprintf(&b, "  l%d: &l%d [%s]\n", i+1, i+1, strings.Repeat(fmt.Sprintf("*l%d, ", i), 9)+fmt.Sprintf("*l%d", i))
	}
	return b.String() + "  work:\n    scope: *l12\n"
}

// mergeBomb is 150 KB: many profiles that merge one wide block.
func mergeBomb() string {
	var b strings.Builder
	b.WriteString("profiles:\n  a: &a {")
	for i := range 500 {
		fmt.Fprintf(&b, "k%d: x, ", i)
	}
	b.WriteString("}\n")
	for i := 0; b.Len() < 150_000; i++ {
		fmt.Fprintf(&b, "  p%d: {<<: *a}\n", i)
	}
	return b.String()
}

// longNameBomb is 150 KB: one name of 500 bytes is merged and hashed again and
// again.
func longNameBomb() string {
	return "profiles:\n  a: &a {" + strings.Repeat("x", 500) + ": y}\n  work:\n" + strings.Repeat("    <<: *a\n", 14_000)
}

// sharedBlock has n profiles that merge the same settings.
func sharedBlock(n int) string {
	var b strings.Builder
	b.WriteString("profiles:\n  base: &base {region: EU, timeout: 10s, wait: 1m, scope: openid}\n  work: {<<: *base, client-id: x}\n")
	for i := range n {
		fmt.Fprintf(&b, "  p%d:\n    <<: *base\n    client-id: x\n", i)
	}
	return b.String()
}

// TestBombsAreCheap: a small file must not cost a second.
func TestBombsAreCheap(t *testing.T) {
	for name, text := range map[string]string{"aliases": bomb(), "merges": mergeBomb(), "a long name": longNameBomb()} {
		start := time.Now()
		if _, err := decode("yaml", []byte(text)); err == nil {
			t.Errorf("%s: no error", name)
		}
		if took := time.Since(start); took > 2*time.Second { // 10 to 30 ms when the machine is idle
			t.Errorf("%s took %v", name, took)
		}
	}
}

func TestFileDefault(t *testing.T) {
	for text, want := range map[string]string{
		"":                                  "default",
		"# nothing\n":                       "default",
		"default-profile:\n":                "default",
		"default_profile: Work\n":           "work",
		"default-profile: 007\nprofiles:\n": "007",
	} {
		f, err := written(t, "config.yaml", text)
		if err != nil || f.Default != want || len(f.Names()) != 0 {
			t.Errorf("%q: default %q, names %q, %v; want %q", text, f.Default, f.Names(), err, want)
		}
	}
}

func TestFileIsOne(t *testing.T) {
	dir := t.TempDir()
	f, err := ReadFile(dir)
	if err != nil || f.Path != filepath.Join(dir, "config.yaml") || f.Default != "default" {
		t.Errorf("no file: %+v, %v", f, err)
	}
	for _, name := range []string{"config.yaml", "config.json"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("{}"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := ReadFile(dir); err == nil || !strings.Contains(err.Error(), "config.yaml, ") {
		t.Errorf("two files: %v", err)
	}
	dir = t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "config.yaml"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadFile(dir); err == nil || !strings.Contains(err.Error(), "config.yaml") {
		t.Errorf("a directory for a file: %v", err)
	}
}

// manyProfiles is a file as `config set` writes it.
func manyProfiles(n int) string {
	var b strings.Builder
	b.WriteString("default-profile: p1\n\nprofiles:\n")
	for i := range n {
		fmt.Fprintf(&b, "  # customer %d\n  p%d:\n    environment-id: 8f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e5 # theirs\n    region: EU\n"+
			"    client-id: \"%05d\"\n    redirect-uri: http://127.0.0.1/callback\n    scope: [openid, p1-user]\n", i, i, i)
	}
	return b.String()
}

// BenchmarkProfile shows what a profile costs among 2 and among 1,000.
func BenchmarkProfile(b *testing.B) {
	for _, n := range []int{2, 1000} {
		dir := b.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "config.yaml"), []byte(manyProfiles(n)), 0o600); err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				f, err := ReadFile(dir)
				if err != nil {
					b.Fatal(err)
				}
				if _, ok, err := f.Profile("p1"); !ok || err != nil {
					b.Fatal(ok, err)
				}
			}
		})
	}
}
