package sandbox

import (
	"encoding/base64"
	"encoding/json"
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
	maxParameters = 50
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
func redactEvent(e *Event, c *call, account *account) {
	all := c.parameters()
	_, token, _ := strings.Cut(c.r.Header.Get("Authorization"), " ")
	secrets := []string{token}
	if account != nil {
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
	for name, values := range all {
		if len(e.Parameters) == maxParameters {
			break
		}
		shown := slices.Contains(shownParameters(), name)
		for _, value := range values[:min(len(values), maxParameters)] {
			switch {
			case !shown && value == "":
				name = redacted // what has no value may be one
			case !shown:
				value = redacted
			case name == "username" && slices.Contains(all["password"], value): // of a careless test
			default:
				value = clean(value)
			}
			e.Parameters.Add(clean(name), value)
		}
	}
}

// cleaner returns what takes secrets out of a text: raw, as URLs have them, and in
// base64.
func cleaner(secrets []string) func(string) string {
	var pairs []string
	for _, secret := range secrets[:min(len(secrets), 2*maxParameters)] {
		if len(secret) < minSecret || len(secret) > maxHeader {
			continue
		}
		for _, form := range []string{
			secret, url.QueryEscape(secret), percentEncode(secret), url.PathEscape(secret),
			base64.StdEncoding.EncodeToString([]byte(secret)), base64.RawURLEncoding.EncodeToString([]byte(secret)),
		} {
			pairs = append(pairs, form, redacted)
		}
	}
	replacer := strings.NewReplacer(pairs...)
	return func(text string) string {
		return cut(looksLikeJWT().ReplaceAllString(replacer.Replace(text), redacted))
	}
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
