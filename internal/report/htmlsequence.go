package report

import (
	"fmt"
	"strconv"

	"github.com/implicit-cli/implicit/internal/wire"
)

// Measures of the drawing, in its units, which are pixels.
const (
	laneWidth = 345
	laneEdge  = 105 // from the first and last lane to the drawing's edge
	laneTop   = 64  // of the first hop
	hopHeight = 62
	letter    = 7.4 // width of one of a label
)

// sequence draws who sent what to whom, and has the same as a table.
func (p *page) sequence() {
	if !p.open("sequence", p.browserNote()) {
		return
	}
	lanes := parties(p.hops)
	width, height := 2*laneEdge+(len(lanes)-1)*laneWidth, laneTop+len(p.hops)*hopHeight+10
	p.raw("<div class=scroll tabindex=0 role=region aria-label=\"Sequence diagram; the table below has the same\">",
		fmt.Sprintf(`<svg class=seq role=img aria-label="Sequence of hops" width="%d" height="%d" viewBox="0 0 %d %d">`, width, height, width, height),
		`<defs><marker id=tip viewBox="0 0 8 8" refX=7 refY=4 markerWidth=8 markerHeight=8 orient=auto><path d="M0 .5L7.5 4 0 7.5z"/></marker></defs>`)
	at := map[string]int{}
	for i, name := range lanes {
		at[name] = laneEdge + i*laneWidth
		p.lane(name, at[name], height)
	}
	for i, h := range p.hops {
		p.arrows(h, at, laneTop+i*hopHeight)
	}
	p.raw("</svg></div>")
	p.sequenceTable()
	p.raw("</section>\n")
}

// browserNote says what no recording of implicit has.
func (p *page) browserNote() string {
	for _, h := range p.hops {
		if h.Kind == wire.KindOpened {
			return "What the browser and the provider exchange is not recorded."
		}
	}
	return ""
}

func (p *page) lane(name string, x, height int) {
	p.raw(fmt.Sprintf(`<line class=life x1="%d" y1=40 x2="%d" y2="%d"/><rect class=party x="%d" y=6 width=206 height=34 rx=9 /><text class=who x="%d" y=28>`, x, x, height-6, x-103, x))
	p.label(name, 26)
	p.raw("</text>")
}

// arrows draws a hop: what was asked, and below it what was answered.
func (p *page) arrows(h pageHop, at map[string]int, y int) {
	class := "hop"
	if h.failed {
		class = "hop bad"
	}
	from, to := at[h.from], at[h.to]
	p.raw(fmt.Sprintf(`<g class="%s"><circle class=num cx="%d" cy="%d" r=11 /><text class=n x="%d" y="%d">%d</text>`, class, from, y+20, from, y+24, h.number))
	p.arrow(from, to, y+20, h.what, false)
	if h.Kind == wire.KindExchange {
		p.arrow(to, from, y+44, h.answer, true)
	} else {
		p.caption(from, to, y+38, h.answer)
	}
	p.raw("</g>")
}

func (p *page) arrow(from, to, y int, label string, back bool) {
	class, near, far := "call", 13, 3
	if back {
		class, near, far = "back", 3, 3
	}
	if to < from {
		near, far = -near, -far
	}
	p.raw(fmt.Sprintf(`<line class=%s x1="%d" y1="%d" x2="%d" y2="%d" marker-end="url(#tip)"/>`, class, from+near, y, to-far, y))
	p.caption(from, to, y-6, label)
}

func (p *page) caption(from, to, y int, label string) {
	p.raw(fmt.Sprintf(`<text class=what x="%d" y="%d">`, (from+to)/2, y))
	p.label(label, int(float64(abs(to-from)-40)/letter))
	p.raw("</text>")
}

func abs(n int) int { return max(n, -n) }

func (p *page) sequenceTable() {
	p.raw("<details class=plain><summary>The same as a table</summary><table class=pairs><thead><tr><th>Hop<th>From, to<th>What<th>Answer<th>Took</thead><tbody>")
	for _, h := range p.hops {
		n := strconv.Itoa(h.number)
		p.raw("<tr", failedClass(h), "><td><a href=#hop-", n, ">", n, "</a>")
		p.element("td", h.from+" → "+h.to)
		p.element("td", h.what)
		p.element("td", h.answer)
		p.element("td", h.took())
	}
	p.raw("</tbody></table></details>")
}

func failedClass(h pageHop) string {
	if h.failed {
		return " class=FAIL"
	}
	return ""
}

// took is what a call took, in words; empty for what is no call.
func (h pageHop) took() string {
	if h.Kind != wire.KindExchange {
		return ""
	}
	return took(h.Timings.Total)
}
