package login

import (
	"context"
	"slices"

	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// UserInfo asks the provider's userinfo endpoint whom the access token speaks
// for, and compares sub with the ID token's, unless subject is empty.
func (s *Service) UserInfo(ctx context.Context, accessToken implicit.Secret, subject string) (*implicit.Claims, error) {
	if _, err := s.connect(ctx); err != nil {
		return nil, err
	}
	result, err := s.fetchUserInfo(ctx, accessToken, subject)
	if err != nil {
		return nil, err
	}
	return result.UserInfo, nil
}

func (s *Service) fetchUserInfo(ctx context.Context, accessToken implicit.Secret, subject string) (*implicit.Result, error) {
	s.Secrets.Add(accessToken)
	var info *implicit.UserInfo
	var err error
	if s.provider.pingOne != nil {
		info, err = s.client(pingone.Session{}).UserInfo(ctx, accessToken)
	} else {
		info, err = implicit.FetchUserInfo(ctx, s.provider.http, s.provider.userInfoURL, accessToken)
	}
	if err != nil {
		return nil, err
	}
	return s.provider.verifier.VerifyUserInfo(ctx, info, subject)
}

// addUserInfo asks userinfo and adds the check that it names the same user.
func (s *Service) addUserInfo(ctx context.Context, out *Outcome) error {
	subject := ""
	if claims := out.Result.IDTokenClaims; claims != nil {
		subject = claims.Subject()
	}
	verified, err := s.fetchUserInfo(ctx, out.Result.AccessToken, subject)
	if verified == nil {
		return err
	}
	out.UserInfo = verified.UserInfo
	out.Result, _ = out.Result.With(verified.Checks...)
	out.Result.Warnings = slices.DeleteFunc(out.Result.Warnings, func(w implicit.Warning) bool { return w.Code == warnHint })
	compareHint(out) // userinfo may name the user where the ID token does not
	return nil
}
