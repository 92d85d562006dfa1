package report

import (
	"slices"
	"sort"

	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// checks shows each check, the failed ones first.
func (p *page) checks() {
	if !p.open("checks", "") {
		return
	}
	sorted := slices.Clone(p.run.Checks)
	rank := map[implicit.Status]int{implicit.StatusFail: -1}
	sort.SliceStable(sorted, func(i, j int) bool { return rank[sorted[i].Status] < rank[sorted[j].Status] })
	p.raw("<table class=checks><thead><tr><th>Result<th>Check<th>What was found</thead><tbody>")
	for _, c := range sorted {
		p.check(c)
	}
	p.raw("</tbody></table></section>\n")
}

func (p *page) check(c implicit.Check) {
	mark := map[implicit.Status]string{implicit.StatusPass: "pass", implicit.StatusFail: "FAIL", implicit.StatusSkip: "skip"}[c.Status]
	p.raw("<tr class=", mark, "><td><span class=badge>", mark, "</span>")
	p.element("td class=name", c.Name)
	p.raw("<td>")
	p.text(c.Detail)
	p.raw("<dl class=small>")
	p.fact("Expected", c.Expected)
	p.fact("Found", c.Found)
	p.fact("Clause", c.Clause)
	if c.Status == implicit.StatusFail {
		p.fact("What to do", p.hintOf(c))
	}
	p.raw("</dl>")
}

func (p *page) hintOf(c implicit.Check) string {
	return fault.Of(&implicit.VerifyError{Check: c}, fault.Context{PingOne: p.setting("issuer") == ""}).Hint
}

// findings shows warnings and lints: none of them changed the outcome.
func (p *page) findings() {
	if !p.open("findings", "Nothing here changed the outcome.") {
		return
	}
	p.raw("<ul class=cards>")
	shown := map[string]bool{}
	for _, f := range p.lints {
		shown[f.Code] = true
		p.raw("<li>")
		p.element("strong", f.Message)
		p.element("p", f.Consequence)
		p.raw("<p class=dim>")
		p.element("code", f.Code)
		p.text(" · " + f.Clause)
		p.raw("</p></li>")
	}
	for _, w := range p.run.Warnings {
		if shown[w.Code] {
			continue
		}
		p.raw("<li>")
		p.element("strong", w.Message)
		p.raw("<p class=dim>")
		p.element("code", w.Code)
		p.raw("</p></li>")
	}
	p.raw("</ul></section>\n")
}

// settings shows each setting with its source.
func (p *page) settings() {
	if !p.open("settings", "") {
		return
	}
	p.raw("<table class=pairs><thead><tr><th>Setting<th>Value<th>From</thead><tbody>")
	for _, s := range p.run.settings() {
		p.raw("<tr>")
		p.element("td class=name", s.Name)
		p.element("td", s.Value)
		p.element("td class=dim", s.Source)
	}
	p.raw("</tbody></table></section>\n")
}
