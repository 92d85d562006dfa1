// Package release reads .goreleaser.yaml as GoReleaser does, so that a release
// does not fail on what a commit could have shown. In a module of its own, since
// the program needs nothing of it.
package release

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goreleaser/goreleaser/v2/pkg/config"
)

const root = "../.."

func project(t *testing.T) config.Project {
	t.Helper()
	p, err := config.Load(filepath.Join(root, ".goreleaser.yaml")) // refuses unknown fields
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Builds) != 1 || len(p.Archives) != 1 {
		t.Fatalf("got %d builds and %d archives, want one of each", len(p.Builds), len(p.Archives))
	}
	return p
}

// TestTargets: what is released is what .ci/run vets and compiles.
func TestTargets(t *testing.T) {
	script, err := os.ReadFile(filepath.Join(root, ".ci", "run"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(script), "\ntargets='")
	line, _, _ := strings.Cut(rest, "'")
	var released []string
	build := project(t).Builds[0]
	for _, system := range build.Goos {
		for _, arch := range build.Goarch {
			released = append(released, system+"/"+arch)
		}
	}
	if checked := strings.Fields(line); !slices.Equal(released, checked) {
		t.Errorf("released: %q\nchecked:  %q\nmake .goreleaser.yaml and .ci/run the same", released, checked)
	}
}

func TestBuild(t *testing.T) {
	build := project(t).Builds[0]
	if !slices.Contains(build.Flags, "-trimpath") || !slices.Contains(build.Env, "CGO_ENABLED=0") {
		t.Errorf("flags %q, env %q: want -trimpath and CGO_ENABLED=0, so that a build can be repeated anywhere", build.Flags, build.Env)
	}
	if !strings.Contains(strings.Join(build.Ldflags, " "), "-X main.version={{ .Version }}") {
		t.Errorf("ldflags %q: want -X main.version, which implicit version prints", build.Ldflags)
	}
	if _, err := os.Stat(filepath.Join(root, build.Main)); err != nil {
		t.Error(err)
	}
}

// TestArchive: an archive has every file that it should.
func TestArchive(t *testing.T) {
	for _, f := range project(t).Archives[0].Files {
		found, err := filepath.Glob(filepath.Join(root, strings.ReplaceAll(f.Source, "**", "*")))
		if err != nil || len(found) == 0 {
			t.Errorf("nothing is there for %q: %v", f.Source, err)
		}
	}
}
