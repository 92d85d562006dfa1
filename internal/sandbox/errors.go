package sandbox

import (
	"fmt"
	"html"
	"net/http"
	"strings"
)

// detail is one entry of a platform error's details.
type detail struct {
	code, target, message string
	inner                 map[string]any
}

// platformError is PingOne's JSON error body (Error codes, platform reference).
func (s *Sandbox) platformError(c *call, status int, code, message string, details ...detail) *answer {
	return jsonAnswer(status, s.platformBody(c, code, message, details...))
}

// object is the detail in JSON.
func (d detail) object(innerError string) map[string]any {
	entry := map[string]any{"code": d.code, "message": d.message}
	if d.target != "" {
		entry["target"] = d.target
	}
	if d.inner != nil {
		entry[innerError] = d.inner
	}
	return entry
}

func (s *Sandbox) platformBody(c *call, code, message string, details ...detail) map[string]any {
	body := map[string]any{"id": c.correlation, "code": code, "message": message}
	var list []map[string]any
	for _, d := range details {
		list = append(list, d.object(s.innerErrorName()))
	}
	if list != nil {
		body["details"] = list
	}
	return body
}

func (s *Sandbox) innerErrorName() string {
	if s.on("inner-error-lower-case") {
		return "innererror"
	}
	return "innerError"
}

const (
	notFoundMessage = "Unable to find the requested resource."
	invalidMessage  = "The request could not be completed. One or more validation errors were in the request."
)

func (s *Sandbox) notFound(c *call) *answer {
	return s.platformError(c, http.StatusNotFound, "NOT_FOUND", notFoundMessage)
}

// unknown answers authorize for a client or an environment that is not known:
// the hosted page shows the platform's error, and the application gets nothing.
func (s *Sandbox) unknown(c *call) *answer {
	s.explainClient(c)
	if s.on("unknown-client-json") {
		return s.notFound(c)
	}
	return redirect(s.hostedURL(c, s.platformBody(c, "NOT_FOUND", notFoundMessage), notFoundMessage))
}

// edge answers a path that no route leads to: not the platform but the gateway
// in front of it (AWS API Gateway).
func (s *Sandbox) edge(c *call) *answer {
	switch {
	case s.on("edge-404"):
		return s.notFound(c)
	case c.r.Header.Get("Authorization") != "":
		a := edgeError("Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter.")
		a.header.Set("X-Amzn-Errortype", "IncompleteSignatureException")
		return a
	}
	return edgeError("Missing Authentication Token")
}

func edgeError(message string) *answer {
	a := newAnswer(http.StatusForbidden, "application/json", jsonAnswer(0, map[string]string{"message": message}).body)
	a.edge = true
	return a
}

func (s *Sandbox) unexpected(c *call, err error) *answer {
	s.logError(err)
	return s.platformError(c, http.StatusInternalServerError, "UNEXPECTED_ERROR", "An unexpected error has occurred.")
}

// describe ends an OAuth description as PingOne does.
func (s *Sandbox) describe(c *call, description string) string {
	if s.on("no-correlation-id") {
		return description
	}
	return fmt.Sprintf("%s (Correlation ID: %s)", description, c.correlation)
}

// refusal is why there is no authorization response. code and description
// are those of OAuth; target names the parameter at fault, if one is.
type refusal struct {
	code, description, target string
	// unregistered says that the redirect URI is not known to be the
	// application's, so that nothing may be sent to it (RFC 6749 4.2.2.1).
	unregistered bool
}

// refuse reports a refusal in the place that the request and the switches ask for.
func (s *Sandbox) refuse(c *call, req *authRequest, refused *refusal) *answer {
	description := s.describe(c, refused.description)
	status := http.StatusBadRequest
	switch {
	case s.on("errors-as-oauth-json"), req.mode == modeFlow && s.on("pi-flow-errors-oauth"):
		return oauthError(status, refused.code, description)
	case s.on("errors-as-json"), req.mode == modeFlow && refused.target != "":
		return s.platformError(c, status, "INVALID_DATA", invalidMessage,
			detail{code: "INVALID_VALUE", target: refused.target, message: description})
	case req.mode == modeFlow:
		return oauthError(status, refused.code, description)
	case s.on("errors-as-html"):
		return errorPage(status, description)
	case refused.unregistered, s.on("errors-hosted"):
		return redirect(s.hostedErrorURL(c, refused, description))
	}
	params := []param{{"error", refused.code}, {"error_description", description}}
	if req.state != "" {
		params = append(params, param{"state", req.state})
	}
	if s.on("iss-parameter") {
		params = append(params, param{"iss", c.issuer()})
	}
	mode := req.mode
	if s.on("errors-in-query") {
		mode = modeQuery
	}
	return s.sendParams(req.redirectURI, mode, params)
}

func oauthError(status int, code, description string) *answer {
	return jsonAnswer(status, map[string]string{"error": code, "error_description": description})
}

// hostedErrorURL is the sign-on page with an error to show instead of a flow.
func (s *Sandbox) hostedErrorURL(c *call, refused *refusal, description string) string {
	if refused.target == "" {
		return s.hostedURL(c, s.platformBody(c, strings.ToUpper(refused.code), description), description)
	}
	return s.hostedURL(c, s.platformBody(c, "INVALID_DATA", invalidMessage,
		detail{code: "INVALID_VALUE", target: refused.target, message: description}), description)
}

func (s *Sandbox) hostedURL(c *call, body map[string]any, description string) string {
	text := string(jsonAnswer(0, body).body)
	switch {
	case s.on("hosted-error-text"):
		text = description
	case s.on("hosted-error-html"):
		text = "<p>" + html.EscapeString(description) + "</p>"
	case s.on("hosted-error-encoded"):
		text = percentEncode(text)
	}
	return c.auth + "/signon/?error=" + percentEncode(text)
}
