package login

import (
	"testing"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// What PingOne promises is required, of any other provider it is not.
func TestWhatPingOnePromises(t *testing.T) {
	s := &Service{Settings: &config.Settings{}}
	for _, env := range []*pingone.Environment{nil, {}} {
		v, err := s.newVerifier(&provider{pingOne: env}, &serverClock{})
		if err != nil || v.AccessToken.FromIssuer != (env != nil) || v.ACRPromised != (env != nil) {
			t.Errorf("PingOne %v: %+v, %v", env != nil, v, err)
		}
	}
}
