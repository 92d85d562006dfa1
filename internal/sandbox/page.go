package sandbox

import (
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// The hosted sign-on page is plain forms: it works without scripts.

//go:embed page.css
var pageStyle string

// htmlPage wraps escaped markup into a page. formTargets are the origins, in
// addition to its own, to which an answer to its forms may lead: browsers hold
// redirects after a form to form-action too.
func htmlPage(status int, title, markup string, formTargets ...string) *answer {
	page := "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">" +
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">" +
		"<link rel=\"icon\" href=\"data:,\">" +
		"<title>" + html.EscapeString(title) + "</title><style>" + pageStyle + "</style></head>\n" +
		"<body><main>\n<h1>" + html.EscapeString(title) + "</h1>\n" + markup +
		"</main></body></html>\n"
	sum := sha256.Sum256([]byte(pageStyle))
	a := newAnswer(status, "text/html; charset=utf-8", []byte(page))
	a.header.Set("Content-Security-Policy", "default-src 'none'; img-src data:; base-uri 'none'; frame-ancestors 'none'; "+
		"form-action "+strings.Join(append([]string{"'self'"}, formTargets...), " ")+"; "+
		"style-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
	a.header.Set("Referrer-Policy", "no-referrer")
	return a
}

func errorPage(status int, description string) *answer {
	return htmlPage(status, "Sign-on failed", errorMarkup(description))
}

func errorMarkup(message string) string {
	if message == "" {
		return ""
	}
	return "<p class=\"error\" id=\"error\" role=\"alert\">" + html.EscapeString(message) + "</p>\n"
}

// formTarget is the CSP source of a redirect URI. CSP has no syntax for an
// IPv6 host, so the scheme alone must do.
func formTarget(redirectURI string) string {
	u, err := url.Parse(redirectURI)
	switch {
	case err != nil || u.Host == "":
		return "'self'"
	case strings.HasPrefix(u.Host, "["):
		return u.Scheme + ":"
	}
	return u.Scheme + "://" + u.Host
}

// page answers the hosted sign-on page: GET shows what the flow needs, POST
// submits one of its forms and leads to resume when the flow is over.
func (s *Sandbox) page(c *call) *answer {
	query := c.query()
	if text := query.Get("error"); text != "" {
		return errorPage(http.StatusBadRequest, hostedErrorText(text))
	}
	f := s.liveFlow(c, query.Get("flowId"))
	if f == nil {
		return errorPage(http.StatusNotFound, "The sign-on has expired or is unknown. Start again from the application.")
	}
	if sess := s.sessionOf(c); f.session != nil && sess != f.session {
		return errorPage(http.StatusForbidden, "The sign-on belongs to another browser, or this browser refuses cookies.")
	}
	var message string
	var typed url.Values
	if c.r.Method == http.MethodPost {
		message, typed = s.submitPage(c, f)
	} else {
		s.poll(c, f)
	}
	if f.over() {
		return s.leavePage(c, f)
	}
	return s.showFlow(c, f, message, typed)
}

// hostedErrorText returns the message of an error parameter, JSON or not.
func hostedErrorText(text string) string {
	var body struct {
		Message string
		Details []struct{ Message string }
	}
	switch err := json.Unmarshal([]byte(text), &body); {
	case err == nil && len(body.Details) > 0 && body.Details[0].Message != "":
		return body.Details[0].Message
	case err == nil && body.Message != "":
		return body.Message
	}
	return text
}

// leavePage sends the browser to resume, which answers the application.
func (s *Sandbox) leavePage(c *call, f *flow) *answer {
	if s.on("login-form-307") && c.r.Method == http.MethodPost && f.status == statusCompleted && f.req.mode != modeFlow {
		delete(s.flows, f.id)
		a := s.respond(c, f.req, f.session)
		if a.status == http.StatusFound {
			a.status = http.StatusTemporaryRedirect
		}
		return a
	}
	a := redirect(s.resumeURL(c, f))
	a.status = http.StatusSeeOther
	return a
}

// Actions of the page alone.
const (
	declineAction = "decline"      // a user.consent that is not accepted
	keyAction     = "security-key" // the button that takes the place of one
)

// submitPage runs the action of a form. It returns the message for the user and
// what was typed.
func (s *Sandbox) submitPage(c *call, f *flow) (message string, typed url.Values) {
	v, refused := s.formParams(c)
	if refused != nil {
		return "The form was not understood.", nil
	}
	v = s.choose(f, v)
	name, accept := v.Get("action"), v.Get("accept") == "true"
	if name == declineAction {
		name, accept = "user.consent", false
	}
	switch {
	case name == "": // a browser that follows a 307 or 308 posts the authorization request here
		return "", nil
	case name == "cancel":
		f.fail("CANCELLED", "The user cancelled the sign-on")
		return "", nil
	case name == keyAction && f.status == statusAssertion:
		f.addMethods("mfa", "hwk")
		f.done[actionMFA] = true
		s.advance(c, f)
		return "", nil
	case !slices.Contains(f.offered(), name):
		return "The sign-on has moved on. Continue here.", v
	}
	in := submission{
		Username: v.Get("username"), Password: v.Get("password"), Email: v.Get("email"),
		CurrentPassword: v.Get("current-password"), NewPassword: v.Get("new-password"),
		RecoveryCode: v.Get("recovery-code"), VerificationCode: v.Get("verification-code"),
		OTP: v.Get("otp"), Accept: &accept,
	}
	if name == registerAction {
		in.Password = in.NewPassword
	}
	in.Device.ID = v.Get("device")
	in.all = map[string]any{}
	for _, a := range f.profileAttributes() {
		value := v.Get(a.Name)
		if !v.Has(a.Name) && f.account != nil {
			value = f.account.get(a.Name) // the form had it filled in
		}
		nest(in.all, a.Name, value)
	}
	problem := s.perform(c, f, name, in)
	if problem == nil {
		return "", v
	}
	message = cmp.Or(problem.detail.message, problem.message)
	rules, _ := problem.detail.inner["unsatisfiedRequirements"].([]string)
	for _, rule := range slices.Compact(rules) {
		message += " " + requirements()[rule]
	}
	return message, v
}

// providerPage is an external identity provider, which always signs on the
// plain user.
func (s *Sandbox) providerPage(c *call) *answer {
	f := s.liveFlow(c, c.query().Get("flowId"))
	if f == nil || f.status != statusExternal {
		return errorPage(http.StatusNotFound, "The sign-on has expired or is unknown. Start again from the application.")
	}
	if c.r.Method == http.MethodPost {
		if f.account == nil || !f.account.external {
			f.account = s.users[0]
		}
		f.addMethods("ext")
		f.done[actionIDP] = true
		s.advance(c, f)
		return s.leavePage(c, f)
	}
	return htmlPage(http.StatusOK, "Example Provider", "<p>This page takes the place of an external identity provider.</p>\n"+
		"<form method=\"post\">\n<button id=\"signon\">Continue as "+html.EscapeString(s.users[0].Username)+"</button>\n</form>\n", formTarget(f.req.redirectURI))
}

func (s *Sandbox) signedOffPage(*call) *answer {
	return htmlPage(http.StatusOK, "Signed off", "<p>You have signed off. You may close this window.</p>\n")
}
