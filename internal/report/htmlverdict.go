package report

import (
	"strconv"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

const signs = `<svg class=sign viewBox="0 0 48 48" aria-hidden=true><circle cx=24 cy=24 r=21 /><path class=yes d="M15 25l6.5 6.5L34 18"/><path class=no d="M17 17l14 14M31 17L17 31"/><path class=so d="M24 14v12M24 33v.5"/></svg>`

// verdict is the first screen: how the run ended, why, and what to change.
func (p *page) verdict() {
	v := p.run.Verdict
	p.raw("<header class=", p.outcome(), "><div class=wrap>", "<p class=over>")
	p.text(p.run.name() + " · " + p.run.started().UTC().Format("2006-01-02 15:04:05 UTC"))
	if p.run.Replayed {
		p.raw(" · replayed")
	}
	p.raw("</p><div class=title>", signs, "<h1>")
	p.text(p.title())
	p.raw("</h1></div>")
	if v.Message != "" {
		p.element("p class=lead", v.Message)
	} else if p.run.Replayed {
		p.raw("<p class=lead>No check failed in this recording. This diagnoses a sign-on; it does not vouch for any token.</p>")
	}
	p.expected()
	if v.Hint != "" {
		p.raw("<div class=hint><strong>What to do</strong><p>")
		p.text(v.Hint)
		p.raw("</p></div>")
	}
	p.facts()
	p.raw("</div></header>\n")
}

func (p *page) outcome() string {
	switch ok := p.run.valid(); {
	case p.run.Verdict.Kind == "interrupted":
		return "so"
	case p.run.Verdict.Exit != 0 || ok != nil && !*ok:
		return "no"
	case ok == nil:
		return "so"
	}
	return "yes"
}

// title says the class of the outcome; the message has the rest.
func (p *page) title() string {
	switch p.run.Verdict.Kind {
	case "usage":
		return "Wrong settings: nothing was sent"
	case "refused":
		return "The provider refused"
	case "person_needed":
		return "Interactive sign-on required"
	case "invalid":
		return "Not valid: do not use these tokens"
	case "unreachable":
		return "No answer"
	case "interrupted":
		return "Interrupted"
	case "":
		return p.successTitle()
	}
	return "Unexpected failure"
}

func (p *page) successTitle() string {
	ok := p.run.valid()
	switch who := p.who(); {
	case p.run.Verdict.Exit != 0:
		return "Failed"
	case p.run.Replayed && len(p.run.failed()) == 0:
		return "Replayed: no check failed"
	case ok == nil:
		return "Done"
	case !*ok:
		return "Not valid: do not use these tokens"
	case who != "":
		return "Valid tokens for " + who
	}
	return "Valid tokens"
}

// who is the user's name in the ID token or the answer of userinfo, as recorded.
func (p *page) who() string {
	var claims []object
	for _, t := range p.found() {
		if t.name == idToken && t.claims != nil {
			claims = append(claims, objectOf(string(t.claims.Payload())))
		}
	}
	for _, h := range p.hops {
		if h.Leg == implicit.LegUserInfo && h.Response != nil {
			claims = append(claims, objectOf(h.Response.Body.Text))
		}
	}
	for _, name := range []string{"preferred_username", "email", "name"} {
		for _, o := range claims {
			if text := o.text(name); text != "" {
				return text
			}
		}
	}
	return ""
}

// subject is the user's ID in the ID token.
func (p *page) subject() string {
	for _, t := range p.found() {
		if t.name == idToken && t.claims != nil {
			return t.claims.Subject()
		}
	}
	return ""
}

// expected shows each failed check.
func (p *page) expected() {
	for _, c := range p.run.failed() {
		p.raw("<dl class=versus>")
		for _, row := range [][2]string{{"Failed check", c.Name}, {"Expected", c.Expected}, {"Found", c.Found}, {"Clause", c.Clause}} {
			p.fact(row[0], row[1])
		}
		p.raw("</dl>")
	}
}

func (p *page) fact(name, text string) {
	if text == "" {
		return
	}
	p.raw("<div><dt>", name, "</dt>")
	p.element("dd", text)
	p.raw("</div>")
}

// facts are what a colleague, or support, asks for first.
func (p *page) facts() {
	v := p.run.Verdict
	p.raw("<dl class=facts>")
	p.where()
	if v.Exit != 0 {
		p.fact("Exit status", strings.TrimSpace(strconv.Itoa(v.Exit)+" "+v.Kind))
	}
	p.fact("Code", v.Code)
	p.fact("Correlation ID", v.CorrelationID)
	for _, name := range []string{"environment-id", "auth-url", "issuer", "client-id", "redirect-uri"} {
		p.fact(factNames[name], p.setting(name))
	}
	p.fact("User", p.subject())
	for _, t := range p.found() {
		if expires, ok := t.expires(); ok {
			p.fact(capital(t.name), "until "+words.When(expires, p.run.Ended))
		}
	}
	if n := len(p.run.Checks); n > 0 {
		p.fact("Checks", p.countChecks())
	}
	if n := len(p.hops); n > 0 {
		p.fact("Recorded", strconv.Itoa(n)+" hops in "+took(p.run.Ended.Sub(p.run.started()).Round(time.Millisecond)))
	}
	p.raw("</dl>")
}

var factNames = map[string]string{"environment-id": "Environment", "auth-url": "Base URL", "issuer": "Issuer", "client-id": "Client", "redirect-uri": "Redirect URI"}

// where leads to the hop at which it failed.
func (p *page) where() {
	h := culprit(p.hops)
	if h == nil || p.run.Verdict.Exit == 0 || p.run.Verdict.Kind == "usage" {
		return
	}
	n := strconv.Itoa(h.number)
	p.raw("<div><dt>Where</dt><dd><a href=#hop-", n, ">Hop ", n, "</a> ")
	p.text(h.what + ", " + h.to)
	if h.answer != "" {
		p.text(": " + h.answer)
	}
	p.raw("</dd></div>")
}

func (p *page) setting(name string) string {
	for _, s := range p.run.Settings {
		if s.Name == name {
			return s.Value
		}
	}
	return ""
}

func (p *page) countChecks() string {
	count := map[implicit.Status]int{}
	for _, c := range p.run.Checks {
		count[c.Status]++
	}
	var parts []string
	for _, s := range []struct {
		status implicit.Status
		word   string
	}{{implicit.StatusPass, "passed"}, {implicit.StatusFail, "failed"}, {implicit.StatusSkip, "not applicable"}} {
		if n := count[s.status]; n > 0 {
			parts = append(parts, strconv.Itoa(n)+" "+s.word)
		}
	}
	return strings.Join(parts, ", ")
}
