package pingone

import (
	"context"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// UserInfo asks for the claims of the person whom the access token speaks for.
// The token needs the scope openid. Compare its subject with the ID token's.
func (c *Client) UserInfo(ctx context.Context, accessToken implicit.Secret) (*implicit.UserInfo, error) {
	info, answer, err := implicit.FetchUserInfo(ctx, c.http(), c.Environment.UserInfoURL(), accessToken)
	if answer != nil && err != nil {
		return nil, decodeError(answer, "userinfo")
	}
	return info, err
}
