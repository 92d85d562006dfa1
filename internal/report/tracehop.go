package report

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/internal/wire"
)

// hop is one entry in rows.
type hop struct {
	entry *wire.Entry
	rows  []row
}

func (t *hop) add(mark, name, value string) {
	if value != "" {
		t.rows = append(t.rows, row{mark, name, value})
	}
}

// title is the first line: what the hop was for and how it ended.
func (t *hop) title() string {
	e := t.entry
	text := cmp.Or(e.Leg, string(e.Kind))
	switch e.Kind {
	case wire.KindOpened:
		return text + ", in the browser"
	case wire.KindReceived:
		return "response, as the listener received it"
	case wire.KindPasted:
		return "response, pasted"
	case wire.KindStray:
		return "other requests to the listener"
	}
	if e.Response != nil {
		text += fmt.Sprintf("  %d %s", e.Response.Status, http.StatusText(e.Response.Status))
	}
	return text + "  " + took(e.Timings.Total)
}

func (t *hop) describe() {
	e := t.entry
	if e.Request != nil {
		t.request(e.Request)
	}
	if e.Response != nil {
		t.response(e.Response)
	}
	t.add("!", "", e.Err)
	t.connection(&e.Connection)
	t.timings(e.Timings)
}

func (t *hop) request(m *wire.Message) {
	address, parameters := parts(m.URL)
	t.add(">", "", strings.TrimSpace(m.Method+" "+address))
	t.parameters(">", parameters)
	for _, h := range m.Header {
		switch strings.ToLower(h.Name) {
		case "cookie":
			for cookie := range strings.SplitSeq(h.Value, "; ") {
				t.cookie(">", cookie)
			}
		case "content-type", "x-ping-external-transaction-id":
			t.add(">", h.Name, h.Value)
		case "authorization":
			scheme, value, _ := strings.Cut(h.Value, " ")
			t.value(">", h.Name, value)
			t.rows[len(t.rows)-1].value += " (" + scheme + ")"
		}
	}
	t.body(">", m)
}

func (t *hop) response(m *wire.Message) {
	for _, h := range m.Header {
		switch strings.ToLower(h.Name) {
		case "location":
			address, parameters := parts(h.Value)
			t.add("<", h.Name, address)
			t.parameters("<", parameters)
		case "set-cookie":
			t.cookie("<", h.Value)
		case "correlation-id", "retry-after", "www-authenticate":
			t.add("<", h.Name, h.Value)
		case "content-type":
			if !strings.HasSuffix(m.Body.MediaType, "/json") {
				t.add("<", h.Name, h.Value)
			}
		}
	}
	t.body("<", m)
}

// cookie shows "NAME=VALUE; attributes".
func (t *hop) cookie(mark, text string) {
	pair, attributes, _ := strings.Cut(text, "; ")
	name, value, _ := strings.Cut(pair, "=")
	t.add(mark, "cookie "+name, strings.TrimSpace(cmp.Or(value, "(empty)")+"  "+attributes))
}

func (t *hop) parameters(mark string, list []wire.Field) {
	for _, p := range firstRows(list) {
		t.value(mark, "  "+p.Name, p.Value)
	}
}

// value shows a value; of a token its header and claims.
func (t *hop) value(mark, name, value string) {
	token, ok := decodeToken(value)
	if !ok {
		t.add(mark, name, cmp.Or(value, "(empty)"))
		return
	}
	t.add(mark, name, "JWT "+inLine(token.header)+" "+token.signature)
	t.add(mark, indentOf(name)+"  claims", inLine(token.claims))
}

func indentOf(name string) string { return name[:len(name)-len(strings.TrimLeft(name, " "))] }

func (t *hop) body(mark string, m *wire.Message) {
	b := m.Body
	if b.Action != "" {
		t.add(mark, "form to", b.Action)
	}
	t.parameters(mark, b.Form)
	if b.Text != "" {
		for _, f := range bodyRows(b) {
			t.value(mark, "  "+f.Name, f.Value)
		}
	}
	if b.Omitted != "" {
		t.add(mark, "body", fmt.Sprintf("%s: %s", size(b.Size), b.Omitted))
	}
	if b.Truncated {
		t.add(mark, "body", "truncated at the limit of a recording")
	}
}

func size(n int64) string {
	if n < 0 {
		return "of some length"
	}
	return fmt.Sprintf("%d bytes", n)
}

func (t *hop) connection(c *wire.Connection) {
	if c.Address == "" {
		if c.Proxy != "" {
			t.add("", "", "through the proxy "+c.Proxy)
		}
		return
	}
	text := []string{c.Address}
	if c.Proxy != "" {
		text[0] += " (the proxy " + c.Proxy + ")"
	}
	for _, part := range []string{c.Protocol, c.TLSVersion} {
		if part != "" {
			text = append(text, part)
		}
	}
	if c.Reused {
		text = append(text, "connection used before")
	}
	t.add("", "", strings.Join(text, ", "))
	if c.Reused && t.entry.Err == "" {
		return
	}
	for i, cert := range c.Certificates {
		if i == 0 || t.entry.Err != "" {
			t.add("", "", "certificate "+subject(cert)+", issued by "+cert.Issuer+", until "+cert.NotAfter.UTC().Format("2006-01-02"))
		}
	}
}

func subject(c wire.Certificate) string {
	if len(c.Names) > 0 {
		return strings.Join(c.Names[:min(len(c.Names), 3)], " ")
	}
	return c.Subject
}

func (t *hop) timings(times wire.Timings) {
	var list []string
	if rest := blocked(times); rest >= time.Millisecond && times.Send != wire.Unknown {
		list = append(list, "blocked "+took(rest))
	}
	for _, p := range phasesOf(times) {
		if p.took != wire.Unknown {
			list = append(list, p.name+" "+took(p.took))
		}
	}
	t.add("", "", strings.Join(list, ", "))
}

// bodyRows are the members of a JSON body that tell something.
func bodyRows(b wire.Body) []wire.Field {
	v, ok := decodeJSON(b.Text)
	if !ok {
		return []wire.Field{{Name: b.MediaType, Value: b.Text}}
	}
	if object, ok := v.(object); ok {
		if rows := flowRows(object); rows != nil {
			return rows
		}
		if rows := keyRows(object); rows != nil {
			return rows
		}
		if endpoint := object.get("authorization_endpoint"); endpoint != nil {
			return members(object, "issuer", "authorization_endpoint", "jwks_uri", "userinfo_endpoint", "response_types_supported", "id_token_signing_alg_values_supported")
		}
	}
	return firstRows(flatten("", v))
}

// maxRows is how many parameters, or members of a JSON body, are shown.
const maxRows = 30

func firstRows(rows []wire.Field) []wire.Field {
	if more := len(rows) - maxRows; more > 0 {
		return append(slices.Clone(rows[:maxRows]), wire.Field{Name: "…", Value: fmt.Sprintf("and %d more", more)})
	}
	return rows
}
