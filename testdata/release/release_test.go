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

// TestArchive: an archive has every document, and what .release holds.
func TestArchive(t *testing.T) {
	matched := map[string]bool{}
	for _, f := range project(t).Archives[0].Files {
		if f.Info.MTime != "{{ .CommitDate }}" {
			t.Errorf("%s: expected mtime {{ .CommitDate }}, so that two builds are the same", f.Source)
		}
		if strings.HasPrefix(f.Source, ".release/") {
			matched[f.Source] = true
			continue
		}
		found, err := filepath.Glob(filepath.Join(root, f.Source))
		if err != nil || len(found) == 0 {
			t.Errorf("no file matches %q: %v", f.Source, err)
		}
		for _, file := range found {
			matched[file] = true
		}
	}
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md"} {
		documents, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range documents {
			if !matched[file] {
				t.Errorf("%s is in no archive", file)
			}
		}
	}
	if !matched[".release/THIRD-PARTY-NOTICES.txt"] {
		t.Error("the licences of what is built in are missing: they must go with the binary")
	}
}

// TestPackages: the packages put completions and manual pages where each system
// looks for them, with the time of the commit.
func TestPackages(t *testing.T) {
	p := project(t)
	if len(p.NFPMs) != 1 || !slices.Equal(p.NFPMs[0].Formats, []string{"deb", "rpm", "apk", "archlinux"}) {
		t.Fatalf("got %+v", p.NFPMs)
	}
	packages, at := p.NFPMs[0], map[string]bool{}
	if packages.MTime != "{{ .CommitDate }}" || packages.RPM.BuildHost == "" {
		t.Errorf("mtime %q, build host %q: two builds differ", packages.MTime, packages.RPM.BuildHost)
	}
	for _, c := range packages.Contents {
		at[c.Packager+":"+c.Destination] = true
		if c.FileInfo.MTime != "{{ .CommitDate }}" {
			t.Errorf("%s: expected mtime {{ .CommitDate }}", c.Destination)
		}
	}
	for _, want := range []string{
		":/usr/share/doc/implicit/copyright", ":/usr/share/doc/implicit/THIRD-PARTY-NOTICES.txt", ":/usr/share/man/man1/", ":/usr/share/man/man5/", ":/usr/share/man/man7/",
		":/usr/share/bash-completion/completions/implicit", ":/usr/share/fish/vendor_completions.d/implicit.fish", "deb:/usr/share/zsh/vendor-completions/_implicit",
		"rpm:/usr/share/zsh/site-functions/_implicit", "apk:/usr/share/zsh/site-functions/_implicit", "archlinux:/usr/share/zsh/site-functions/_implicit",
	} {
		if !at[want] {
			t.Errorf("no package has %s", want)
		}
	}
}
