package sandbox

import (
	"fmt"
	"html"
	"net/url"
	"strings"
)

// maxChoices bounds the list of users on the sign-on page.
const maxChoices = 100

// passwordAction returns the action that a chosen user takes, or "" where the flow
// does not ask who signs on.
func (f *flow) passwordAction() string {
	switch f.status {
	case statusUsernamePassword, statusPassword, statusLinking:
		return "usernamePassword.check"
	case statusSignOn:
		return "user.lookup"
	}
	return ""
}

// choose turns a form with a chosen user into what that user would type.
func (s *Sandbox) choose(f *flow, form url.Values) url.Values {
	a := s.accounts[form.Get("choose")]
	if !s.chooseUser || a == nil || f.passwordAction() == "" {
		return form
	}
	return url.Values{"action": {f.passwordAction()}, "username": {a.Username}, "password": {a.Password}}
}

// userChoice is a button for each user, or nothing where the sandbox does not offer
// that or the flow does not ask for a user.
func (s *Sandbox) userChoice(f *flow) string {
	if !s.chooseUser || f.passwordAction() == "" {
		return ""
	}
	var b strings.Builder
	b.WriteString("<form method=\"post\" id=\"users\">\n<p>or sign on as</p>\n")
	shown := s.users
	if f.known {
		shown = []*account{f.account}
	}
	for _, a := range shown[:min(len(shown), maxChoices)] {
		name := html.EscapeString(a.Username)
		b.WriteString("<button class=\"quiet\" name=\"choose\" value=\"" + name + "\" title=\"" + html.EscapeString(a.Note) + "\">" + name + "</button>\n")
	}
	if hidden := len(shown) - maxChoices; hidden > 0 {
		fmt.Fprintf(&b, "<p>and %d more</p>\n", hidden)
	}
	return b.String() + "</form>\n"
}
