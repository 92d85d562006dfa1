package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestNames: every command, flag, variable and file that a document names is
// there.
func TestNames(t *testing.T) {
	commands, err := theProgram(t).commands()
	if err != nil {
		t.Fatal(err)
	}
	known := newNames(commands)
	for file, text := range documents(t) {
		for _, c := range codeOf(text) {
			for _, problem := range known.problems(c.text) {
				t.Errorf("%s:%d: %s: write what there is, or add it", file, c.line, problem)
			}
		}
		for _, link := range regexp.MustCompile(`\]\(([^)#:]*)(?:#([^)]*))?\)`).FindAllStringSubmatch(text, -1) {
			if !leads(filepath.Join(root, file), link[1], link[2]) {
				t.Errorf("%s: the link to %s#%s leads nowhere: mend it", file, link[1], link[2])
			}
		}
	}
}

// leads reports whether a link of a document leads to a file and, where it names
// one, to a heading.
func leads(from, target, heading string) bool {
	if target != "" {
		from = filepath.Join(filepath.Dir(from), target)
	}
	if heading == "" {
		_, err := os.Stat(from)
		return err == nil
	}
	text, err := os.ReadFile(from)
	if err != nil {
		return false
	}
	for _, h := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(string(text), -1) {
		words := regexp.MustCompile(`[^a-z0-9 _-]`).ReplaceAllString(strings.ToLower(h[1]), "")
		if strings.ReplaceAll(words, " ", "-") == heading {
			return true
		}
	}
	return false
}

func TestLeads(t *testing.T) {
	dir := t.TempDir()
	from := filepath.Join(dir, "a.md")
	if err := os.WriteFile(from, []byte("# A first `look`, then\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for link, want := range map[[2]string]bool{
		{"a.md", ""}: true, {"b.md", ""}: false, {"", "a-first-look-then"}: true, {"a.md", "another"}: false, {"b.md", "x"}: false,
	} {
		if got := leads(from, link[0], link[1]); got != want {
			t.Errorf("%s#%s: got %v", link[0], link[1], got)
		}
	}
}

// code is a piece of a document that is code, and its line.
type code struct {
	line int
	text string
}

// codeOf returns the lines of fenced blocks, joined where they end in a
// backslash, and the code spans of the text between.
func codeOf(text string) (found []code) {
	fenced, begun := false, 0
	var joined string
	for n, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			fenced = !fenced
			continue
		}
		if !fenced {
			for _, span := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(line, -1) {
				found = append(found, code{n + 1, span[1]})
			}
			continue
		}
		if joined == "" {
			begun = n + 1
		}
		if head, more := strings.CutSuffix(line, `\`); more {
			joined += head
			continue
		}
		found = append(found, code{begun, joined + line})
		joined = ""
	}
	return found
}

// names are what the program knows.
type names struct {
	commands  map[string]*command
	flags     map[string][]string // by the command's name
	variables map[string]bool
}

var (
	flagLine = regexp.MustCompile(`(?m)^ +(?:-\w, )?--([a-z][a-z0-9-]*)`)
	variable = regexp.MustCompile(`\b(?:IMPLICIT|PINGONE)_[A-Z][A-Z0-9_]*\b`)
)

func newNames(commands []command) *names {
	n := &names{map[string]*command{}, map[string][]string{}, map[string]bool{
		"PINGONE_ENVIRONMENT_ID": true, "PINGONE_REGION_CODE": true, "PINGONE_CLIENT_ID": true, // the aliases
		"IMPLICIT_TEST_REQUIRE": true, // of the tests
	}}
	for i := range commands {
		c := &commands[i]
		n.commands[c.name()] = c
		_, lists, _ := strings.Cut(c.help, "\nFlags:\n")
		for _, m := range flagLine.FindAllStringSubmatch(lists, -1) {
			n.flags[c.name()] = append(n.flags[c.name()], m[1])
			n.variables["IMPLICIT_"+strings.ToUpper(strings.ReplaceAll(m[1], "-", "_"))] = true
		}
		for _, name := range variable.FindAllString(c.help, -1) {
			n.variables[name] = true
		}
	}
	return n
}

// problems says which names in a piece of code are none.
func (n *names) problems(text string) (list []string) {
	for _, name := range variable.FindAllString(text, -1) {
		if !n.variables[name] {
			list = append(list, "no setting is read from the variable "+name)
		}
	}
	if flag, ok := strings.CutPrefix(text, "--"); ok { // a span of its own
		flag = regexp.MustCompile(`^[a-z0-9-]*`).FindString(flag)
		if flag != "" && !n.anyHas(flag) {
			list = append(list, "no command has the flag --"+flag)
		}
	}
	for _, at := range regexp.MustCompile("(?:^|[\\s\"'`(|&;=]|cmd/|bin/)implicit ").FindAllStringIndex(text, -1) {
		list = append(list, n.callProblems(text[at[1]:])...)
	}
	return list
}

func (n *names) anyHas(flag string) bool {
	for _, flags := range n.flags {
		if slices.Contains(flags, flag) {
			return true
		}
	}
	return false
}

var word = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)

// callProblems looks at one call of the program, up to where the shell ends it.
func (n *names) callProblems(call string) (list []string) {
	if end := regexp.MustCompile("[|;&)<>`]| -- ").FindStringIndex(call); end != nil {
		call = call[:end[0]]
	}
	command, settled := "implicit", false
	for _, w := range strings.Fields(call) {
		w = strings.Trim(w, `"'[]`)
		c := n.commands[command]
		switch flag, isFlag := strings.CutPrefix(w, "--"); {
		case isFlag && flag != "":
			settled = true
			flag, _, _ = strings.Cut(flag, "=")
			if !slices.Contains(n.flags[command], flag) {
				list = append(list, fmt.Sprintf("%s has no flag --%s", command, flag))
			}
		case settled || len(c.subs) == 0:
			settled = true
		case slices.Contains(c.subs, w):
			command += " " + w
		case word.MatchString(w) && w != "help":
			list = append(list, fmt.Sprintf("%s has no command %s", command, w))
			settled = true
		default:
			settled = true
		}
	}
	return list
}

func TestNamesFindsWhatIsNot(t *testing.T) {
	known := newNames([]command{
		{help: "\nFlags:\n  -q, --quiet  x\n", subs: []string{"login", "flow"}},
		{path: []string{"login"}, help: "\nFlags:\n      --region CODE  x; or IMPLICIT_PLACE\n  -q, --quiet  x\n"},
		{path: []string{"flow"}, subs: []string{"show"}},
		{path: []string{"flow", "show"}, help: "\nFlags:\n      --json  x\n"},
	})
	for _, row := range []struct {
		name, text string
		problems   int
	}{
		{"what there is", "$ implicit login --region EU -q", 0},
		{"a flag that is not", "implicit login --place EU", 1},
		{"a flag of another command", "implicit flow show --region EU", 1},
		{"a command that is not", "implicit sing", 1},
		{"a subcommand that is not", "x=$(implicit flow hide)", 1},
		{"after a pipe", "cat | implicit login --place", 1},
		{"the flags of the next command", "implicit login | curl --place", 0},
		{"the flags of a child", "implicit login -- curl --place", 0},
		{"a variable that is not", "IMPLICIT_PLICE=EU", 1},
		{"a variable of a flag, and one that help names", "IMPLICIT_REGION=EU IMPLICIT_PLACE=x", 0},
		{"a flag alone", "--region", 0},
		{"a flag alone that is not", "--place EU", 1},
		{"a continued line", "implicit login   --place", 1},
		{"a name that ends so", "pkg/implicit is", 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := known.problems(row.text); len(got) != row.problems {
				t.Errorf("got %q, want %d", got, row.problems)
			}
		})
	}
}
