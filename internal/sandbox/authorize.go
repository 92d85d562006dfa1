package sandbox

import (
	"net/http"
	"net/url"
	"time"
)

// authorize answers PingOne's "Authorize (implicit)", GET and POST alike.
func (s *Sandbox) authorize(c *call) *answer {
	params, unreadable := s.formParams(c)
	if unreadable != nil {
		return unreadable
	}
	app := s.registered(params)
	if app == nil || app.disabled && !s.on("disabled-application-oauth") {
		return s.unknown(c)
	}
	if app.davinci {
		if refused := s.readFlowPolicy(c, params.Get("acr_values")); refused != nil {
			return refused
		}
		params.Del("acr_values")
	}
	req, refused := s.readRequest(app, params)
	if refused != nil {
		return s.refuse(c, req, refused)
	}
	if s.on("load-balancer-cookie") {
		c.cookies = append(c.cookies, &http.Cookie{Name: loadBalancerCookie, Value: s.uuid(), Path: "/"})
	}
	if s.on("davinci-timed-out") {
		return s.daVinciTimedOut(c)
	}
	if app.davinci {
		return s.daVinci(c, req)
	}
	sess := s.sessionOf(c)
	if s.on("session-gone") {
		sess = nil
	}
	if sess.answers(c, req) {
		return s.answerAtOnce(c, req, sess)
	}
	if req.prompt == "none" {
		return s.refuse(c, req, s.promptNeeded(c, req, sess))
	}
	return s.startFlow(c, req, sess)
}

// registered returns the application that a request names, with the faults of its
// settings.
func (s *Sandbox) registered(v url.Values) *application {
	ids := v["client_id"]
	if len(ids) != 1 || s.on("unknown-client") {
		return nil
	}
	if app := s.application(ids[0]); app != nil {
		return s.misconfigure(*app)
	}
	return nil
}

// signedOn reports whether the session has a user and is recent enough.
func (sess *session) signedOn(c *call, req *authRequest) bool {
	if sess == nil || sess.account == nil || req.app.reauth || req.maxAge == 0 {
		return false
	}
	return req.maxAge < 0 || c.now.Sub(sess.authTime) <= time.Duration(req.maxAge)*time.Second
}

// answers reports whether a session satisfies a request without a page.
func (sess *session) answers(c *call, req *authRequest) bool {
	if req.prompt == "login" || !sess.signedOn(c, req) {
		return false
	}
	return sess.missing(req) == ""
}

// missing returns the first action of the policy that the session lacks.
func (sess *session) missing(req *authRequest) string {
	for _, action := range req.policy.actions {
		skipped := action == actionIdentifier ||
			action == actionMFA && req.policy.bypass && len(sess.account.devices) == 0
		if !sess.done[action] && !skipped {
			return action
		}
	}
	return ""
}

// promptNeeded is the error of prompt=none (OpenID Connect Core 3.1.2.6).
func (s *Sandbox) promptNeeded(c *call, req *authRequest, sess *session) *refusal {
	refused := &refusal{code: "login_required", description: "Authentication is required"}
	if !sess.signedOn(c, req) {
		return refused
	}
	switch sess.missing(req) {
	case actionAgreement:
		refused.code, refused.description = "interaction_required", "The user must accept an agreement"
		if s.on("consent-required") {
			refused.code = "consent_required"
		}
	case actionProfile, actionConfirm, actionLink:
		refused.code, refused.description = "interaction_required", "The user must complete a step"
	}
	return refused
}

// answerAtOnce is the authorization response of an existing session.
func (s *Sandbox) answerAtOnce(c *call, req *authRequest, sess *session) *answer {
	if s.on("session-other-user") {
		other := *sess
		other.account = s.otherAccount(sess.account)
		sess = &other
	}
	if req.mode != modeFlow {
		return s.respond(c, req, sess)
	}
	f := s.newFlow(c, req)
	f.session, f.account, f.amr, f.status = sess, sess.account, sess.amr, statusCompleted
	if s.on("session-response-by-resume") {
		return s.flowAnswer(c, f, nil)
	}
	values, refused := s.responseValues(c, req, sess)
	if refused != nil {
		return s.refuse(c, req, refused)
	}
	delete(s.flows, f.id)
	return s.flowAnswer(c, f, func(j *flowJSON) { j.AuthorizeResponse = values })
}

// startFlow begins a sign-on. What a session has done already is not asked
// again, except the password when the session is too old, and everything
// under prompt=login, which sets the session aside until the flow completes.
func (s *Sandbox) startFlow(c *call, req *authRequest, sess *session) *answer {
	f := s.newFlow(c, req)
	if sess != nil && sess.account != nil && req.prompt != "login" {
		f.account, f.known = sess.account, true
		if sess.signedOn(c, req) {
			f.password = true
			f.addMethods(sess.amr...)
			for action := range sess.done {
				f.done[action] = true
			}
		}
	}
	if a := s.accounts[req.loginHint]; a != nil && f.account == nil && req.policy.name == "Passwordless" {
		f.account, f.known = a, true
	}
	if sess == nil && (s.on("cookies-at-authorize") || s.on("cookies-at-authorize-only") || s.on("cookies-on-every-leg")) {
		sess = s.newSession(c)
		s.setSessionCookies(c, sess.token, time.Time{})
	}
	f.session = sess
	s.everyLeg(c, sess)
	s.advance(c, f)
	if req.mode == modeFlow {
		return s.flowAnswer(c, f, nil)
	}
	return redirect(s.signOnLocation(c, f))
}

// signOnLocation is where authorize sends the browser.
func (s *Sandbox) signOnLocation(c *call, f *flow) string {
	page := f.req.app.LoginPageURL
	if s.on("login-page-url") {
		page = "https://login.example.com/sign-on"
	}
	switch {
	case s.on("no-flow-id"):
		return c.auth + "/signon/"
	case page != "":
		return page + "?environmentId=" + s.environmentID + "&flowId=" + f.id
	}
	return s.signOnURL(c, f)
}
