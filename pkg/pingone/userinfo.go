package pingone

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/internal/web"
)

// UserInfo asks for the claims of the user that the access token was issued for.
// The token needs the scope openid. [implicit.Verifier.VerifyUserInfo] compares
// their subject with the ID token's.
func (c *Client) UserInfo(ctx context.Context, accessToken implicit.Secret) (*implicit.UserInfo, error) {
	if web.HasControlOrSpace(accessToken.Reveal()) || accessToken.Empty() {
		return nil, &implicit.RequestError{Parameter: "access token", Problem: "expected one without white space and control characters"}
	}
	req, err := http.NewRequest(http.MethodGet, c.Environment.Provider().UserInfoEndpoint, nil)
	if err != nil {
		return nil, fmt.Errorf("fetch userinfo: %w", err)
	}
	req.Header = http.Header{"Accept": {"application/json, application/jwt"}, "Authorization": {"Bearer " + accessToken.Reveal()}}
	resp, err := c.http().Do(req.WithContext(implicit.WithLeg(web.Repeatable(ctx), implicit.LegUserInfo))) // without cookies
	if err != nil {
		return nil, fmt.Errorf("fetch userinfo: %w", err)
	}
	reply, err := web.ReadReply(resp, c.now())
	switch {
	case err != nil:
		return nil, fmt.Errorf("fetch userinfo: %w", err)
	case reply.Status != http.StatusOK:
		return nil, decodeError(reply, "userinfo")
	case reply.MediaType() != "application/jwt" && (reply.MediaType() != "application/json" || !json.Valid(reply.Body)):
		return nil, unusable(reply, "expected userinfo in JSON, or signed")
	}
	return &implicit.UserInfo{ContentType: reply.Header.Get("Content-Type"), Body: reply.Body}, nil
}
