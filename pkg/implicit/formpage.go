package implicit

import (
	"bytes"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// ParseFormPage reads the page that a provider sends for response_mode=form_post
// (OAuth 2.0 Form Post Response Mode, section 2): the hidden inputs of the one
// form that posts to the redirect URI. It runs no script and submits nothing.
// With an empty redirectURI any action will do. The error is a [*ParseError];
// use [IsFormPage] first to tell such a page from a sign-on page.
func ParseFormPage(page []byte, redirectURI string) (*Response, error) {
	form, ok := answerForm(page)
	if !ok {
		return nil, parseErrorf("expected a page with one form that holds tokens or an error, found none")
	}
	if redirectURI != "" {
		if _, err := MatchRedirect(form.action, redirectURI); err != nil {
			return nil, err
		}
	}
	return NewResponse(ChannelForm, form.inputs)
}

// IsFormPage reports whether the page holds a form that posts an authorization
// response, to whatever address.
func IsFormPage(page []byte) bool {
	_, ok := answerForm(page)
	return ok
}

// FormPageTitle returns the title of an HTML page, its white space folded, for
// an error message: untrusted text.
func FormPageTitle(page []byte) string {
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

type pageForm struct {
	action string
	inputs []Param
}

// answerForm returns the page's only form whose hidden inputs hold an answer.
func answerForm(page []byte) (pageForm, bool) {
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		return pageForm{}, false
	}
	var found []pageForm
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.DataAtom == atom.Form && strings.EqualFold(attribute(n, "method"), "post") {
			f := pageForm{strings.TrimSpace(attribute(n, "action")), hiddenInputs(n)}
			if holdsAnswer(f.inputs) {
				found = append(found, f)
			}
		}
	}
	if len(found) != 1 {
		return pageForm{}, false
	}
	return found[0], true
}

func holdsAnswer(inputs []Param) bool {
	for _, p := range inputs {
		for _, name := range []string{"access_token", "id_token", "error"} {
			if p.Name == name && p.Value != "" {
				return true
			}
		}
	}
	return false
}

func hiddenInputs(form *html.Node) (inputs []Param) {
	for n := range form.Descendants() {
		if n.DataAtom == atom.Input && strings.EqualFold(attribute(n, "type"), "hidden") {
			if name := attribute(n, "name"); name != "" {
				inputs = append(inputs, Param{name, attribute(n, "value")})
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
