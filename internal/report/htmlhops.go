package report

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/implicit-cli/implicit/internal/wire"
	"github.com/implicit-cli/implicit/internal/words"
)

// hopList shows each hop in full, to open. What failed is open.
func (p *page) hopList() {
	if !p.open("hops", "") {
		return
	}
	where := culprit(p.hops)
	for _, h := range p.hops {
		opened := ""
		if p.run.Verdict.Exit != 0 && where != nil && where.number == h.number {
			opened = " open"
		}
		p.oneHop(h, opened)
	}
	p.raw("</section>\n")
}

func (p *page) oneHop(h pageHop, opened string) {
	n := strconv.Itoa(h.number)
	p.raw("<details class=\"hop", map[bool]string{true: " FAIL"}[h.failed], "\" id=hop-", n, opened, "><summary><span class=n>", n, "</span>")
	p.element("span class=what", h.what)
	p.element("span class=to", h.to)
	p.element("span class=answer", h.answer)
	p.element("span class=took", h.took())
	p.raw("</summary><div class=body>")
	if note := comment(h.Entry); note != "" {
		p.element("p class=note", note)
	}
	if h.Err != "" {
		p.element("p class=error", h.Err)
	}
	p.request(h.Request)
	p.response(h.Response)
	p.connection(h.Entry)
	p.raw("</div></details>")
}

func (p *page) request(m *wire.Message) {
	if m == nil {
		return
	}
	a := splitAddress(m.URL)
	p.raw("<h4>Request</h4><p class=line>")
	p.text(strings.TrimSpace(m.Method + " " + a.base))
	p.raw("</p>")
	p.parameters("Query", a.query)
	p.parameters("Fragment", a.fragment)
	p.headers(m.Header)
	p.bodyOf(m.Body)
}

func (p *page) response(m *wire.Message) {
	if m == nil {
		return
	}
	p.raw("<h4>Response</h4><p class=line>")
	p.text(strings.TrimSpace(m.Proto + " " + strconv.Itoa(m.Status) + " " + statusText(m)))
	p.raw("</p>")
	if location := m.Get("Location"); location != "" {
		a := splitAddress(location)
		p.raw("<p class=line>Location: ")
		p.text(a.base)
		p.raw("</p>")
		p.parameters("Query of the Location", a.query)
		p.parameters("Fragment of the Location", a.fragment)
	}
	p.headers(m.Header)
	p.bodyOf(m.Body)
}

// parameters is a table of pairs, with a heading; nothing for none.
func (p *page) parameters(title string, list []wire.Field) {
	if len(list) == 0 {
		return
	}
	p.raw("<h5>", title, "</h5><table class=pairs><tbody>")
	for _, f := range list {
		p.raw("<tr>")
		p.element("td class=name", f.Name)
		p.raw("<td>")
		p.long(f.Value)
	}
	p.raw("</tbody></table>")
}

// maxShown is how much of a value is shown before it has to be opened, in characters.
const maxShown = 240

// long is a value that may be a token, or longer than a screen.
func (p *page) long(text string) {
	runes := []rune(text)
	if len(runes) <= maxShown {
		p.text(text)
		return
	}
	kind := ""
	if token(text) != nil {
		kind = "JWT, "
	}
	p.raw("<details class=plain><summary>", kind, strconv.Itoa(len(runes)), " characters</summary>")
	p.text(text)
	p.raw("</details>")
}

// headers shows cookies as what matters, and the rest to open.
func (p *page) headers(all []wire.Field) {
	var cookies, rest []wire.Field
	for _, f := range all {
		switch strings.ToLower(f.Name) {
		case "cookie", "set-cookie":
			cookies = append(cookies, f)
		case "location": // shown in its parts
		default:
			rest = append(rest, f)
		}
	}
	p.parameters("Cookies", cookies)
	p.parameters("Headers", rest)
}

func (p *page) bodyOf(b wire.Body) {
	p.parameters("Form", b.Form)
	switch {
	case b.Text != "":
		p.raw("<h5>Body</h5><pre tabindex=0>")
		p.lines(indented(b.Text))
		p.raw("</pre>")
	case b.Omitted != "":
		p.raw("<h5>Body</h5><p class=note>")
		p.text(strings.TrimPrefix(b.MediaType+", ", ", ") + sizeWords(b.Size) + "not recorded: " + b.Omitted)
		p.raw("</p>")
	}
	if b.Truncated {
		p.raw("<p class=note>Truncated at the limit.</p>")
	}
}

func sizeWords(size int64) string {
	if size < 0 {
		return ""
	}
	return strconv.FormatInt(size, 10) + " bytes, "
}

// indented returns JSON on lines of its own, anything else as it is.
func indented(text string) string {
	var b bytes.Buffer
	if json.Indent(&b, []byte(text), "", "  ") != nil {
		return text
	}
	return b.String()
}

func (p *page) connection(e wire.Entry) {
	c := e.Connection
	if e.Kind != wire.KindExchange {
		return
	}
	rows := []wire.Field{{Name: "address", Value: c.Address}, {Name: "proxy", Value: c.Proxy}, {Name: "protocol", Value: c.Protocol},
		{Name: "TLS", Value: strings.TrimSpace(c.TLSVersion + " " + c.CipherSuite)}, {Name: "times", Value: phaseWords(e.Timings)}}
	if c.Reused {
		rows = append(rows, wire.Field{Name: "connection", Value: "used before"})
	}
	for _, cert := range c.Certificates {
		rows = append(rows, wire.Field{Name: "certificate", Value: certificateWords(cert, p)})
	}
	var shown []wire.Field
	for _, row := range rows {
		if row.Value != "" {
			shown = append(shown, row)
		}
	}
	p.parameters("Connection", shown)
}

func certificateWords(c wire.Certificate, p *page) string {
	return c.Subject + ", issued by " + c.Issuer + ", until " + words.When(c.NotAfter, p.run.Ended)
}
