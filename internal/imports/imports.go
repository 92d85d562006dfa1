// Package imports holds the table of which package may import which. The table is the
// design of the tree: what is in it, a test keeps.
package imports

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// Module is the module's path.
const Module = "github.com/implicit-cli/implicit"

// Row gives a package its floor. It may import packages of lower floors only.
type Row struct {
	Floor   int
	Package string // its folder
}

// Table returns the packages of the program, lowest floor first.
func Table() []Row {
	return []Row{
		{0, "pkg/internal/web"},
		{0, "internal/state"},
		{0, "internal/sandbox"},
		{1, "internal/adminjson"},
		{1, "internal/control"},
		{1, "pkg/implicit"},
		{2, "pkg/pingone"},
		{2, "pkg/pingonetest"},
		{2, "internal/wire"},
		{2, "internal/words"},
		{3, "pkg/tokensource"},
		{3, "internal/fault"},
		{4, "internal/config"},
		{4, "internal/credstore"},
		{4, "internal/loopback"},
		{4, "internal/browser"},
		{4, "internal/passcode"},
		{4, "internal/report"},
		{5, "internal/prompt"},
		{5, "internal/session"},
		{5, "internal/proxy"},
		{6, "internal/login"},
		{7, "internal/doctor"},
		{7, "internal/batch"},
		{7, "internal/render"},
		{8, "cmd/implicit"},
	}
}

// Tools returns the packages that are no part of the program. They import
// none of our packages except in tests, and no package imports them.
func Tools() []string { return []string{"internal/bench", "internal/docs", "internal/imports"} }

// Import is one import line: File (its path in the tree) imports Path.
type Import struct{ File, Path string }

func (i Import) importer() string { return path.Dir(i.File) }
func (i Import) inTest() bool     { return strings.HasSuffix(i.File, "_test.go") }

// own returns the folder of a package of this module, "" for any other.
func (i Import) own() string { return strings.TrimPrefix(strings.TrimPrefix(i.Path, Module), "/") }

func (i Import) ours() bool { return i.Path == Module || strings.HasPrefix(i.Path, Module+"/") }

func (i Import) thirdParty() bool {
	first, _, _ := strings.Cut(i.Path, "/")
	return strings.Contains(first, ".") && !i.ours()
}

// Problem says what is wrong with an import and how to repair it; it is empty
// where the import is right.
func Problem(i Import) string {
	for _, rule := range []func(Import) string{floors, sandboxAlone, libraries, onePlace, linker} {
		if p := rule(i); p != "" {
			return fmt.Sprintf("%s imports %s: %s", i.File, i.Path, p)
		}
	}
	return ""
}

func floor(pkg string) (int, bool) {
	for _, row := range Table() {
		if row.Package == pkg {
			return row.Floor, true
		}
	}
	return 0, false
}

func floors(i Import) string {
	if !i.ours() || i.inTest() {
		return ""
	}
	upper, known := floor(i.importer())
	lower, found := floor(i.own())
	switch {
	case slices.Contains(Tools(), i.importer()):
		return "a tool is not part of the program; let it run the command, or move what it needs into a test"
	case !known || !found:
		return "no row of the table names both; add the missing one to Table in internal/imports and to docs/architecture.md"
	case lower >= upper:
		return fmt.Sprintf("floor %d may not reach floor %d; hand the value in from above, or move what both need to a lower floor", upper, lower)
	}
	return ""
}

// sandboxAlone keeps the sandbox and the client from sharing a mistake.
func sandboxAlone(i Import) string {
	switch {
	case i.importer() == "internal/sandbox" && (i.ours() || strings.Contains(i.Path, "jwx")):
		return "the sandbox shares no code with the client, tests included; write what it needs again, on the standard library"
	case i.own() == "internal/sandbox" && i.ours() && !i.inTest() && i.importer() != "cmd/implicit" && i.importer() != "internal/control" && !publicSandbox(i):
		return "only cmd/implicit, internal/control, pkg/pingonetest and tests use the sandbox; hand its address in"
	}
	return ""
}

// publicSandbox is the one import of internal code by a public package: the
// sandbox as a test double for anybody.
func publicSandbox(i Import) bool {
	return i.importer() == "pkg/pingonetest" && i.own() == "internal/sandbox"
}

// libraries keeps pkg usable in any program.
func libraries(i Import) string {
	if !strings.HasPrefix(i.File, "pkg/") || i.inTest() {
		return ""
	}
	switch {
	case i.Path == "os" || strings.HasPrefix(i.Path, "os/"):
		return "a library leaves the process alone; take a reader, a value or a function instead"
	case i.ours() && strings.HasPrefix(i.own(), "internal/") && !publicSandbox(i):
		return "pkg is for everybody and internal is not; move the code, or hand the value in"
	case strings.Contains(i.Path, "spf13/") || strings.HasSuffix(i.Path, "pkg/browser"):
		return "commands, settings and browsers belong to cmd and internal; hand the value in"
	case i.importer() == "pkg/pingone" && i.thirdParty():
		return "pkg/pingone uses the standard library and pkg/implicit; put the call into pkg/implicit"
	}
	return ""
}

// onePlace names the dependencies that have one importer.
func onePlace(i Import) string {
	for library, pkg := range map[string]string{
		"github.com/spf13/viper":                      "internal/config",
		"github.com/spf13/cobra":                      "cmd/implicit",
		"github.com/pkg/browser":                      "internal/browser",
		"github.com/zalando/go-keyring":               "internal/credstore",
		"github.com/docker/docker-credential-helpers": "internal/credstore",
		"github.com/gofrs/flock":                      "internal/state",
		"github.com/lestrrat-go/jwx":                  "pkg/implicit",
		"golang.org/x/oauth2":                         "pkg/tokensource",
		"github.com/pquerna/otp":                      "internal/passcode",
	} {
		within := i.Path == library || strings.HasPrefix(i.Path, library+"/")
		if within && i.importer() != pkg && !i.inTest() && !slices.Contains(Tools(), i.importer()) {
			return "only " + pkg + " does that; call what it offers, or let it offer more"
		}
	}
	return ""
}

// linker keeps out what would make every method of every type reachable.
func linker(i Import) string {
	if !i.inTest() && (i.Path == "text/template" || i.Path == "html/template") {
		return "it keeps the linker from leaving out dead code (1.4 MiB); write with fmt, and escape with html.EscapeString"
	}
	return ""
}
