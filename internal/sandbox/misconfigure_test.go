package sandbox

import (
	"strings"
	"testing"
)

// misconfigured has the rows of applicationFaults.
func misconfigured() map[string]func(testing.TB, *client) bool {
	refused := func(code string, changes ...string) func(testing.TB, *client) bool {
		return func(t testing.TB, c *client) bool {
			_, v := answerOf(t, c.authorize(changes...), "#")
			return v.Get("error") == code
		}
	}
	hosted := func(code string) func(testing.TB, *client) bool {
		return func(t testing.TB, c *client) bool {
			r := c.authorize()
			return strings.Contains(r.location(), "/signon/?error=") && strings.Contains(r.location(), code)
		}
	}
	begins := func(status string) func(testing.TB, *client) bool {
		return func(t testing.TB, c *client) bool { return c.statusOf(c.authorize()) == status }
	}
	asks := func(status string) func(testing.TB, *client) bool {
		return func(t testing.TB, c *client) bool { return c.afterPassword(t)["status"] == status }
	}
	atResume := func(code string) func(testing.TB, *client) bool {
		return func(t testing.TB, c *client) bool {
			_, v := answerOf(t, c.signOn("plain"), "#")
			return v.Get("error") == code
		}
	}
	return map[string]func(testing.TB, *client) bool{
		"access-denied":        atResume("access_denied"),
		"access-token-off":     refused("unsupported_response_type", "response_type", "token"),
		"agreement-required":   asks(statusAgreement),
		"application-disabled": hosted("NOT_FOUND"),
		"attribute-missing":    atResume("invalid_request"),
		"custom-domain-issuer": func(t testing.TB, c *client) bool {
			return c.discovery().json(t)["issuer"] == customDomainIssuer && c.idClaims()["iss"] == customDomainIssuer
		},
		"davinci-policy": func(t testing.TB, c *client) bool {
			return strings.Contains(string(c.authorize().body), "skProps")
		},
		"external-sign-on":   begins(statusExternal),
		"id-token-off":       refused("unsupported_response_type", "response_type", "id_token"),
		"identifier-first":   begins(statusSignOn),
		"implicit-off":       refused("unsupported_response_type"),
		"mfa-required":       asks(statusFailed),
		"multiple-resources": refused("invalid_scope"),
		"no-origins": func(t testing.TB, c *client) bool {
			r := c.do("GET", c.auth+"/as/authorize?client_id="+idOf(t, "Sample"), "", "", "Origin", samplePage)
			return r.header.Get("Access-Control-Allow-Origin") == ""
		},
		"par-required":         refused("invalid_request"),
		"profile-required":     asks(statusProfile),
		"redirect-uri-missing": hosted("mismatch"),
		"scope-refused":        refused("invalid_scope"),
		"signoff-refused": func(t testing.TB, c *client) bool {
			return c.get(c.auth+"/as/signoff?post_logout_redirect_uri=http://127.0.0.1/signed-off").status == 400
		},
		"unknown-client": hosted("NOT_FOUND"),
		"unknown-environment": func(t testing.TB, c *client) bool {
			return c.discovery().status == 404 && hosted("NOT_FOUND")(t, c)
		},
	}
}

// stopped has the rows of signOnFaults.
func stopped() map[string]func(testing.TB, *client) bool {
	act := func(status int, code string) func(testing.TB, *client) bool {
		return func(t testing.TB, c *client) bool {
			r := c.act(c.flowID(c.authorize()), "usernamePassword.check", passwordOf("plain"))
			return r.status == status && r.json(t)["code"] == code
		}
	}
	asks := func(status string) func(testing.TB, *client) bool {
		return func(t testing.TB, c *client) bool { return c.afterPassword(t)["status"] == status }
	}
	return map[string]func(testing.TB, *client) bool{
		"access-failed":  act(401, "ACCESS_FAILED"),
		"action-refused": act(400, "INVALID_REQUEST"),
		"cookie-lost": func(t testing.TB, c *client) bool {
			r := c.signOn("plain")
			return r.status == 400 && strings.Contains(string(r.body), "session token")
		},
		"credentials-refused": func(t testing.TB, c *client) bool {
			for range maxFailures + 1 {
				if !act(400, "INVALID_DATA")(t, c) {
					return false
				}
			}
			return true
		},
		"davinci-timed-out":  func(t testing.TB, c *client) bool { return c.authorize().status == 400 },
		"flow-fails":         asks(statusFailed),
		"media-type-refused": act(415, "INVALID_REQUEST"),
		"must-change-password": func(t testing.TB, c *client) bool {
			return asks(statusMustChange)(t, c)
		},
		"new-password-refused": func(t testing.TB, c *client) bool {
			id := c.flowID(c.authorize())
			c.act(id, "usernamePassword.check", passwordOf("must-change"))
			r := c.act(id, "password.reset", object{"currentPassword": "fake-password-10", "newPassword": "Another-fake-1"})
			return r.status == 400 && member(r.json(t), "details", "innerError", "unsatisfiedRequirements") != nil
		},
		"no-keys": func(t testing.TB, c *client) bool {
			return strings.Contains(string(c.get(c.auth+"/as/jwks").body), `"keys":[]`)
		},
		"password-expired": asks(statusPasswordExpired),
		"resume-refused": func(t testing.TB, c *client) bool {
			r := c.signOn("plain")
			return r.status == 400 && !strings.Contains(string(r.body), "session token")
		},
		"resume-unfinished": func(t testing.TB, c *client) bool {
			return strings.Contains(c.signOn("plain").location(), "/signon/?flowId=")
		},
		"session-mismatch": func(t testing.TB, c *client) bool {
			return c.act(c.toPasscode("whatsapp"), "otp.check", object{"otp": smsPasscode}).status == 400
		},
		"userinfo-refused": func(t testing.TB, c *client) bool {
			return c.userinfo(c.values().Get("access_token")).status == 403
		},
	}
}

// afterPassword is the flow once the password was sent.
func (c *client) afterPassword(t testing.TB) map[string]any {
	return c.act(c.flowID(c.authorize()), "usernamePassword.check", passwordOf("plain")).json(t)
}
