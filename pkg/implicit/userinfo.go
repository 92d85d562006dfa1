package implicit

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/implicit-cli/implicit/pkg/internal/web"
)

// UserInfo is the response of a userinfo endpoint: OpenID Connect Core section
// 5.3.2. Nothing in it is verified; [Verifier.VerifyUserInfo] does that.
type UserInfo struct {
	ContentType string // application/json, or application/jwt
	Body        []byte
}

// FetchUserInfo asks endpoint for the claims of the user that accessToken was
// issued for. The error is a [*RequestError], a [*NetworkError] or an
// [*HTTPError].
func FetchUserInfo(ctx context.Context, client *Client, endpoint string, accessToken Secret) (*UserInfo, error) {
	if err := web.CheckURL(endpoint); err != nil {
		return nil, &RequestError{"userinfo endpoint", err.Error()}
	}
	if web.HasControlOrSpace(accessToken.Reveal()) || accessToken.Empty() {
		return nil, &RequestError{"access token", "expected one without white space and control characters"}
	}
	reply, err := client.get(WithLeg(ctx, LegUserInfo), endpoint, http.Header{
		"Accept":        {"application/json, application/jwt"},
		"Authorization": {"Bearer " + accessToken.Reveal()},
	})
	if err != nil {
		return nil, fmt.Errorf("fetch userinfo: %w", err)
	}
	if reply.Status != http.StatusOK {
		return nil, unusable(reply, "expected userinfo", false)
	}
	if reply.MediaType() != "application/jwt" && (reply.MediaType() != "application/json" || !json.Valid(reply.Body)) {
		return nil, unusable(reply, "expected userinfo in JSON, or signed", false)
	}
	return &UserInfo{reply.Header.Get("Content-Type"), reply.Body}, nil
}
