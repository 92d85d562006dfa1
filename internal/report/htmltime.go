package report

import (
	"fmt"
	"strconv"
	"time"

	"github.com/implicit-cli/implicit/internal/wire"
)

// timeline shows when each hop was and what it waited for. Where nothing was sent for
// long, such as while the user was at the browser, the axis is cut.
func (p *page) timeline() {
	if !p.open("time", "") {
		return
	}
	axis := newAxis(p.hops)
	p.raw("<p class=legend>")
	for _, phase := range phasesOf(wire.Timings{}) {
		p.raw(`<span class="key `, phase.name, `"></span>`, phase.name, " ")
	}
	p.raw(`<span class="key rest"></span>other</p><ol class=time>`)
	for i, h := range p.hops {
		if gap := axis.cut[i]; gap > 0 {
			p.raw("<li class=gap><span>", took(gap), " without a call</span></li>")
		}
		n := strconv.Itoa(h.number)
		p.raw("<li><a href=#hop-", n, ">", n, "</a>")
		p.element("span class=what", h.what)
		p.raw(`<svg viewBox="0 0 1000 12" preserveAspectRatio=none aria-hidden=true>`)
		p.bars(h, axis)
		p.raw("</svg>")
		p.element("span class=took", h.took())
		p.raw("<span class=parts>")
		p.text(phaseWords(h.Timings))
		p.raw("</span></li>")
	}
	p.raw("</ol></section>\n")
}

// bars draws the phases of a hop one after the other, from where it started.
func (p *page) bars(h pageHop, axis axis) {
	at := min(axis.place(h.Started), 994)
	if h.Kind != wire.KindExchange {
		p.bar("mark", at, at+6)
		return
	}
	rest := h.Timings.Total
	for _, phase := range phasesOf(h.Timings) {
		rest -= max(phase.took, 0)
	}
	end := at + axis.width(max(rest, 0))
	p.bar("rest", at, max(end, at+2))
	at = end
	for _, phase := range phasesOf(h.Timings) {
		if phase.took > 0 {
			to := at + axis.width(phase.took)
			p.bar(phase.name, at, to)
			at = to
		}
	}
}

func (p *page) bar(class string, from, to float64) {
	p.raw(fmt.Sprintf(`<rect class="%s" x="%.1f" y=0 width="%.1f" height=12 />`, class, from, to-from))
}

// phaseWords are the phases in words, for users who cannot distinguish the colours.
func phaseWords(t wire.Timings) (text string) {
	for _, phase := range phasesOf(t) {
		if phase.took >= 50*time.Microsecond {
			if text != "" {
				text += ", "
			}
			text += phase.name + " " + took(phase.took)
		}
	}
	return text
}

// axis maps times to 0…1000. cut has the time left out before a hop.
type axis struct {
	starts []time.Time
	shift  []time.Duration // all that is left out up to and with that hop
	cut    []time.Duration
	begin  time.Time
	total  time.Duration
}

// maxGap is the longest time without a call that is drawn as it was.
const maxGap = 2 * time.Second

func newAxis(hops []pageHop) axis {
	a := axis{begin: hops[0].Started}
	end, left := a.begin, time.Duration(0)
	for _, h := range hops {
		gap := h.Started.Sub(end)
		if gap > maxGap {
			left += gap
		} else {
			gap = 0
		}
		a.starts, a.cut, a.shift = append(a.starts, h.Started), append(a.cut, gap), append(a.shift, left)
		if stop := h.Started.Add(max(h.Timings.Total, 0)); stop.After(end) {
			end = stop
		}
	}
	a.total = max(end.Sub(a.begin)-left, time.Millisecond)
	return a
}

func (a axis) place(t time.Time) float64 {
	var left time.Duration
	for i, start := range a.starts {
		if !t.Before(start) {
			left = a.shift[i]
		}
	}
	return a.width(t.Sub(a.begin) - left)
}

func (a axis) width(d time.Duration) float64 { return 1000 * float64(d) / float64(a.total) }
