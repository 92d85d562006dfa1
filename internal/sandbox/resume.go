package sandbox

import (
	"net/http"
	"net/url"
)

// resume answers PingOne's "Resume (GET)": a flow becomes an authorization
// response once, for the browser that holds its session cookie.
func (s *Sandbox) resume(c *call) *answer {
	f := s.liveFlow(c, c.query().Get("flowId"))
	if f == nil || s.wrongNode(c) {
		return s.notFound(c)
	}
	sess := s.sessionOf(c)
	switch {
	case s.on("resume-refused"):
		return s.platformError(c, http.StatusBadRequest, "INVALID_REQUEST", "The request could not be completed.")
	case s.on("cookie-lost") && f.session != nil, f.session != nil && sess != f.session:
		return s.resumeWithoutSession(c, f)
	case f.status == statusFailed:
		delete(s.flows, f.id)
		return s.refuse(c, f.req, &refusal{code: "access_denied", description: f.failure})
	case f.status != statusCompleted, s.on("resume-unfinished"):
		return s.resumeUnfinished(c, f)
	}
	delete(s.flows, f.id)
	return s.resumeCompleted(c, f)
}

func (s *Sandbox) resumeWithoutSession(c *call, f *flow) *answer {
	if s.on("resume-without-cookie-200") {
		return s.flowAnswer(c, f, nil)
	}
	return s.wrongSession(c)
}

// wrongSession says that the request has not the cookie of the flow's session.
// That PingOne refuses it was seen; the words are a guess.
func (s *Sandbox) wrongSession(c *call) *answer {
	return s.platformError(c, http.StatusBadRequest, "INVALID_REQUEST", "The session token is missing or is not the flow's.")
}

func (s *Sandbox) resumeUnfinished(c *call, f *flow) *answer {
	switch {
	case s.on("unfinished-resume-400"):
		return s.platformError(c, http.StatusBadRequest, "INVALID_REQUEST", "The flow is not complete.")
	case f.req.mode == modeFlow:
		return s.flowAnswer(c, f, nil)
	}
	return redirect(s.signOnLocation(c, f))
}

func (s *Sandbox) resumeCompleted(c *call, f *flow) *answer {
	switch {
	case s.on("resume-elsewhere"):
		elsewhere := *f.req
		elsewhere.redirectURI = elsewhereURI(f.req.redirectURI)
		if elsewhere.mode == modeFlow {
			elsewhere.mode = modeFragment
		}
		return s.respond(c, &elsewhere, f.session)
	case f.req.mode != modeFlow, s.on("pi-flow-resume-redirects") && f.req.redirectURI != "":
		return s.respond(c, f.req, f.session)
	}
	values, refused := s.responseValues(c, f.req, f.session)
	if refused != nil {
		return s.refuse(c, f.req, refused)
	}
	return s.flowAnswer(c, f, func(j *flowJSON) { j.AuthorizeResponse = values })
}

func elsewhereURI(redirectURI string) string {
	u, err := url.Parse(redirectURI)
	if err != nil {
		return foreignHost
	}
	return foreignHost + u.Path
}

// inline is what the last action of a pi.flow adds to its answer, if the
// switches say that it does.
func (s *Sandbox) inline(c *call, f *flow) func(*flowJSON) {
	partial := s.on("partial-inline-response")
	if f.status != statusCompleted || f.req.mode != modeFlow || (!partial && !s.on("inline-response")) {
		return nil
	}
	if !partial {
		delete(s.flows, f.id)
	}
	values, refused := s.responseValues(c, f.req, f.session)
	if refused != nil {
		s.flows[f.id] = f
		return nil // resume reports it
	}
	if partial && values["access_token"] != nil {
		values = map[string]any{"access_token": values["access_token"]}
	}
	return func(j *flowJSON) { j.AuthorizeResponse = values }
}
