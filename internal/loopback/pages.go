package loopback

import (
	_ "embed"
	"fmt"
	"html"
	"net/http"
	"strings"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// The pages' only assets. html/template would switch off the linker's dead-code
// removal; all text in a page is escaped by html.EscapeString, or inserted as
// text by the script.
var (
	//go:embed page.css
	pageCSS string
	//go:embed relay.js
	relayJS string
)

const submitJS = `document.forms[0].submit();`

// relayPage hands a fragment over. It is the same whatever was asked, so it can
// hold nothing that a stranger wrote. Its status keeps the address out of what a
// browser suggests to a user who types.
func (l *Listener) relayPage(w http.ResponseWriter) {
	l.page(w, http.StatusBadRequest, document{
		state: "working", v: texts[handingOver],
		data: append([][2]string{{"token", l.relayToken()}, {"to", l.relayPath()}}, failedTexts()...),
		extra: `<noscript><h1>JavaScript is off</h1><p>This page cannot hand the response over. ` +
			`Copy the whole address out of the address bar and paste it where the terminal waits; ` +
			`if it does not ask for it, run <code>implicit login --via paste</code>.</p></noscript>`,
		script: relayJS, policy: "; form-action 'none'; connect-src 'self'",
	})
}

// heldPage posts the handle of a form post from our own origin, so that the
// browser sends the cookie too. Without JavaScript its user does, and then only
// a referrer policy that allows an origin makes the browser send one.
func (l *Listener) heldPage(w http.ResponseWriter, handle string) {
	w.Header().Set("Referrer-Policy", "same-origin")
	l.page(w, http.StatusOK, document{
		state: "working", v: texts[handingOver],
		data: append([][2]string{{"token", handle}, {"to", l.relayPath()}, {"held", "yes"}}, failedTexts()...),
		extra: `<noscript><form method="post" action="` + l.heldPath() + `"><input type="hidden" name="handle" value="` + handle + `">` +
			`<button>Hand the response over to the terminal</button></form></noscript>`,
		script: relayJS, policy: "; form-action 'self'; connect-src 'self'",
	})
}

// failedTexts are what the script shows where no one takes the response.
func failedTexts() [][2]string {
	v := texts[noLogin]
	return [][2]string{{"title", v.Title}, {"text", v.Text}, {"hint", v.Hint}}
}

// formPage posts the authorize request. Its policy has no form-action: browsers
// apply that to every redirect which follows, and those may lead anywhere.
func (l *Listener) formPage(w http.ResponseWriter, req *implicit.Request) {
	var form strings.Builder
	fmt.Fprintf(&form, `<form method="post" action="%s">`, html.EscapeString(req.Endpoint))
	for _, p := range req.Parameters() {
		fmt.Fprintf(&form, `<input type="hidden" name="%s" value="%s">`, html.EscapeString(p.Name), html.EscapeString(p.Value))
	}
	form.WriteString(`<noscript><button>Continue to the sign-on</button></noscript></form>`)
	l.page(w, http.StatusOK, document{
		state: "working", v: texts[goingOn],
		script: submitJS, extra: form.String(),
	})
}

// notice is a page that is complete at once.
func (l *Listener) notice(w http.ResponseWriter, status int, v Verdict) {
	l.page(w, status, document{state: "waiting", v: v, policy: "; form-action 'none'"})
}

// document is what pages differ in. extra is our own markup.
type document struct {
	state  string // good, bad, waiting or working: the sign that is shown
	v      Verdict
	data   [][2]string // for the script
	extra  string
	script string
	policy string // in addition to every page's policy
}

func (l *Listener) page(w http.ResponseWriter, status int, d document) {
	nonce := l.setPolicy(w, d.policy)
	text := head(nonce, d.v.Title) + d.main()
	if d.script != "" {
		text += `<script nonce="` + nonce + `">` + d.script + `</script>`
	}
	l.write(w, "text/html", status, []byte(text))
}

// setPolicy sets a page's policy and returns the nonce of its style and script.
func (l *Listener) setPolicy(w http.ResponseWriter, more string) (nonce string) {
	nonce = l.randomText()
	w.Header().Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; img-src data:"+
		"; style-src 'nonce-"+nonce+"'; script-src 'nonce-"+nonce+"'"+more)
	return nonce
}

// title is the name of the browser's tab. A page whose verdict is not known yet has
// none in its head: the first in the document counts, which may be in the body.
func title(text string) string {
	if text == "" {
		return ""
	}
	return "<title>" + html.EscapeString(text) + " · implicit</title>\n"
}

// head names an icon that needs no request.
func head(nonce, titled string) string {
	return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
` + title(titled) + `<link rel="icon" href="data:,">
<style nonce="` + nonce + `">` + pageCSS + "</style>\n"
}

const signs = `<svg viewBox="0 0 48 48" aria-hidden="true"><circle cx="24" cy="24" r="21"/>` +
	`<path class="good" d="M15 25l6.5 6.5L34 18"/><path class="bad" d="M17 17l14 14M31 17L17 31"/><path class="waiting" d="M24 13v12l7 5"/></svg>`

func (d document) main() string {
	var b strings.Builder
	fmt.Fprintf(&b, `<main data-state="%s"`, d.state)
	for _, kv := range d.data {
		fmt.Fprintf(&b, ` data-%s="%s"`, kv[0], html.EscapeString(kv[1]))
	}
	fmt.Fprintf(&b, `>%s<div role="status"><h1>%s</h1><p id="text">%s</p><p id="hint">%s</p>%s</div>%s<footer>implicit</footer></main>`+"\n",
		signs, html.EscapeString(d.v.Title), html.EscapeString(d.v.Text), html.EscapeString(d.v.Hint), facts(d.v.Facts), d.extra)
	return b.String()
}

func facts(rows [][2]string) string {
	if len(rows) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("<dl>")
	for _, row := range rows {
		fmt.Fprintf(&b, "<dt>%s</dt><dd>%s</dd>", html.EscapeString(row[0]), html.EscapeString(row[1]))
	}
	b.WriteString("</dl>")
	return b.String()
}
