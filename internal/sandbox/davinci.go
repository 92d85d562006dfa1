package sandbox

import (
	"html"
	"net/http"
	"strings"
)

// flowPolicyID is the DaVinci flow policy of the application DaVinci. Like
// PingOne's it is no UUID.
const flowPolicyID = "0e5a11ab1e00400080000000da11c1f1"

// daVinci answers for an application with a DaVinci flow policy, which has no
// classic flow to drive.
func (s *Sandbox) daVinci(c *call, req *authRequest) *answer {
	switch {
	case req.mode != modeFlow && s.on("davinci-redirect"):
		return redirect("https://orchestrate.example.com/" + s.environmentID + "/davinci/policy/start")
	case req.mode != modeFlow, c.r.Header.Get("X-Requested-With") != "ping-sdk":
		return s.daVinciPage(c)
	}
	return jsonAnswer(http.StatusOK, map[string]any{
		"interactionId": s.uuid(), "interactionToken": s.uuid(), "connectorId": "pingOneSSOConnector",
		"capabilityName": "customHTMLTemplate", "id": s.uuid(), "eventName": "continue",
		"environment": idOnly{s.environmentID},
	})
}

// daVinciPage is a page on PingOne's own host, without a redirect: a script
// runs the flow and posts the form to resume. The sandbox has no such script.
func (s *Sandbox) daVinciPage(c *call) *answer {
	props := string(jsonAnswer(0, map[string]string{
		"accessToken": "none", "companyId": s.environmentID, "policyId": flowPolicyID, "apiRoot": c.base,
	}).body)
	page := "<!DOCTYPE html>\n<html><head><title>Sign On</title></head><body><div class=\"skWidget\"></div>\n" +
		"<form method=\"post\" action=\"" + html.EscapeString(c.issuer()) + "/resume\">\n" +
		"<input type=\"hidden\" name=\"state\" value=\"" + s.uuid() + "\"><input type=\"hidden\" name=\"dvResponse\" value=\"\">\n</form>\n" +
		"<script>var skProps = " + strings.ReplaceAll(props, "<", "\\u003c") + ";</script></body></html>\n"
	return newAnswer(http.StatusOK, "text/html; charset=utf-8", []byte(page))
}

// daVinciTimedOut is the error of a connector that did not answer in time.
func (s *Sandbox) daVinciTimedOut(c *call) *answer {
	return jsonAnswer(http.StatusBadRequest, map[string]any{
		"id": c.correlation, "code": "requestTimedOut", "message": "Request timed out. Please try again.", "interactionId": s.uuid(),
		"connectionId": s.uuid(), "connectorId": "httpConnector", "capabilityName": "customHtmlMessage", "httpResponseCode": http.StatusBadRequest,
	})
}

// readFlowPolicy refuses another flow policy than the application's own.
func (s *Sandbox) readFlowPolicy(c *call, asked string) *answer {
	if asked == "" || asked == flowPolicyID {
		return nil
	}
	return s.platformError(c, http.StatusBadRequest, "INVALID_REQUEST", "Invalid DV Flow Policy ID: "+asked)
}
