package web

import (
	"bytes"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Title returns the title of an HTML page with its white space folded:
// untrusted text.
func Title(page []byte) string {
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		return ""
	}
	for n := range root.Descendants() {
		if n.DataAtom == atom.Title && n.FirstChild != nil {
			return strings.Join(strings.Fields(n.FirstChild.Data), " ")
		}
	}
	return ""
}

// Form is a form of a page: where it posts to, and its hidden inputs in order.
type Form struct {
	Action string
	Inputs []Input
}

// Input is the name and value of a hidden input.
type Input struct{ Name, Value string }

// ResponseForm returns the page's only form that posts an authorization response,
// to whatever address; ok is false for a page with none or several.
func ResponseForm(page []byte) (f Form, ok bool) {
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		return Form{}, false
	}
	var found []Form
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.DataAtom == atom.Form && strings.EqualFold(attribute(n, "method"), "post") {
			f := Form{strings.TrimSpace(attribute(n, "action")), hiddenInputs(n)}
			if holdsResponse(f.Inputs) {
				found = append(found, f)
			}
		}
	}
	if len(found) != 1 {
		return Form{}, false
	}
	return found[0], true
}

func holdsResponse(inputs []Input) bool {
	for _, p := range inputs {
		for _, name := range []string{"access_token", "id_token", "error"} {
			if p.Name == name && p.Value != "" {
				return true
			}
		}
	}
	return false
}

func hiddenInputs(form *html.Node) (inputs []Input) {
	for n := range form.Descendants() {
		if n.DataAtom == atom.Input && strings.EqualFold(attribute(n, "type"), "hidden") {
			if name := attribute(n, "name"); name != "" {
				inputs = append(inputs, Input{name, attribute(n, "value")})
			}
		}
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
