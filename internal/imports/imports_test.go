package imports

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const root = "../.."

// TestTree reads the imports of every Go file, for whatever system it is built.
func TestTree(t *testing.T) {
	found := map[string]bool{}
	for _, file := range goFiles(t) {
		if !strings.HasSuffix(file, "_test.go") {
			found[path.Dir(file)] = true
		}
		for _, i := range importsOf(t, file) {
			if p := Problem(i); p != "" {
				t.Error(p)
			}
		}
	}
	for _, row := range Table() {
		if !found[row.Package] {
			t.Errorf("%s has a row and no code: delete the row from Table in internal/imports and from docs/architecture.md", row.Package)
		}
	}
	for pkg := range found {
		if _, ok := floor(pkg); !ok && !slices.Contains(Tools(), pkg) {
			t.Errorf("%s has no floor: add a row to Table in internal/imports and to docs/architecture.md", pkg)
		}
	}
}

func goFiles(t *testing.T) (files []string) {
	t.Helper()
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && name != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "node_modules") {
			return fs.SkipDir
		}
		if strings.HasSuffix(name, ".go") {
			rel, err := filepath.Rel(root, name)
			files = append(files, filepath.ToSlash(rel))
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func importsOf(t *testing.T, file string) (list []Import) {
	t.Helper()
	source, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), file, source, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range parsed.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatalf("%s: import %s: %v", file, spec.Path.Value, err)
		}
		list = append(list, Import{file, name})
	}
	return list
}

// TestArchitecture compares the table with the one that people read.
func TestArchitecture(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(root, "docs", "architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	var drawn, held []string
	for _, m := range regexp.MustCompile("(?m)^\\| ([0-9]) \\| `([a-z/]+)` \\|").FindAllStringSubmatch(string(page), -1) {
		drawn = append(drawn, m[1]+" "+m[2])
	}
	for _, row := range Table() {
		held = append(held, fmt.Sprint(row.Floor, " ", row.Package))
	}
	if !slices.Equal(drawn, held) {
		t.Errorf("docs/architecture.md and Table in internal/imports disagree; make them the same\ndrawn: %q\n held: %q", drawn, held)
	}
}

func TestProblem(t *testing.T) {
	for _, row := range []struct {
		name, file, path string
		wrong            bool
	}{
		{"a lower floor", "internal/login/login.go", Module + "/internal/config", false},
		{"a higher floor", "internal/config/keys.go", Module + "/internal/login", true},
		{"its own floor", "internal/config/keys.go", Module + "/internal/credstore", true},
		{"a package without a floor", "cmd/implicit/main.go", Module + "/internal/unknown", true},
		{"a tool imports the program", "internal/docs/main.go", Module + "/internal/config", true},
		{"a test of a tool may", "internal/bench/login_test.go", Module + "/internal/sandbox", false},
		{"the sandbox imports the client", "internal/sandbox/flow.go", Module + "/pkg/implicit", true},
		{"a test of the sandbox imports the client", "internal/sandbox/flow_test.go", Module + "/pkg/implicit", true},
		{"the sandbox imports jwx", "internal/sandbox/keys.go", "github.com/lestrrat-go/jwx/v2/jwk", true},
		{"the client imports the sandbox", "internal/login/login.go", Module + "/internal/sandbox", true},
		{"the public sandbox", "pkg/pingonetest/server.go", Module + "/internal/sandbox", false},
		{"the public sandbox imports other internal code", "pkg/pingonetest/server.go", Module + "/internal/state", true},
		{"a library imports the sandbox", "pkg/pingone/flow.go", Module + "/internal/sandbox", true},
		{"a command starts the sandbox", "cmd/implicit/sandbox.go", Module + "/internal/sandbox", false},
		{"a library imports internal code", "pkg/pingone/flow.go", Module + "/internal/state", true},
		{"a library imports os", "pkg/implicit/http.go", "os", true},
		{"a library imports os/exec", "pkg/implicit/http.go", "os/exec", true},
		{"an example of a library prints with os", "pkg/implicit/example_test.go", "os", false},
		{"a library imports Cobra", "pkg/implicit/http.go", "github.com/spf13/cobra", true},
		{"pingone imports a third party", "pkg/pingone/flow.go", "golang.org/x/net/html", true},
		{"implicit imports a third party", "pkg/implicit/formpage.go", "golang.org/x/net/html", false},
		{"the importer of oauth2", "pkg/tokensource/source.go", "golang.org/x/oauth2", false},
		{"a second importer of oauth2", "pkg/implicit/client.go", "golang.org/x/oauth2", true},
		{"a second importer of Viper", "cmd/implicit/root.go", "github.com/spf13/viper", true},
		{"the importer of Viper", "internal/config/file.go", "github.com/spf13/viper", false},
		{"a second importer of pkg/browser", "cmd/implicit/app.go", "github.com/pkg/browser", true},
		{"the importer of pkg/browser", "internal/browser/browser.go", "github.com/pkg/browser", false},
		{"a layout below what it lays out", "internal/login/login.go", Module + "/internal/render", true},
		{"a template in the binary", "internal/render/render.go", "text/template", true},
		{"the standard library", "internal/render/render.go", "encoding/json", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := Problem(Import{row.file, row.path}); (got != "") != row.wrong {
				t.Errorf("got %q, wrong should be %v", got, row.wrong)
			}
		})
	}
}
