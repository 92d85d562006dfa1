package wire

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// maxText is how much of a redacted body is kept, in bytes.
const maxText = 256 << 10

// body redacts a body in clear, whole, before it is cut.
func (r *Redactor) body(b Body, leg string) (redacted Body, hidden bool) {
	c := Body{MediaType: r.text(b.MediaType), Size: b.Size}
	if b.Text == "" {
		return c, false
	}
	switch media := b.MediaType; {
	case b.Truncated:
		c.Omitted = "larger than 1 MiB"
	case strings.HasSuffix(media, "json"):
		w := walker{r: r, claims: leg == implicit.LegUserInfo, keys: leg == implicit.LegKeys}
		var ok bool
		if c.Text, ok = w.json([]byte(b.Text)); !ok {
			c.Text, c.Omitted = "", "not JSON, although its type says so"
			return c, true
		}
		hidden = w.changed
	case media == "application/jwt":
		c.Text, hidden = r.Token(strings.TrimSpace(b.Text)), true
	case media == "application/x-www-form-urlencoded":
		c.Form, hidden = r.form(b.Text)
	case media == "text/html":
		c.Action, c.Form = r.page(b.Text)
		if c.Form == nil {
			c.Omitted = "a page, of which only type and length are recorded"
		}
		hidden = true
	default:
		c.Omitted, hidden = "only type and length are recorded of a body of this type", true
	}
	if len(c.Text) > maxText {
		c.Text, c.Truncated = cut(c.Text, maxText), true
	}
	return c, hidden
}

// page reads the form that posts a response to us (OAuth 2.0 Form Post Response Mode).
// Of any other page nothing is recorded: it may hold anything anywhere.
func (r *Redactor) page(text string) (action string, inputs []Field) {
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		return "", nil
	}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.DataAtom == atom.Form && strings.EqualFold(attribute(n, "method"), "post") {
			if inputs = r.response(n); inputs != nil {
				return r.URL(strings.TrimSpace(attribute(n, "action"))), inputs
			}
		}
	}
	return "", nil
}

func (r *Redactor) response(form *html.Node) (inputs []Field) {
	found := false
	for n := range form.Descendants() {
		if n.DataAtom != atom.Input {
			continue
		}
		name, value := attribute(n, "name"), attribute(n, "value")
		found = found || value != "" && (name == "access_token" || name == "id_token" || name == "error")
		inputs = append(inputs, Field{r.name(name), r.pair(name, value)})
	}
	if !found {
		return nil
	}
	return inputs
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func cut(s string, n int) string {
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
