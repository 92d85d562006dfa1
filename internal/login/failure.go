package login

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"time"

	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// refusalLife is how long credentials that were refused are not sent again.
const refusalLife = 10 * time.Second

// failureNote is the error of the process that tried last. Without it each of
// many processes would send the same wrong password, until the user is locked
// out.
type failureNote struct {
	At       time.Time       `json:"at"`
	Error    json.RawMessage `json:"error"`
	Refused  bool            `json:"refused"` // the credentials were
	Salt     []byte          `json:"salt"`
	Password []byte          `json:"password"` // its HMAC under the salt
}

const failurePrefix = "failure:"

// note leaves an error for the processes that wait for this one.
func (s *Source) note(ctx context.Context, key Key, err error) {
	var refused *pingone.Error
	n := failureNote{At: s.Now(), Error: s.Describe(err), Salt: make([]byte, 32)}
	if errors.As(err, &refused) {
		n.Refused = refused.Reason == pingone.ReasonWrongCredentials || refused.Reason == pingone.ReasonLockedOut || refused.Reason == pingone.ReasonNoPassword
	}
	if _, err := rand.Read(n.Salt); err != nil {
		return
	}
	n.Password = fingerprint(n.Salt, s.Password)
	if data, err := json.Marshal(n); err == nil {
		_ = s.Keeper.Store.Put(ctx, failurePrefix+key.String(), data) // the error itself is what matters
	}
}

// noted returns the error that another process met since began, when this one
// started to wait, or a moment ago with the same credentials.
func (s *Source) noted(ctx context.Context, key Key, began time.Time) error {
	data, ok, err := s.Keeper.Store.Get(ctx, failurePrefix+key.String())
	var n failureNote
	if err != nil || !ok || json.Unmarshal(data, &n) != nil || n.At.After(s.Now()) ||
		!hmac.Equal(n.Password, fingerprint(n.Salt, s.Password)) {
		return nil
	}
	if n.At.After(began) || n.Refused && s.Now().Sub(n.At) < refusalLife {
		return s.Restore(n.Error)
	}
	return nil
}

func fingerprint(salt []byte, password implicit.Secret) []byte {
	mac := hmac.New(sha256.New, salt)
	mac.Write([]byte(password.Reveal()))
	return mac.Sum(nil)
}
