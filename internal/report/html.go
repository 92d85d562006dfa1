package report

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/implicit-cli/implicit/internal/words"
)

// The page's only assets. html/template would switch off the linker's dead-code
// removal; a page is written by [page], which escapes all text.
var (
	//go:embed page.css
	pageCSS string
	//go:embed page.js
	pageJS string
)

// HTML writes the run as one page that needs no network and no script. Text of the
// recording is escaped, is in no attribute and is no link.
func (r Run) HTML(w io.Writer) error {
	p := &page{run: r, hops: r.hops(), lints: r.findings()}
	p.head()
	p.verdict()
	p.nav()
	p.raw("<main>")
	p.findings()
	p.sequence()
	p.timeline()
	p.hopList()
	p.tokens()
	p.checks()
	p.settings()
	p.raw("</main>")
	p.foot()
	_, err := io.WriteString(w, p.b.String())
	return err
}

// page builds the page. raw takes our own markup; everything else goes through text.
type page struct {
	b     strings.Builder
	run   Run
	hops  []pageHop
	lints []Finding
}

func (p *page) raw(markup ...string) {
	for _, m := range markup {
		p.b.WriteString(m)
	}
}

// text writes foreign text. What can do more than show itself is shown by its number.
func (p *page) text(s string) {
	p.b.WriteString(escapeHTML(p.run.scrub(s), "<b class=ctl>", "</b>", false))
}

// lines is text that may have line ends.
func (p *page) lines(s string) {
	p.b.WriteString(escapeHTML(p.run.scrub(s), "<b class=ctl>", "</b>", true))
}

// label is text inside of a drawing, which can hold no markup.
func (p *page) label(s string, limit int) {
	s = p.run.scrub(s)
	if runes := []rune(s); len(runes) > limit {
		s = string(runes[:limit-1]) + "…"
	}
	p.b.WriteString(escapeHTML(s, "[", "]", false))
}

// element writes text in one of our elements, such as `td class=name`.
func (p *page) element(tag, text string) {
	name, _, _ := strings.Cut(tag, " ")
	p.raw("<", tag, ">")
	p.text(text)
	p.raw("</", name, ">")
}

// escapeHTML returns text in which no character is markup, or drives the page: control,
// bidirectional and other format characters, and bytes that are no text.
func escapeHTML(s, before, after string, multiline bool) string {
	var b strings.Builder
	for i, c := range s {
		_, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case c == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, "%s\\x%02x%s", before, s[i], after)
		case multiline && (c == '\n' || c == '\t'):
			b.WriteRune(c)
		case words.Drives(c):
			fmt.Fprintf(&b, "%sU+%04X%s", before, c, after)
		case strings.ContainsRune(`&<>"'`, c):
			b.WriteString("&#" + strconv.Itoa(int(c)) + ";")
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}

// head begins with the policy: nothing is loaded, and only the style and the script
// with these hashes are used.
func (p *page) head() {
	policy := "default-src 'none'; base-uri 'none'; form-action 'none'; style-src '" + hashOf(pageCSS) + "'; script-src '" + hashOf(pageJS) + "'"
	p.raw("<!doctype html>\n<html lang=en>\n<head>\n", `<meta http-equiv="Content-Security-Policy" content="`, policy, `">`, "\n",
		`<meta charset=utf-8><meta name=viewport content="width=device-width"><meta name=referrer content=no-referrer><meta name=color-scheme content="light dark">`,
		"\n<title>")
	p.text(p.title() + " · " + p.run.name())
	p.raw("</title>\n<style>", pageCSS, "</style>\n</head>\n<body>\n")
}

func hashOf(asset string) string {
	sum := sha256.Sum256([]byte(asset))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

func (p *page) nav() {
	p.raw("<nav aria-label=Sections><div class=wrap>")
	for _, s := range p.sections() {
		p.raw("<a href=#", s.id, ">", s.title, "</a>")
	}
	p.raw(`<button type=button id=all hidden>Open all</button></div></nav>`)
}

type section struct{ id, title string }

// sections returns those that have something to show.
func (p *page) sections() (all []section) {
	add := func(shown bool, id, title string) {
		if shown {
			all = append(all, section{id, title})
		}
	}
	add(len(p.lints)+len(p.run.Warnings) > 0, "findings", "Worth a look")
	add(len(p.hops) > 0, "sequence", "Sequence")
	add(len(p.hops) > 0, "time", "Time")
	add(len(p.hops) > 0, "hops", "Hops")
	add(len(p.found()) > 0, "tokens", "Tokens")
	add(len(p.run.Checks) > 0, "checks", "Checks")
	add(len(p.run.settings()) > 0, "settings", "Settings")
	return all
}

// open begins the section of that ID; false: it has nothing to show.
func (p *page) open(id, note string) bool {
	for _, s := range p.sections() {
		if s.id == id {
			p.raw("<section id=", id, "><h2>", s.title, "</h2>")
			if note != "" {
				p.raw("<p class=note>", note, "</p>")
			}
			return true
		}
	}
	return false
}

func (p *page) foot() {
	p.raw(`<footer class=wrap><p>A value such as <code>«4f1c8e02d7a9b310»</code> is a fingerprint of one that is left out: equal values have equal fingerprints in this file, and nothing can be read from them. The signature of each token is a fingerprint too, so the tokens in this file cannot be used.</p><p>`)
	p.text("Written by implicit " + p.run.Version + ". Times are UTC.")
	p.raw("</p></footer>\n<script>", pageJS, "</script>\n</body>\n</html>\n")
}
