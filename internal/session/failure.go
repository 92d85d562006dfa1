package session

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"time"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// refusedFor is how long refused credentials are not sent again.
const refusedFor = 10 * time.Second

// failure is the error of the process that tried last. Without it each of many
// processes would send the same wrong password, until the user is locked out.
type failure struct {
	At       time.Time       `json:"at"`
	Error    json.RawMessage `json:"error"`
	Refused  bool            `json:"refused"` // the credentials were
	Salt     []byte          `json:"salt"`
	Password []byte          `json:"password"` // its HMAC under the salt
}

const failurePrefix = "failure:"

// NoteFailure leaves a described error for the processes that wait for this one.
// refused says that the credentials were refused.
func (s *Store) NoteFailure(ctx context.Context, key Key, described []byte, refused bool, password implicit.Secret) {
	f := failure{At: s.Now(), Error: described, Refused: refused, Salt: make([]byte, 32)}
	if _, err := rand.Read(f.Salt); err != nil {
		return
	}
	f.Password = fingerprint(f.Salt, password)
	if data, err := json.Marshal(f); err == nil {
		_ = s.Sealed.Put(ctx, failurePrefix+key.String(), data) // the error itself matters more
	}
}

// Failure returns the described error that another process met since began, when
// this one started to wait, or a moment ago with the same credentials; nil where
// there is none.
func (s *Store) Failure(ctx context.Context, key Key, began time.Time, password implicit.Secret) []byte {
	data, ok, err := s.Sealed.Get(ctx, failurePrefix+key.String())
	var f failure
	if err != nil || !ok || json.Unmarshal(data, &f) != nil || f.At.After(s.Now()) ||
		!hmac.Equal(f.Password, fingerprint(f.Salt, password)) {
		return nil
	}
	if f.At.After(began) || f.Refused && s.Now().Sub(f.At) < refusedFor {
		return f.Error
	}
	return nil
}

func fingerprint(salt []byte, password implicit.Secret) []byte {
	mac := hmac.New(sha256.New, salt)
	mac.Write([]byte(password.Reveal()))
	return mac.Sum(nil)
}
