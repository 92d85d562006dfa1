package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// addProfile adds the claims that scopes ask for (OpenID Connect Core 5.4).
func addProfile(claims map[string]any, a *account, scopes []string) {
	for _, scope := range scopes {
		switch scope {
		case "profile":
			addClaim(claims, "given_name", a.given)
			addClaim(claims, "family_name", a.family)
			claims["preferred_username"] = a.Username
			claims["updated_at"] = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).Unix()
		case "email":
			addClaim(claims, "email", a.mail)
		case "phone":
			addClaim(claims, "phone_number", a.phone)
		case "address":
			if len(a.address) > 0 {
				claims["address"] = a.address
			}
		}
	}
}

// addClaim leaves out what the user has no value for.
func addClaim(claims map[string]any, name, value string) {
	if value != "" {
		claims[name] = value
	}
}

// userinfo answers PingOne's "Userinfo" for the bearer of an access token
// with the scope openid.
func (s *Sandbox) userinfo(c *call) *answer {
	scheme, token, _ := strings.Cut(c.r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return s.tokenRefused(c, http.StatusUnauthorized, "INVALID_TOKEN", "The access token is missing.")
	}
	claims, err := s.ownClaims(token)
	if err != nil || claims["client_id"] == nil {
		return s.tokenRefused(c, http.StatusUnauthorized, "INVALID_TOKEN", "The access token is not valid.")
	}
	if exp, err := number(claims["exp"]); err != nil || exp <= c.now.Unix() {
		return s.tokenRefused(c, http.StatusUnauthorized, "INVALID_VALUE", "Access token expired")
	}
	granted, _ := claims["scope"].(string)
	scopes := strings.Fields(granted)
	a := s.accountByID(claims["sub"])
	s.request.account, s.request.app = a, s.application(fmt.Sprint(claims["client_id"]))
	if a == nil || !slices.Contains(scopes, "openid") || s.on("userinfo-refused") {
		return s.tokenRefused(c, http.StatusForbidden, "ACCESS_FAILED", "The access token lacks the scope openid.")
	}
	info := map[string]any{"sub": a.id}
	if !s.on("plain-userinfo") {
		info["env"], info["org"], info["p1.region"] = s.environmentID, organizationID, s.region
	}
	if s.on("userinfo-other-sub") {
		info["sub"] = "05e20000-0000-4000-8000-999999999999"
	}
	addProfile(info, a, scopes)
	mapClaims(info, s.application(fmt.Sprint(claims["client_id"])), a, inUserinfo)
	if slices.Contains(scopes, "profile") && s.on("plain-userinfo") {
		info["name"] = strings.TrimSpace(a.given + " " + a.family)
	}
	if s.on("userinfo-jwt") {
		return s.signedUserinfo(c, info, claims["client_id"])
	}
	return jsonAnswer(http.StatusOK, info)
}

func number(claim any) (int64, error) {
	n, _ := claim.(json.Number)
	return n.Int64()
}

func (s *Sandbox) accountByID(id any) *account {
	text, _ := id.(string)
	return s.byID[text]
}

// signedUserinfo is the form of OpenID Connect Core 5.3.2.
func (s *Sandbox) signedUserinfo(c *call, info map[string]any, clientID any) *answer {
	info["iss"], info["aud"] = c.issuer(), clientID
	token, err := s.sign(c, info, signOptions{typ: "JWT"})
	if err != nil {
		return s.unexpected(c, err)
	}
	return newAnswer(http.StatusOK, "application/jwt", []byte(token))
}

func (s *Sandbox) tokenRefused(c *call, status int, code, message string) *answer {
	oauth := "invalid_token"
	if status == http.StatusForbidden {
		oauth = "insufficient_scope"
	}
	var a *answer
	switch {
	case s.on("userinfo-oauth-errors"):
		a = oauthError(status, oauth, s.describe(c, message))
	case code == "INVALID_VALUE":
		a = s.platformError(c, status, "INVALID_TOKEN", "The request could not be completed.", detail{code: code, target: "access_token", message: message})
	default:
		a = s.platformError(c, status, code, message)
	}
	a.header.Set("WWW-Authenticate", `Bearer error="`+oauth+`"`)
	return a
}
