package login

import (
	"context"

	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// UserInfo asks the provider's userinfo endpoint.
func (c *Connection) UserInfo(ctx context.Context, token implicit.Secret) (*implicit.UserInfo, error) {
	if c.Target.PingOne != nil {
		client := &pingone.Client{Environment: *c.Target.PingOne, HTTP: c.HTTP}
		return client.UserInfo(ctx, token)
	}
	return implicit.FetchUserInfo(ctx, c.HTTP, c.Target.UserInfoURL, token)
}
