package implicit

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// UserInfo is the answer of a userinfo endpoint as it came: OpenID Connect Core
// section 5.3.2. Nothing in it is verified: [Verifier.VerifyUserInfo] compares
// its sub with the ID token's, and checks the signature of one that is signed.
type UserInfo struct {
	ContentType string // application/json, or application/jwt
	Body        []byte
}

// FetchUserInfo asks endpoint for the claims of the person whom accessToken
// speaks for. Where the endpoint answers with a status that is no success, its
// answer is returned beside an [*HTTPError], for a caller that can read its
// shape.
func FetchUserInfo(ctx context.Context, h *Client, endpoint string, accessToken Secret) (*UserInfo, *Answer, error) {
	if err := CheckURL(endpoint); err != nil {
		return nil, nil, &RequestError{"userinfo endpoint", err.Error()}
	}
	if hasControlOrSpace(accessToken.Reveal()) || accessToken.Empty() {
		return nil, nil, &RequestError{"access token", "expected one without white space and control characters"}
	}
	answer, err := h.Get(ctx, endpoint, http.Header{
		"Accept":        {"application/json, application/jwt"},
		"Authorization": {"Bearer " + accessToken.Reveal()},
	})
	if err != nil {
		return nil, nil, fmt.Errorf("fetch userinfo: %w", err)
	}
	if answer.Status != http.StatusOK {
		return nil, answer, answer.Unusable("expected userinfo", false)
	}
	signed := answer.MediaType() == "application/jwt"
	if !signed && (answer.MediaType() != "application/json" || !json.Valid(answer.Body)) {
		return nil, nil, answer.Unusable("expected userinfo in JSON, or signed", false)
	}
	return &UserInfo{answer.Header.Get("Content-Type"), answer.Body}, nil, nil
}
