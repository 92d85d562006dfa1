package sandbox

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
)

const redacted = "[redacted]"

// Limits of what the journal keeps of one request.
const (
	maxParameters = 50  // values, of all parameters together
	maxKept       = 512 // bytes of a value
	minSecret     = 5   // bytes: a shorter one is in many words
)

// shownParameters are those whose values are no secret by their meaning.
func shownParameters() []string {
	return []string{
		"client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce", "prompt", "max_age", "acr_values",
		"login_hint", "ui_locales", "display", "post_logout_redirect_uri", "flowId", "environmentId", "action", "username", "choose",
		"error", "code_challenge_method",
	}
}

// secretParameters are those whose values are taken out wherever else they are.
func secretParameters() []string {
	return []string{
		"password", "currentPassword", "newPassword", "otp", "recoveryCode", "verificationCode", "passcode", "code", "assertion",
		"id_token_hint", "access_token", "id_token", "token", "request", "client_secret",
	}
}

// actionMedia begins the media type of an action on a flow.
const actionMedia = "application/vnd.pingidentity."

var looksLikeJWT = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`eyJ[A-Za-z0-9_-]{8,}(\.|%2[eE])[A-Za-z0-9_-]+((\.|%2[eE])[A-Za-z0-9_-]*)?`)
})

// redactEvent gives an entry the parameters of its request, and takes out whatever the
// request has as a secret, wherever a client has put it.
func redactEvent(e *Event, c *call, req *request) {
	all := c.parameters()
	_, token, _ := strings.Cut(c.r.Header.Get("Authorization"), " ")
	secrets := []string{token}
	if account := req.user(); account != nil {
		secrets = append(secrets, account.Password)
	}
	for _, cookie := range slices.Concat(c.cookies, c.r.Cookies()) {
		secrets = append(secrets, cookie.Value)
	}
	for _, name := range secretParameters() {
		secrets = append(secrets, all[name]...)
	}
	clean := cleaner(secrets)
	if path := c.r.URL.Path; clean(path) != cut(path) {
		e.Path = path // as it was meant, whatever was encoded in it
	}
	e.Path, e.Explanation = clean(e.Path), clean(e.Explanation)
	e.Parameters = url.Values{}
	kept := 0
	for name, values := range all {
		values = values[:min(len(values), maxParameters-kept)]
		kept += len(values)
		shown := slices.Contains(shownParameters(), name)
		for _, value := range values {
			switch {
			case !shown && value == "":
				name = redacted // what has no value may be one
			case !shown:
				value = redacted
			case name == "username" && slices.Contains(all["password"], value): // of a careless test
			case value != "" && slices.Contains(secrets, value): // a short one too
				value = redacted
			case strings.HasSuffix(name, "redirect_uri") && !req.registered(value):
				value = clean(addressOnly(value))
			default:
				value = clean(value)
			}
			e.Parameters.Add(clean(name), value)
		}
	}
}

// registered reports whether an address is in the application's settings, and so none
// of a request's secrets.
func (r *request) registered(uri string) bool {
	app := r.application()
	return app != nil && (slices.Contains(app.RedirectURIs, uri) || slices.Contains(app.PostLogoutRedirectURIs, uri))
}

// addressOnly is a URI without the values of its query, its fragment, and what is
// before its host.
func addressOnly(uri string) string {
	u, err := url.Parse(uri)
	if err != nil {
		return redacted
	}
	address, _, _ := strings.Cut(uri, "#")
	address, query, _ := strings.Cut(address, "?")
	if u.User != nil {
		address = u.Scheme + "://" + redacted + "@" + u.Host + u.EscapedPath()
	}
	if query != "" {
		address += "?" + namesOnly(query)
	}
	if u.Fragment != "" {
		address += "#" + redacted
	}
	return address
}

// namesOnly is a query without values; a part without a value may be one.
func namesOnly(query string) string {
	parts := strings.Split(query, "&")
	for i, part := range parts {
		if name, value, ok := strings.Cut(part, "="); !ok && part != "" {
			parts[i] = redacted
		} else if value != "" {
			parts[i] = name + "=" + redacted
		}
	}
	return strings.Join(parts, "&")
}

// cleaner returns what takes secrets out of a text, in the forms of encodings.
func cleaner(secrets []string) func(string) string {
	var pairs []string
	for i, secret := range secrets[:min(len(secrets), 2*maxParameters)] {
		if len(secret) < minSecret || len(secret) > maxHeader || slices.Contains(secrets[:i], secret) {
			continue
		}
		for _, form := range encodings(secret) {
			pairs = append(pairs, form, redacted)
		}
	}
	replacer := strings.NewReplacer(pairs...)
	return func(text string) string {
		return cut(looksLikeJWT().ReplaceAllString(replacer.Replace(text), redacted))
	}
}

// encodings are the forms in which a client may carry a secret, alone or inside another
// text: as JSON and URLs have it, in hexadecimal and in base64.
func encodings(secret string) []string {
	inJSON := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(secret)
	twice := url.QueryEscape(url.QueryEscape(secret))
	forms := []string{secret, inJSON, url.QueryEscape(secret), percentEncode(secret), url.PathEscape(secret), twice, hex.EncodeToString([]byte(secret)), fmt.Sprintf("%X", secret)}
	for _, s := range slices.Compact([]string{secret, inJSON}) {
		for before := range 3 { // bytes in the first group of base64
			raw := append(make([]byte, before), s...)
			first, last := (before*8+5)/6, len(raw)*8/6 // characters that nothing but s decides
			for _, e := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
				forms = append(forms, e.EncodeToString(raw)[first:last])
			}
		}
	}
	return forms
}

func cut(text string) string {
	if len(text) > maxKept {
		return strings.ToValidUTF8(text[:maxKept], "") + "…"
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}

// parameters are those of the query and of the body, a form or JSON. The action of a
// flow is one of them, whether a form has it or the media type.
func (c *call) parameters() url.Values {
	values := url.Values{}
	add := func(more url.Values) {
		for name, list := range more {
			values[name] = append(values[name], list...)
		}
	}
	add(c.query())
	media := c.r.Header.Get("Content-Type")
	if action, ok := strings.CutPrefix(media, actionMedia); ok && c.r.Method == http.MethodPost {
		action, _, _ = strings.Cut(action, "+json")
		values.Set("action", action)
	}
	var object map[string]any
	switch {
	case len(c.body) == 0 || len(c.body) > maxBody:
	case json.Unmarshal(c.body, &object) == nil:
		for name, value := range object {
			values.Add(name, textOf(value))
		}
	case strings.HasPrefix(media, "application/x-www-form-urlencoded"):
		form, _ := parseQuery(string(c.body))
		add(form)
	}
	return values
}
