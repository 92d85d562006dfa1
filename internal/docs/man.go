package main

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/cpuguy83/go-md2man/v2/md2man"
	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
	"github.com/spf13/pflag"
)

// manual returns every manual page by its file name, dated.
func (p *program) manual(date time.Time) (map[string][]byte, error) {
	commands, err := p.commands()
	if err != nil {
		return nil, err
	}
	built := map[string]*cobra.Command{}
	pages := map[string][]byte{}
	for i := range commands {
		c := &commands[i]
		this := c.cobra()
		built[c.name()] = this
		if len(c.path) > 0 {
			built[parent(c)].AddCommand(this)
		}
		if lines := c.sections()[everyCommand]; lines != "" && !built["implicit"].HasPersistentFlags() {
			addFlags(built["implicit"].PersistentFlags(), lines)
		}
	}
	for name, c := range built {
		var page bytes.Buffer
		header := &doc.GenManHeader{Section: "1", Date: &date, Source: "implicit", Manual: "implicit manual"}
		if err := doc.GenMan(c, header, &page); err != nil {
			return nil, err
		}
		pages[strings.ReplaceAll(name, " ", "-")+".1"] = tagged(page.Bytes())
	}
	others, err := p.otherPages(commands, date)
	for _, name := range slices.Backward(slices.Sorted(maps.Keys(others))) {
		pages[name] = tagged(md2man.Render([]byte(others[name])))
		see := fmt.Sprintf(".SH SEE ALSO\n\\fB%s(%s)\\fP,\n", strings.TrimSuffix(name, name[len(name)-2:]), name[len(name)-1:])
		pages["implicit.1"] = bytes.Replace(pages["implicit.1"], []byte(".SH SEE ALSO\n"), []byte(see), 1)
	}
	return pages, err
}

// tagged puts the description of a flag below it, and leaves out the default of
// those that are on or off.
func tagged(page []byte) []byte {
	page = regexp.MustCompile(`(?m)(?:^\.PP\n)?^(\\fB.*)\n\t`).ReplaceAll(page, []byte(".TP\n$1\n"))
	return bytes.ReplaceAll(page, []byte(`\fP[=false]`), []byte(`\fP`))
}

func parent(c *command) string {
	upper := command{path: c.path[:len(c.path)-1]}
	return upper.name()
}

// cobra makes a command of what the program says in its help: the program does
// not hand out its own, and must not grow by what writes manual pages.
func (c *command) cobra() *cobra.Command {
	text := c.sections()
	long := text[""]
	short := c.says
	if short == "" {
		short, _, _ = strings.Cut(long, "\n")
	}
	use := strings.TrimPrefix(strings.TrimSpace(text["Usage"]), c.name())
	name := c.name()[strings.LastIndex(c.name(), " ")+1:]
	made := &cobra.Command{
		Use: name + escape(use), Short: strings.TrimSuffix(short, "."), Long: markdown(long), Example: text["Examples"],
		DisableFlagsInUseLine: true, DisableAutoGenTag: true, Run: func(*cobra.Command, []string) {},
	}
	for title, lines := range text {
		if title != everyCommand { // those are inherited
			addFlags(made.Flags(), lines)
		}
	}
	return made
}

// everyCommand is the heading over the flags that all commands take.
const everyCommand = "Every command"

func addFlags(set *pflag.FlagSet, lines string) {
	for _, m := range flagLines.FindAllStringSubmatch(lines, -1) {
		f := set.VarPF(shown(m[3]), m[2], m[1], escape(m[4]))
		if m[3] == "" {
			f.NoOptDefVal, f.DefValue = "true", "false"
		}
	}
}

var (
	flagLines = regexp.MustCompile(`(?m)^ +(?:-(\w), )?--([a-z][a-z0-9-]*)(?: (\S+))?  +(.*)$`)
	heading   = regexp.MustCompile(`(?m)^([A-Z][A-Za-z ]*):$`)
)

// sections are the parts of the help by their headings; the text before the
// usage has none.
func (c *command) sections() map[string]string {
	long, rest, _ := strings.Cut(c.help, "\nUsage:\n")
	parts := map[string]string{"": strings.TrimSpace(long)}
	at, title := 0, "Usage"
	for _, m := range heading.FindAllStringSubmatchIndex(rest, -1) {
		parts[title] = strings.Trim(rest[at:m[0]], "\n")
		at, title = m[1], rest[m[2]:m[3]]
	}
	parts[title] = strings.Trim(rest[at:], "\n")
	if title == "Usage" {
		parts[title], _, _ = strings.Cut(parts[title], "\n")
	}
	return parts
}

// shown is a flag's value as help shows it.
type shown string

func (s shown) String() string   { return string(s) }
func (s shown) Set(string) error { return nil }
func (s shown) Type() string     { return "" }

// markdown keeps lines that are laid out by hand as they are.
func markdown(text string) string {
	var b strings.Builder
	set := false
	for line := range strings.Lines(text) {
		indented := strings.HasPrefix(line, " ")
		if indented != set && line != "\n" {
			b.WriteString("\n")
			set = indented
		}
		if indented {
			b.WriteString("    " + line)
			continue
		}
		b.WriteString(escape(line))
	}
	return b.String()
}

func escape(text string) string {
	return regexp.MustCompile("[<>*_`|\\[\\]\\\\]").ReplaceAllString(text, `\$0`)
}

// otherPages are those that belong to no command, in Markdown.
func (p *program) otherPages(commands []command, date time.Time) (map[string]string, error) {
	pages := map[string]string{"implicit-config.5": configPage(commands, date)}
	for _, topic := range topicsOf(&commands[0]) {
		text, err := p.run("help", topic.name)
		if err != nil {
			return nil, err
		}
		pages["implicit-"+topic.name+".7"] = title("implicit-"+topic.name, "7", date) +
			fmt.Sprintf("# NAME\nimplicit-%s - %s\n\n# DESCRIPTION\n%s\n\n# SEE ALSO\n**implicit(1)**\n", topic.name, topic.says, markdown(text))
	}
	return pages, nil
}

type topic struct{ name, says string }

// topicsOf reads the help topics that implicit lists.
func topicsOf(root *command) (list []topic) {
	for line := range strings.Lines(root.sections()["Help topics"]) {
		if name, says, ok := strings.Cut(strings.TrimSpace(line), "  "); ok {
			list = append(list, topic{name, strings.TrimSpace(says)})
		}
	}
	return list
}

func title(name, section string, date time.Time) string {
	return fmt.Sprintf("%% %q %q %q \"implicit\" \"implicit manual\"\n", strings.ToUpper(name), section, date.Format("Jan 2006"))
}
