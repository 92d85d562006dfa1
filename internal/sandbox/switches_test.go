package sandbox

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// effects has one row for each switch without legs: what a client notices.
// Every row runs in a fresh browser with that one switch on.
func effects() map[string]func(testing.TB, *client) bool {
	return map[string]func(testing.TB, *client) bool{
		"cookies-at-authorize": func(t testing.TB, c *client) bool {
			id := c.flowID(c.authorize())
			set := c.cookies["ST"] != ""
			r := c.act(id, "usernamePassword.check", passwordOf("plain"))
			return set && len(r.header.Values("Set-Cookie")) == 2 && hasTokens(c.resume(id))
		},
		"cookie-path-environment": func(t testing.TB, c *client) bool {
			r := c.act(c.flowID(c.authorize()), "usernamePassword.check", passwordOf("plain"))
			cookie := r.header.Get("Set-Cookie")
			return strings.Contains(cookie, "; Path=/"+EnvironmentID+";") && !strings.Contains(cookie, "Max-Age")
		},
		"steps-without-cookie": func(t testing.TB, c *client) bool {
			id := c.toPasscode("whatsapp")
			c.cookies = map[string]string{}
			return c.act(id, "otp.check", object{"otp": smsPasscode}).json(t)["status"] == statusCompleted
		},
		"cookies-at-authorize-only": func(t testing.TB, c *client) bool {
			id := c.flowID(c.authorize())
			r := c.act(id, "usernamePassword.check", passwordOf("plain"))
			return len(r.header.Values("Set-Cookie")) == 0 && hasTokens(c.resume(id))
		},
		"cookies-on-every-leg": func(t testing.TB, c *client) bool {
			id := c.flowID(c.authorize())
			first := c.cookies["ST"]
			c.flow(id)
			second := c.cookies["ST"]
			c.act(id, "usernamePassword.check", passwordOf("plain"))
			third := c.cookies["ST"]
			c.cookies = map[string]string{"ST": second}
			stale := c.resume(id)
			c.cookies = map[string]string{"ST": third}
			return first != second && second != third && stale.status == 400 && hasTokens(c.resume(id))
		},
		"load-balancer-cookie": func(t testing.TB, c *client) bool {
			id := c.flowID(c.authorize())
			kept := c.cookies["AWSELB"]
			delete(c.cookies, "AWSELB")
			lost := c.flow(id).status
			c.cookies["AWSELB"] = kept
			return kept != "" && lost == 404 && c.flow(id).status == 200
		},
		"inline-response": func(t testing.TB, c *client) bool {
			id := c.flowID(c.authorize("response_mode", "pi.flow"))
			r := c.act(id, "usernamePassword.check", passwordOf("plain"))
			return member(r.json(t), "authorizeResponse", "id_token") != nil && c.resume(id).status == 404
		},
		"partial-inline-response": func(t testing.TB, c *client) bool {
			id := c.flowID(c.authorize("response_mode", "pi.flow"))
			j := c.act(id, "usernamePassword.check", passwordOf("plain")).json(t)
			return member(j, "authorizeResponse", "access_token") != nil && member(j, "authorizeResponse", "id_token") == nil &&
				member(c.resume(id).json(t), "authorizeResponse", "id_token") != nil
		},
		"bare-authorize-response": func(t testing.TB, c *client) bool {
			got := c.tokensBy("GET", "pi.flow", "token id_token")
			return got.Get("access_token") != "" && got.Get("id_token") != "" && len(got) == 2
		},
		"session-response-by-resume": func(t testing.TB, c *client) bool {
			c.signOn("plain")
			j := c.authorize("response_mode", "pi.flow").json(t)
			id, _ := j["id"].(string)
			return j["status"] == statusCompleted && j["authorizeResponse"] == nil && member(c.resume(id).json(t), "authorizeResponse", "access_token") != nil
		},
		"pi-flow-resume-redirects": func(t testing.TB, c *client) bool {
			id := c.flowID(c.authorize("response_mode", "pi.flow"))
			c.act(id, "usernamePassword.check", passwordOf("plain"))
			return hasTokens(c.resume(id))
		},
		"pi-flow-needs-redirect-uri": func(t testing.TB, c *client) bool {
			return c.authorize("response_mode", "pi.flow", "redirect_uri", "").status == 400
		},
		"pi-flow-errors-oauth": func(t testing.TB, c *client) bool {
			return c.authorize("response_mode", "pi.flow", "scope", "nothing").json(t)["error"] == "invalid_scope"
		},
		"new-flow-id": func(t testing.TB, c *client) bool {
			id := c.flowID(c.authorize())
			j := c.act(id, "usernamePassword.check", passwordOf("plain")).json(t)
			next, _ := j["id"].(string)
			return next != id && j["resumeUrl"] == c.auth+"/as/resume?flowId="+next && c.resume(id).status == 404 && hasTokens(c.resume(next))
		},
		"complete-slip": func(t testing.TB, c *client) bool {
			return c.act(c.flowID(c.authorize()), "usernamePassword.check", passwordOf("plain")).json(t)["status"] == "COMPLETE"
		},
		"failed-flow-without-error": func(t testing.TB, c *client) bool {
			r := c.act(c.flowID(c.authorize("client_id", idOf(t, "MFA"))), "usernamePassword.check", passwordOf("plain"))
			return r.json(t)["status"] == statusFailed && r.json(t)["error"] == nil
		},
		"bearer-accepted": func(t testing.TB, c *client) bool {
			return c.get(c.auth+"/flows/"+c.flowID(c.authorize()), "Authorization", "Bearer x").status == 200
		},
		"bearer-401": func(t testing.TB, c *client) bool {
			r := c.get(c.auth+"/flows/"+c.flowID(c.authorize()), "Authorization", "Bearer x")
			return r.status == 401 && r.json(t)["code"] == "INVALID_TOKEN"
		},
		"bearer-403": func(t testing.TB, c *client) bool {
			return c.get(c.auth+"/flows/"+c.flowID(c.authorize()), "Authorization", "Bearer x").status == 403
		},
		"form-415": func(t testing.TB, c *client) bool {
			return c.do("POST", c.auth+"/flows/"+c.flowID(c.authorize()), "application/x-www-form-urlencoded", "username=plain").status == 415
		},
		"flow-json": func(t testing.TB, c *client) bool {
			return strings.HasPrefix(c.flow(c.flowID(c.authorize())).header.Get("Content-Type"), "application/json")
		},
		"external-social-providers": func(t testing.TB, c *client) bool {
			j := c.flow(c.flowID(c.authorize("client_id", idOf(t, "External IdP")))).json(t)
			return member(j, "_embedded", "socialProviders", "_links", "authenticate", "href") != nil && member(j, "_embedded", "identityProvider") == nil
		},
		"agreement-text": func(t testing.TB, c *client) bool {
			id := c.flowID(c.authorize("client_id", idOf(t, "Agreement")))
			return member(c.act(id, "usernamePassword.check", passwordOf("plain")).json(t), "_embedded", "agreement", "text") != nil
		},
		"action-errors-in-flow": func(t testing.TB, c *client) bool {
			r := c.act(c.toPasscode("whatsapp"), "otp.check", object{"otp": "1"})
			return r.status == 200 && r.json(t)["status"] == statusOTP && member(r.json(t), "error", "code") == "INVALID_OTP"
		},
		"lockout-in-flow": func(t testing.TB, c *client) bool {
			r := c.act(c.flowID(c.authorize()), "usernamePassword.check", passwordOf("locked"))
			return r.json(t)["status"] == statusFailed && member(r.json(t), "error", "code") == "PASSWORD_LOCKED_OUT" &&
				member(r.json(t), "error", "innerError", "secondsUntilUnlock") != nil
		},
		"consent-required": func(t testing.TB, c *client) bool {
			c.signOn("plain")
			_, v := answerOf(t, c.authorize("client_id", idOf(t, "Agreement"), "prompt", "none"), "#")
			return v.Get("error") == "consent_required"
		},
		"vendor-media-type": func(t testing.TB, c *client) bool {
			address := c.auth + "/flows/" + c.flowID(c.authorize())
			return c.get(address, "Accept", "*/*").status == 200 && c.get(address, "Accept", "application/json").status == 406
		},
		"bad-credentials-code": func(t testing.TB, c *client) bool {
			return member(c.wrongPassword().json(t), "details", "code") == "INVALID_CREDENTIALS"
		},
		"bad-credentials-password": func(t testing.TB, c *client) bool {
			j := c.wrongPassword().json(t)
			_, counted := member(j, "details", "innerError", "failuresRemaining").(float64)
			return member(j, "details", "target") == "password" && counted
		},
		"bad-credentials-200": func(t testing.TB, c *client) bool {
			r := c.wrongPassword()
			return r.status == 200 && r.json(t)["status"] == statusUsernamePassword && r.json(t)["error"] == nil
		},
		"bad-credentials-error-object": func(t testing.TB, c *client) bool {
			r := c.wrongPassword()
			return r.status == 200 && r.json(t)["status"] == statusUsernamePassword && member(r.json(t), "error", "code") != nil
		},
		"no-password-code": func(t testing.TB, c *client) bool {
			r := c.act(c.flowID(c.authorize()), "usernamePassword.check", credentials{"no-password", "x"})
			return member(r.json(t), "details", "code") == "NO_PASSWORD"
		},
		"bad-otp-value": func(t testing.TB, c *client) bool {
			id := c.toPasscode("sms")
			return member(c.act(id, "otp.check", object{"otp": "1"}).json(t), "details", "innerError", "attemptsRemaining") == 4.0
		},
		"wrong-current-value": func(t testing.TB, c *client) bool {
			id := c.flowID(c.authorize())
			c.act(id, "usernamePassword.check", passwordOf("must-change"))
			r := c.act(id, "password.reset", object{"currentPassword": "x", "newPassword": "Another-fake-1"})
			return member(r.json(t), "details", "code") == "INVALID_VALUE"
		},
		"weak-password-policy": func(t testing.TB, c *client) bool {
			id := c.flowID(c.authorize())
			j := c.act(id, "usernamePassword.check", passwordOf("must-change")).json(t)
			return member(j, "_embedded", "passwordPolicy", "minUniqueCharacters") == 1.0
		},
		"fresh-codes": func(t testing.TB, c *client) bool {
			id := c.toPasscode("sms")
			c.act(id, "device.select", object{"device": object{"id": "de71ce00-0000-4000-8000-000000000005"}})
			sent, _ := c.srv.Messages("sms")
			first, last := sent[len(sent)-2].Code, sent[len(sent)-1].Code
			return first != last && c.act(id, "otp.check", object{"otp": first}).status == 400 &&
				c.act(id, "otp.check", object{"otp": last}).json(t)["status"] == statusCompleted
		},
		"short-waits": func(t testing.TB, c *client) bool {
			id := c.toPasscode("voice")
			for range maxBadCodes {
				c.act(id, "otp.check", object{"otp": "1"})
			}
			c.clock.add(shortWait)
			return c.act(id, "otp.check", object{"otp": smsPasscode}).json(t)["status"] == statusCompleted
		},
		"lock-out": func(t testing.TB, c *client) bool {
			r := c.act(c.flowID(c.authorize()), "usernamePassword.check", passwordOf("plain"))
			return member(r.json(t), "details", "innerError", "secondsUntilUnlock") == 900.0
		},
		"cool-down": func(t testing.TB, c *client) bool {
			r := c.act(c.toPasscode("email"), "otp.check", object{"otp": emailPasscode})
			return member(r.json(t), "details", "code") == "QUOTA_EXCEEDED"
		},
		"passcode-gone": func(t testing.TB, c *client) bool {
			r := c.act(c.toPasscode("email"), "otp.check", object{"otp": emailPasscode})
			return r.status == 500 && r.json(t)["code"] == "UNEXPECTED_ERROR"
		},
		"action-errors-403": func(t testing.TB, c *client) bool { return c.wrongPassword().status == 403 },
		"inner-error-lower-case": func(t testing.TB, c *client) bool {
			r := c.act(c.flowID(c.authorize()), "usernamePassword.check", passwordOf("locked"))
			return member(r.json(t), "details", "innererror", "secondsUntilUnlock") != nil
		},
		"no-correlation-id": func(t testing.TB, c *client) bool {
			r := c.authorize("prompt", "none")
			_, v := answerOf(t, r, "#")
			return !strings.Contains(v.Get("error_description"), "Correlation") && r.header.Get("Correlation-Id") == ""
		},
		"login-page-url": func(t testing.TB, c *client) bool {
			r := c.authorize()
			return strings.HasPrefix(r.location(), "https://login.example.com/") && c.flow(c.flowID(r)).status == 200
		},
		"relative-location": func(t testing.TB, c *client) bool {
			return strings.HasPrefix(c.authorize().location(), "/"+EnvironmentID+"/signon/?flowId=")
		},
		"redirect-301": func(t testing.TB, c *client) bool {
			return c.authorize().status == 301 && c.signOn("plain").status == 301
		},
		"redirect-303": func(t testing.TB, c *client) bool {
			return c.authorize().status == 303 && c.signOn("plain").status == 303
		},
		"redirect-307": func(t testing.TB, c *client) bool {
			return c.authorize().status == 307 && c.signOn("plain").status == 307
		},
		"redirect-308": func(t testing.TB, c *client) bool {
			return c.authorize().status == 308 && c.signOn("plain").status == 308
		},
		"errors-in-query": func(t testing.TB, c *client) bool {
			_, v := answerOf(t, c.authorize("prompt", "none"), "callback?")
			return v.Get("error") == "login_required"
		},
		"errors-as-json": func(t testing.TB, c *client) bool {
			r := c.authorize("prompt", "none")
			return r.status == 400 && r.json(t)["code"] == "INVALID_DATA"
		},
		"errors-as-oauth-json": func(t testing.TB, c *client) bool {
			r := c.authorize("redirect_uri", "https://attacker.example.com/")
			return r.status == 400 && r.json(t)["error"] == "invalid_request"
		},
		"errors-as-html": func(t testing.TB, c *client) bool {
			r := c.authorize("prompt", "none")
			return r.status == 400 && strings.Contains(string(r.body), "Authentication is required")
		},
		"errors-hosted": func(t testing.TB, c *client) bool {
			return strings.HasPrefix(c.authorize("prompt", "none").location(), c.auth+"/signon/?error=")
		},
		"hosted-error-text": func(t testing.TB, c *client) bool { return strings.HasPrefix(c.hostedError(), "Redirect URI mismatch") },
		"hosted-error-html": func(t testing.TB, c *client) bool {
			return strings.HasPrefix(c.hostedError(), "<p>Redirect URI mismatch")
		},
		"hosted-error-encoded": func(t testing.TB, c *client) bool {
			text, err := url.QueryUnescape(c.hostedError())
			return err == nil && json.Valid([]byte(text)) && !json.Valid([]byte(c.hostedError()))
		},
		"unauthorized-response-type": func(t testing.TB, c *client) bool {
			_, v := answerOf(t, c.authorize("client_id", idOf(t, "Token Only")), "#")
			return v.Get("error") == "unauthorized_client"
		},
		"unknown-client-json": func(t testing.TB, c *client) bool {
			r := c.authorize("client_id", "nobody")
			return r.status == 404 && r.json(t)["code"] == "NOT_FOUND"
		},
		"edge-404": func(t testing.TB, c *client) bool { return c.get(c.srv.URL+"/v1/nothing").status == 404 },
		"davinci-redirect": func(t testing.TB, c *client) bool {
			return strings.HasPrefix(c.authorize("client_id", idOf(t, "DaVinci")).location(), "https://orchestrate.example.com/")
		},
		"nonce-required": func(t testing.TB, c *client) bool {
			_, v := answerOf(t, c.authorize("nonce", ""), "#")
			return v.Get("error") == "invalid_request" && c.authorize("nonce", "", "response_type", "token").location() != ""
		},
		"query-mode-refused": func(t testing.TB, c *client) bool {
			_, v := answerOf(t, c.authorize("response_mode", "query"), "#")
			return v.Get("error") == "invalid_request"
		},
		"default-mode-query": func(t testing.TB, c *client) bool {
			return strings.Contains(c.signOn("plain").location(), "callback?access_token=")
		},
		"exact-loopback-port": func(t testing.TB, c *client) bool {
			return strings.Contains(c.authorize().location(), "?error=") && strings.Contains(c.authorize("redirect_uri", "http://127.0.0.1/callback").location(), "?flowId=")
		},
		"token-alias": func(t testing.TB, c *client) bool { return strings.Contains(c.signOn("plain").location(), "#token=") },
		"token-alias-query": func(t testing.TB, c *client) bool {
			return strings.Contains(c.signOn("plain").location(), "callback?token=")
		},
		"no-scope": func(t testing.TB, c *client) bool { return !c.values().Has("scope") },
		"scope-plus": func(t testing.TB, c *client) bool {
			return strings.Contains(c.signOn("plain", "scope", "openid email").location(), "scope=openid+email")
		},
		"iss-parameter": func(t testing.TB, c *client) bool {
			return c.values().Get("iss") == c.auth+"/as"
		},
		"session-state": func(t testing.TB, c *client) bool { return c.values().Has("session_state") },
		"resume-without-cookie-200": func(t testing.TB, c *client) bool {
			id := c.flowID(c.authorize())
			c.act(id, "usernamePassword.check", passwordOf("plain"))
			c.cookies = nil
			r := c.resume(id)
			return r.status == 200 && r.json(t)["authorizeResponse"] == nil
		},
		"unfinished-resume-400": func(t testing.TB, c *client) bool { return c.resume(c.flowID(c.authorize())).status == 400 },
		"no-at-hash":            func(t testing.TB, c *client) bool { return c.idClaims()["at_hash"] == nil },
		"typ-header": func(t testing.TB, c *client) bool {
			id, _ := parts(t, c.values().Get("id_token"))
			access, _ := parts(t, c.values().Get("access_token"))
			return id["typ"] == "JWT" && access["typ"] == "at+jwt"
		},
		"kid-default": func(t testing.TB, c *client) bool {
			token := c.values().Get("id_token")
			header, _ := parts(t, token)
			return header["kid"] == "default" && c.verify(token)
		},
		"no-env-org": func(t testing.TB, c *client) bool { return c.idClaims()["env"] == nil && c.idClaims()["org"] == nil },
		"more-claims": func(t testing.TB, c *client) bool {
			_, claims := parts(t, c.values().Get("access_token"))
			return claims["jti"] != nil && claims["acr"] != nil && claims["auth_time"] != nil
		},
		"auth-time-thousandth": func(t testing.TB, c *client) bool {
			at, _ := c.idClaims()["auth_time"].(float64)
			return at == float64(c.clock.now().Unix()/1000)
		},
		"aud-array": func(t testing.TB, c *client) bool {
			aud, _ := c.idClaims()["aud"].([]any)
			return len(aud) == 1 && aud[0] == idOf(t, "Plain")
		},
		"no-profile-in-id-token": func(t testing.TB, c *client) bool {
			_, claims := parts(t, c.values("scope", "openid profile").Get("id_token"))
			return claims["sub"] != nil && claims["preferred_username"] == nil
		},
		"discovery-2020": func(t testing.TB, c *client) bool {
			j := c.discovery().json(t)
			return j["claims_parameter_supported"] == true && j["pushed_authorization_request_endpoint"] == nil
		},
		"plain-userinfo": func(t testing.TB, c *client) bool {
			info := c.userinfo(c.values("scope", "openid profile").Get("access_token")).json(t)
			return info["env"] == nil && info["name"] == "Pat Plain"
		},
		"jwks-with-alg": func(t testing.TB, c *client) bool {
			keys, _ := c.get(c.auth + "/as/jwks").json(t)["keys"].([]any)
			return len(keys) == 3 && member(keys[0], "alg") == "RS256" && member(keys[2], "use") == "enc"
		},
		"short-discovery": func(t testing.TB, c *client) bool {
			return !strings.Contains(string(c.discovery().body), "subject_types_supported")
		},
		"userinfo-oauth-errors": func(t testing.TB, c *client) bool { return c.userinfo("x").json(t)["error"] == "invalid_token" },
		"disabled-application-oauth": func(t testing.TB, c *client) bool {
			_, v := answerOf(t, c.authorize("client_id", idOf(t, "Disabled")), "#")
			return v.Get("error") == "unauthorized_client"
		},

		"wrong-issuer":   func(t testing.TB, c *client) bool { return c.idClaims()["iss"] != c.auth+"/as" },
		"wrong-audience": func(t testing.TB, c *client) bool { return c.idClaims()["aud"] != idOf(t, "Plain") },
		"wrong-nonce":    func(t testing.TB, c *client) bool { return c.idClaims()["nonce"] != "a-nonce" },
		"no-nonce":       func(t testing.TB, c *client) bool { return c.idClaims()["nonce"] == nil },
		"wrong-acr":      func(t testing.TB, c *client) bool { return c.idClaims()["acr"] != "Single_Factor" },
		"old-auth-time": func(t testing.TB, c *client) bool {
			return c.idClaims()["auth_time"].(float64) < float64(c.clock.now().Unix()-3600)
		},
		"bad-at-hash": func(t testing.TB, c *client) bool {
			v := c.values()
			_, claims := parts(t, v.Get("id_token"))
			return claims["at_hash"] != nil && claims["at_hash"] != atHash(v.Get("access_token"))
		},
		"bad-signature": func(t testing.TB, c *client) bool { return !c.verify(c.values().Get("id_token")) },
		"wrong-key":     func(t testing.TB, c *client) bool { return !c.verify(c.values().Get("id_token")) },
		"rotated-key": func(t testing.TB, c *client) bool {
			before := c.get(c.auth + "/as/jwks").body
			token := c.values().Get("id_token")
			header, _ := parts(t, token)
			return !strings.Contains(string(before), header["kid"].(string)) && c.verify(token)
		},
		"unknown-kid": func(t testing.TB, c *client) bool { return !c.verify(c.values().Get("id_token")) },
		"alg-none": func(t testing.TB, c *client) bool {
			token := c.values().Get("id_token")
			header, _ := parts(t, token)
			return header["alg"] == "none" && strings.HasSuffix(token, ".")
		},
		"alg-hs256": func(t testing.TB, c *client) bool {
			header, _ := parts(t, c.values().Get("id_token"))
			return header["alg"] == "HS256"
		},
		"expired": func(t testing.TB, c *client) bool {
			return c.idClaims()["exp"].(float64) < float64(c.clock.now().Unix())
		},
		"clock-ahead": func(t testing.TB, c *client) bool {
			return c.idClaims()["iat"].(float64) > float64(c.clock.now().Unix()+60) && c.dateOff() == 10*time.Minute
		},
		"clock-behind": func(t testing.TB, c *client) bool {
			return c.idClaims()["exp"].(float64) < float64(c.clock.now().Unix()) && c.dateOff() == -2*time.Hour
		},
		"wrong-state": func(t testing.TB, c *client) bool {
			v := c.values()
			return v.Has("state") && v.Get("state") != "a=state=="
		},
		"no-state": func(t testing.TB, c *client) bool { return !c.values().Has("state") },
		"wrong-iss-parameter": func(t testing.TB, c *client) bool {
			v := c.values()
			return v.Has("iss") && v.Get("iss") != c.auth+"/as"
		},
		"wrong-token-type": func(t testing.TB, c *client) bool { return c.values().Get("token_type") == "mac" },
		"no-access-token": func(t testing.TB, c *client) bool {
			v := c.values()
			return !v.Has("access_token") && v.Has("id_token")
		},
		"no-id-token": func(t testing.TB, c *client) bool {
			v := c.values()
			return v.Has("access_token") && !v.Has("id_token")
		},
		"surplus-code":        func(t testing.TB, c *client) bool { return c.values().Has("code") },
		"error-beside-tokens": func(t testing.TB, c *client) bool { v := c.values(); return v.Has("error") && v.Has("access_token") },
		"duplicate-parameter": func(t testing.TB, c *client) bool { return len(c.values()["access_token"]) == 2 },
		"two-channels": func(t testing.TB, c *client) bool {
			return strings.Count(c.signOn("plain").location(), "access_token=") == 2
		},
		"resume-elsewhere": func(t testing.TB, c *client) bool {
			return strings.HasPrefix(c.signOn("plain").location(), "https://attacker.example.com/callback#access_token=")
		},
		"foreign-resume-url": func(t testing.TB, c *client) bool {
			resume, _ := c.flow(c.flowID(c.authorize())).json(t)["resumeUrl"].(string)
			return strings.HasPrefix(resume, "https://attacker.example.com/")
		},
		"foreign-action-link": func(t testing.TB, c *client) bool {
			href, _ := member(c.flow(c.flowID(c.authorize())).json(t), "_links", "usernamePassword.check", "href").(string)
			return strings.HasPrefix(href, "https://attacker.example.com/")
		},
		"no-flow-id": func(t testing.TB, c *client) bool { return c.authorize().location() == c.auth+"/signon/" },
		"flow-expired": func(t testing.TB, c *client) bool {
			id := c.flowID(c.authorize())
			return c.flow(id).status == 200 && c.act(id, "usernamePassword.check", passwordOf("plain")).status == 404
		},
		"unknown-status": func(t testing.TB, c *client) bool {
			return c.statusOf(c.authorize()) == "RETINA_SCAN_REQUIRED"
		},
		"session-other-user": func(t testing.TB, c *client) bool {
			_, first := answerOf(t, c.signOn("plain"), "#")
			_, second := answerOf(t, c.authorize("prompt", "none"), "#")
			_, a := parts(t, first.Get("id_token"))
			_, b := parts(t, second.Get("id_token"))
			return a["sub"] != b["sub"]
		},
		"scope-narrowed": func(t testing.TB, c *client) bool { return c.values("scope", "openid email").Get("scope") == "openid" },
		"session-gone": func(t testing.TB, c *client) bool {
			c.signOn("plain")
			_, v := answerOf(t, c.authorize("prompt", "none"), "#")
			return v.Get("error") == "login_required"
		},
		"login-form-307": func(t testing.TB, c *client) bool {
			r := c.submitPage(c.flowID(c.authorize()), "action", "usernamePassword.check", "username", "plain", "password", "fake-password-1")
			return r.status == 307 && hasTokens(r)
		},
		"userinfo-jwt": func(t testing.TB, c *client) bool {
			r := c.userinfo(c.values().Get("access_token"))
			return r.header.Get("Content-Type") == "application/jwt" && c.verify(string(r.body))
		},
		"userinfo-other-sub": func(t testing.TB, c *client) bool {
			return c.userinfo(c.values().Get("access_token")).json(t)["sub"] != c.idClaims()["sub"]
		},
	}
}

func TestSwitchesHaveTheirEffect(t *testing.T) {
	if testing.Short() {
		t.Skip("a matrix")
	}
	c := start(t)
	rows := effects()
	maps.Copy(rows, misconfigured())
	maps.Copy(rows, stopped())
	for _, sw := range Switches() {
		if len(sw.Legs) > 0 {
			continue
		}
		effect, ok := rows[sw.Name]
		if !ok {
			t.Errorf("switch %s has no row in effects", sw.Name)
			continue
		}
		t.Run(sw.Name, func(t *testing.T) {
			if err := c.srv.Set(sw.Name, true); err != nil {
				t.Fatal(err)
			}
			seen := effect(t, c.fresh(t))
			if err := c.srv.Set(sw.Name, false); err != nil {
				t.Fatal(err)
			}
			if !seen {
				t.Errorf("on, but nothing noticed: %s", sw.Does)
			}
		})
	}
	// Rows that hold with every switch off would prove nothing.
	for name, effect := range rows {
		t.Run("without "+name, func(t *testing.T) {
			if holds(t, effect, c) {
				t.Error("the row holds without its switch")
			}
		})
	}
}

// probe is a test that may fail without failing the test.
type probe struct{ testing.TB }

type probeFailed struct{}

func (probe) Errorf(string, ...any) {}
func (probe) Fatal(...any)          { panic(probeFailed{}) }
func (probe) Fatalf(string, ...any) { panic(probeFailed{}) }

func holds(t *testing.T, effect func(testing.TB, *client) bool, c *client) (held bool) {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(probeFailed); !ok {
				t.Logf("row stopped: %v", r) // a claim that is missing
			}
		}
	}()
	p := probe{t}
	return effect(p, c.fresh(p))
}

func hasTokens(r *reply) bool { return strings.Contains(r.location(), "#access_token=") }

func (c *client) wrongPassword() *reply {
	c.t.Helper()
	c.signOn("plain") // so that failures do not add up to a lockout
	return c.act(c.flowID(c.authorize("prompt", "login")), "usernamePassword.check", credentials{"plain", "wrong"})
}

// toPasscode signs a user on up to the passcode.
func (c *client) toPasscode(username string) string {
	c.t.Helper()
	id := c.flowID(c.authorize("acr_values", "Multi_Factor", "prompt", "login"))
	if r := c.act(id, "usernamePassword.check", passwordOf(username)); r.json(c.t)["status"] != statusOTP {
		c.t.Fatalf("%s is at %s", username, r.body)
	}
	return id
}

func (c *client) hostedError() string {
	c.t.Helper()
	_, v := answerOf(c.t, c.authorize("redirect_uri", "https://attacker.example.com/"), "?")
	return v.Get("error")
}

// values are the fragment parameters of a new sign-on.
func (c *client) values(changes ...string) url.Values {
	c.t.Helper()
	_, v := answerOf(c.t, c.fresh(c.t).signOn("plain", changes...), "#")
	return v
}

func (c *client) idClaims() map[string]any {
	c.t.Helper()
	_, claims := parts(c.t, c.values().Get("id_token"))
	return claims
}

func (c *client) discovery() *reply {
	c.t.Helper()
	return c.get(c.auth + "/as/.well-known/openid-configuration")
}

func (c *client) userinfo(token string) *reply {
	c.t.Helper()
	return c.get(c.auth+"/as/userinfo", "Authorization", "Bearer "+token)
}

func (c *client) dateOff() time.Duration {
	c.t.Helper()
	date, err := time.Parse(time.RFC1123, c.discovery().header.Get("Date"))
	if err != nil {
		c.t.Fatal(err)
	}
	return date.Sub(c.clock.now())
}

func TestSwitchNames(t *testing.T) {
	all := Switches()
	names := make([]string, len(all))
	for i, sw := range all {
		names[i] = sw.Name
		if sw.Does == "" || strings.Trim(sw.Name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || (sw.Group != "reading" && sw.Group != "fault") || (sw.Shown == "") != (sw.Group == "fault") {
			t.Errorf("malformed: %+v", sw)
		}
		for _, name := range append([]string{sw.Name}, sw.HiddenBy...) {
			if _, err := expandSwitch(name); err != nil {
				t.Error(err)
			}
		}
	}
	if len(slices.Compact(slices.Sorted(slices.Values(names)))) != len(names) {
		t.Errorf("a name appears twice: %v", names)
	}
	for name, want := range map[string]string{
		"no-such-thing": "html-502", "html-502:moon": "resume", "no-scope:resume": "no leg", "no-location:jwks": "authorize",
	} {
		if _, err := New(Options{Switches: []string{name}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", name, err, want)
		}
	}
}
