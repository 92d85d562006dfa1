package implicit

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// VerifyUserInfo reads a userinfo answer strictly, JSON or (by contentType) a
// signed JWT, and adds the check userinfo to r: its sub must be that of r.IDToken
// (OpenID Connect Core section 5.3.2), and a signed answer must be by the issuer
// for this client. The claims are nil when
// the check failed. The error is for what could not be decided, as with
// [Verifier.Verify].
func (v *Verifier) VerifyUserInfo(ctx context.Context, r *Result, contentType string, body []byte) (*Claims, error) {
	claims, check, err := v.userInfo(ctx, contentType, body)
	if err != nil {
		return nil, err
	}
	if check.Status != StatusFail {
		check = compareSubject(claims, r.IDToken)
	}
	r.Add(check)
	if check.Status == StatusFail {
		return nil, nil
	}
	return claims, nil
}

const userInfoClause = "OpenID Connect Core section 5.3.2"

func failUserInfo(detail, expected, found string) Check {
	return Check{CheckUserInfo, StatusFail, detail, expected, found, userInfoClause}
}

func (v *Verifier) userInfo(ctx context.Context, contentType string, body []byte) (*Claims, Check, error) {
	media, _, _ := strings.Cut(strings.ToLower(contentType), ";")
	if media = strings.TrimSpace(media); media == "application/jwt" {
		return v.signedUserInfo(ctx, strings.TrimSpace(string(body)))
	}
	var object map[string]json.RawMessage
	if media != "application/json" || json.Unmarshal(body, &object) != nil || object == nil {
		return nil, Check{}, &HTTPError{URL: "userinfo endpoint", Status: http.StatusOK, Type: contentType,
			Problem: "expected a JSON object or a signed JWT"}
	}
	payload, err := parseObject(string(body))
	if err == nil {
		err = payload.known(claimNames())
	}
	if err != nil {
		return nil, failUserInfo("the answer can be read in two ways: "+err.Error(), "", ""), nil
	}
	return &Claims{payload: payload}, Check{}, nil
}

// signedUserInfo makes an ID token's checks up to the signature, and of the
// claims those that section 5.3.2 names.
func (v *Verifier) signedUserInfo(ctx context.Context, token string) (*Claims, Check, error) {
	if err := v.ready(true); err != nil {
		return nil, Check{}, err
	}
	run := v.begin(Expected{}, mostChecks)
	t := &tokenCheck{verification: run, names: idTokenChecks(), types: []string{"jwt"}}
	ok, err := t.open(ctx, token)
	if err != nil {
		return nil, Check{}, err
	}
	if !ok {
		c, _ := run.Failed()
		return nil, Check{CheckUserInfo, StatusFail, fmt.Sprintf("the signed answer fails %s: %s", c.Name, c.Detail), c.Expected, c.Found, c.Clause}, nil
	}
	if raw, there := t.claim("iss"); there && t.jwt.claims.Issuer() != v.Issuer {
		return nil, failUserInfo("another issuer signed the answer", quote(v.Issuer), shown(raw, there)), nil
	}
	if list, raw, there, ok := t.audiences(); there && (!ok || !slices.Contains(list, v.ClientID)) {
		return nil, failUserInfo("the signed answer is not for this client", quote(v.ClientID), shown(raw, there)), nil
	}
	return &t.jwt.claims, Check{}, nil
}

func compareSubject(claims, idToken *Claims) Check {
	raw, there := claims.payload.get("sub")
	sub, _ := raw.text()
	switch {
	case sub == "":
		return failUserInfo("sub is needed", "a string", shown(raw, there))
	case idToken == nil:
		return skip(CheckUserInfo, "no ID token came to compare sub with")
	case sub != idToken.Subject():
		return failUserInfo("these claims are somebody else's", "sub "+quote(idToken.Subject()), "sub "+quote(sub))
	}
	return pass(CheckUserInfo, "sub is the ID token's")
}
