package implicit

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

const userInfoClause = "OpenID Connect Core section 5.3.2"

// VerifyUserInfo reads a userinfo response strictly, JSON or a signed JWT: its sub
// must be subject, that of the verified ID token (OpenID Connect Core section
// 5.3.2), and a signed response must be from the issuer for this client. Without a
// subject there is nothing to compare with, and the check is a skip.
//
// Result and error are as those of [Verifier.Verify]: the claims are in
// Result.UserInfo, and the one check is named userinfo. What is neither JSON nor a
// JWT is an [*HTTPError].
func (v *Verifier) VerifyUserInfo(ctx context.Context, info *UserInfo, subject string) (*Result, error) {
	claims, check, err := v.userInfo(ctx, info)
	if err != nil {
		return nil, err
	}
	if check.Status != StatusFail {
		check = compareSubject(claims, subject)
	}
	r := &Result{valid: true}
	if r.add(check); r.valid {
		r.UserInfo = claims
	}
	return r, r.Err()
}

func failUserInfo(detail, expected, found string) Check {
	return Check{CheckUserInfo, StatusFail, detail, expected, found, userInfoClause}
}

func (v *Verifier) userInfo(ctx context.Context, info *UserInfo) (*Claims, Check, error) {
	media, _, _ := strings.Cut(strings.ToLower(info.ContentType), ";")
	if media = strings.TrimSpace(media); media == "application/jwt" {
		return v.signedUserInfo(ctx, strings.TrimSpace(string(info.Body)))
	}
	var object map[string]json.RawMessage
	if media != "application/json" || json.Unmarshal(info.Body, &object) != nil || object == nil {
		return nil, Check{}, &HTTPError{URL: "userinfo endpoint", Status: http.StatusOK, Type: info.ContentType,
			Problem: "expected a JSON object or a signed JWT"}
	}
	payload, err := parseObject(string(info.Body))
	if err != nil {
		return nil, failUserInfo("the response can be read in two ways: "+err.Error(), "", ""), nil
	}
	return &Claims{payload: payload}, Check{}, nil
}

// signedUserInfo makes an ID token's checks up to the signature, and of the
// claims those that section 5.3.2 names, and the times that there are.
func (v *Verifier) signedUserInfo(ctx context.Context, token string) (*Claims, Check, error) {
	if err := v.ready(true); err != nil {
		return nil, Check{}, err
	}
	run := v.begin(Expected{}, checksPerToken)
	t := &tokenCheck{verification: run, names: idTokenChecks, types: []string{"jwt"}}
	ok, err := t.open(ctx, token)
	if err != nil {
		return nil, Check{}, err
	}
	if ok {
		t.times()
	}
	if c, failed := run.failed(); failed {
		return nil, Check{CheckUserInfo, StatusFail, fmt.Sprintf("the signed response fails %s: %s", c.Name, c.Detail), c.Expected, c.Found, c.Clause}, nil
	}
	if raw, ok := t.claim("iss"); ok && t.jwt.claims.claimText("iss") != v.Issuer {
		return nil, failUserInfo("the response is signed by a different issuer", quote(v.Issuer), shown(raw, ok)), nil
	}
	if list, raw, found, ok := t.audiences(nil); found && (!ok || !slices.Contains(list, v.ClientID)) {
		return nil, failUserInfo("the signed response is for a different client", quote(v.ClientID), shown(raw, found)), nil
	}
	return &t.jwt.claims, Check{}, nil
}

// times makes the checks of exp, iat and nbf, each where it is present.
func (t *tokenCheck) times() {
	t.names = []string{CheckExpiry, CheckIssuedAt, CheckNotBefore}
	if _, found := t.claim("exp"); found {
		t.expiry()
	} else {
		t.skip("exp is absent")
	}
	t.issuedAt(true)
	t.notBefore()
}

func compareSubject(claims *Claims, subject string) Check {
	raw, ok := claims.payload.get("sub")
	sub, _ := raw.text()
	switch {
	case sub == "":
		return failUserInfo("sub is required", "a string", shown(raw, ok))
	case subject == "":
		return skip(CheckUserInfo, "no ID token to compare sub with")
	case sub != subject:
		return failUserInfo("the claims are of a different user", "sub "+quote(subject), "sub "+quote(sub))
	}
	return pass(CheckUserInfo, "sub is the ID token's")
}
