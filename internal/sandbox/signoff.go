package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"time"
)

// PingOne's limit for post_logout_redirect_uri and state together.
const maxSignoff = 8192

// signoff answers PingOne's "Signoff": it ends the browser's session for all
// applications.
func (s *Sandbox) signoff(c *call) *answer {
	v, refused := s.signoffParams(c)
	if refused != nil {
		return refused
	}
	sess := s.sessionOf(c)
	app, user, problem := s.readHint(c, v.Get("id_token_hint"))
	if problem == "" && user != "" && sess != nil && sess.account != nil && sess.account.id != user {
		problem = "The id_token_hint is not for the user of the session"
	}
	to, mismatch := s.postLogout(v, app)
	if s.on("signoff-refused") {
		mismatch = "The post_logout_redirect_uri is not registered"
	}
	if problem == "" {
		problem = mismatch
	}
	if problem != "" {
		return errorPage(http.StatusBadRequest, s.describe(c, problem))
	}
	if sess != nil {
		delete(s.sessions, sess.token)
	}
	s.setSessionCookies(c, "", time.Unix(1, 0))
	if to == "" {
		to = c.auth + "/signon/signedoff?environmentId=" + s.environmentID
	}
	return redirect(to)
}

// idpSignoff answers PingOne's "IdP signoff": it ends a session named by a
// hint alone, for applications that have it enabled.
func (s *Sandbox) idpSignoff(c *call) *answer {
	v, refused := s.signoffParams(c)
	if refused != nil {
		return refused
	}
	refuse := func(target, message string) *answer {
		return s.platformError(c, http.StatusBadRequest, "INVALID_DATA", invalidMessage,
			detail{code: "INVALID_VALUE", target: target, message: message})
	}
	hint := v.Get("id_token_hint")
	if hint == "" {
		return refuse("id_token_hint", "The id_token_hint is required.")
	}
	app, _, problem := s.readHint(c, hint)
	if problem == "" && !app.idpSignoff {
		problem = "The application does not allow signoff by ID token."
	}
	if problem != "" {
		return refuse("id_token_hint", problem)
	}
	to, mismatch := s.postLogout(v, app)
	if mismatch != "" {
		return refuse("post_logout_redirect_uri", mismatch)
	}
	s.endSession(hint)
	switch {
	case to != "":
		return redirect(to)
	case c.r.Header.Get("Accept") == "application/json":
		return newAnswer(http.StatusNoContent, "", nil)
	}
	return redirect(c.auth + "/signon/")
}

func (s *Sandbox) signoffParams(c *call) (url.Values, *answer) {
	v, refused := s.formParams(c)
	if refused == nil && len(v.Get("post_logout_redirect_uri"))+len(v.Get("state")) >= maxSignoff {
		refused = s.platformError(c, http.StatusBadRequest, "INVALID_REQUEST", "post_logout_redirect_uri and state are too long.")
	}
	return v, refused
}

// readHint checks an ID token hint: signature, issuer and application. An
// expired one is fine. It returns the application and the user's ID, or what
// is wrong; without a hint it returns nothing.
func (s *Sandbox) readHint(c *call, hint string) (*application, string, string) {
	if hint == "" {
		return nil, "", ""
	}
	claims, err := s.ownClaims(hint)
	audience, _ := claims["aud"].(string)
	if list, ok := claims["aud"].([]any); ok && len(list) == 1 {
		audience, _ = list[0].(string)
	}
	app := s.application(audience)
	switch {
	case err != nil:
		return nil, "", "The id_token_hint is not a token of this environment"
	case app == nil || app.disabled:
		return nil, "", "The id_token_hint is not for an application of this environment"
	case claims["iss"] != c.issuer():
		return nil, "", "The id_token_hint has another issuer"
	}
	user, _ := claims["sub"].(string)
	return app, user, ""
}

// postLogout returns where to go after signoff, which must be registered: for
// the hint's application, or without a hint for any. Without the parameter it
// returns nothing.
func (s *Sandbox) postLogout(v url.Values, app *application) (to, problem string) {
	uri := v.Get("post_logout_redirect_uri")
	if uri == "" {
		return "", ""
	}
	apps := s.apps
	if app != nil {
		apps = []*application{app}
	}
	registered := func(a *application) bool { return matchRedirect(a.PostLogoutRedirectURIs, uri, false, true) }
	if !slices.ContainsFunc(apps, registered) {
		return "", "The post_logout_redirect_uri is not registered"
	}
	if state := v.Get("state"); state != "" {
		uri += "?state=" + percentEncode(state)
	}
	return uri, ""
}

// endSession ends the session whose ID the hint carries.
func (s *Sandbox) endSession(hint string) {
	claims, err := s.ownClaims(hint)
	if err != nil {
		return
	}
	for token, sess := range s.sessions {
		if sess.id == claims["sid"] {
			delete(s.sessions, token)
		}
	}
}
