package login

import (
	"context"
	"slices"

	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// UserInfo asks the provider's userinfo endpoint whom the access token speaks for,
// and compares sub with the ID token's, where that is given.
func (s *Service) UserInfo(ctx context.Context, accessToken implicit.Secret, idToken *implicit.Claims) (*implicit.Claims, error) {
	if _, err := s.connect(ctx); err != nil {
		return nil, err
	}
	result := &implicit.Result{Valid: true, IDToken: idToken}
	claims, err := s.fetchUserInfo(ctx, accessToken, result)
	if err != nil {
		return nil, err
	}
	return claims, result.Err()
}

func (s *Service) fetchUserInfo(ctx context.Context, accessToken implicit.Secret, result *implicit.Result) (*implicit.Claims, error) {
	var info *implicit.UserInfo
	var err error
	if s.provider.pingOne != nil {
		info, err = s.client(pingone.Session{}).UserInfo(ctx, accessToken)
	} else {
		info, _, err = implicit.FetchUserInfo(ctx, s.provider.http, s.provider.userInfoURL, accessToken)
	}
	if err != nil {
		return nil, err
	}
	return s.provider.verifier.VerifyUserInfo(ctx, result, info.ContentType, info.Body)
}

// addUserInfo asks userinfo and adds the check that it names the same user.
func (s *Service) addUserInfo(ctx context.Context, out *Outcome) (err error) {
	out.UserInfo, err = s.fetchUserInfo(ctx, out.Response.AccessToken, out.Result)
	if err != nil {
		return err
	}
	out.Result.Checks = slices.DeleteFunc(out.Result.Checks, func(c implicit.Check) bool { return c.Name == hintCheck })
	compareHint(out) // userinfo may name the user where the ID token does not
	return nil
}
