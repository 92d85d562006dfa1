// Package passcode gets one-time passcodes without a user: from the secret of an
// authenticator app, each code once among all processes of this machine, or from
// a command.
package passcode

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// TOTP makes the codes of an authenticator app (RFC 6238).
type TOTP struct {
	secret    implicit.Secret // base32 without padding
	algorithm otp.Algorithm
	digits    otp.Digits
	period    time.Duration
}

// SecretError says why a text is not the secret of an authenticator app. It does
// not repeat the text.
type SecretError struct{ Problem string }

func (e *SecretError) Error() string { return "TOTP secret: " + e.Problem }

// Kind is "usage".
func (e *SecretError) Kind() string { return "usage" }

// ParseTOTP reads base32, in any case and with spaces or hyphens, or an otpauth://
// URI. The error is a [*SecretError].
func ParseTOTP(text implicit.Secret) (*TOTP, error) {
	t := &TOTP{algorithm: otp.AlgorithmSHA1, digits: otp.DigitsSix, period: 30 * time.Second}
	raw := strings.TrimSpace(text.Reveal())
	var err error
	if scheme, _, ok := strings.Cut(raw, ":"); ok && strings.EqualFold(scheme, "otpauth") {
		raw, err = t.readURI(raw)
	}
	if err == nil {
		t.secret, err = readBase32(raw)
	}
	if err != nil {
		return nil, &SecretError{err.Error()}
	}
	return t, nil
}

var unpadded = base32.StdEncoding.WithPadding(base32.NoPadding)

func readBase32(text string) (implicit.Secret, error) {
	text = strings.TrimRight(strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(text)), "=")
	// Go's decoder drops a last character that is no byte; RFC 4648 section 6 has none.
	whole := len(text)%8 != 1 && len(text)%8 != 3 && len(text)%8 != 6
	if b, err := unpadded.DecodeString(text); err != nil || len(b) == 0 || !whole {
		return implicit.Secret{}, errors.New("expected base32 (A-Z, 2-7) or an otpauth:// URI")
	}
	return implicit.NewSecret(text), nil
}

// readURI reads the parameters of a URI and returns its secret. What it does not
// know could change the codes, and a wrong code counts as a failure of the user.
func (t *TOTP) readURI(raw string) (secret string, err error) {
	u, err := url.Parse(raw)
	if err != nil {
		return "", errors.New("the otpauth:// URI is malformed") // the error would quote it
	}
	if !strings.EqualFold(u.Host, "totp") {
		return "", fmt.Errorf("expected otpauth://totp, found otpauth://%.20q", u.Host)
	}
	params, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return "", errors.New("the parameters of the otpauth:// URI are malformed")
	}
	for name, values := range params {
		if len(values) > 1 {
			return "", fmt.Errorf("%.20q appears more than once in the otpauth:// URI", name)
		}
		if err := t.set(name, values[0]); err != nil {
			return "", err
		}
	}
	return params.Get("secret"), nil
}

func (t *TOTP) set(name, value string) error {
	switch name {
	case "secret", "issuer":
		return nil
	case "algorithm":
		return t.setAlgorithm(value)
	case "digits":
		switch value {
		case "6":
			t.digits = otp.DigitsSix
		case "8":
			t.digits = otp.DigitsEight
		default:
			return fmt.Errorf("expected 6 or 8 digits, found %.20q", value)
		}
		return nil
	case "period":
		seconds, err := strconv.Atoi(value)
		if err != nil || seconds < 5 || seconds > 3600 {
			return fmt.Errorf("expected a period of 5 to 3600 seconds, found %.20q", value)
		}
		t.period = time.Duration(seconds) * time.Second
		return nil
	}
	return fmt.Errorf("unknown parameter %.20q in the otpauth:// URI", name)
}

func (t *TOTP) setAlgorithm(name string) error {
	switch strings.ReplaceAll(strings.ToUpper(name), "-", "") {
	case "SHA1":
		t.algorithm = otp.AlgorithmSHA1
	case "SHA256":
		t.algorithm = otp.AlgorithmSHA256
	case "SHA512":
		t.algorithm = otp.AlgorithmSHA512
	default:
		return fmt.Errorf("expected the algorithm SHA1, SHA256 or SHA512, found %.20q", name)
	}
	return nil
}

// Secret is the shared secret in base32, for what must not repeat it.
func (t *TOTP) Secret() implicit.Secret { return t.secret }

// Code returns the code of a step (RFC 6238 section 4.2).
func (t *TOTP) Code(step int64) (implicit.Secret, error) {
	code, err := hotp.GenerateCodeCustom(t.secret.Reveal(), uint64(step), hotp.ValidateOpts{Digits: t.digits, Algorithm: t.algorithm})
	return implicit.NewSecret(code), err
}

// step is the one that a moment is in.
func (t *TOTP) step(at time.Time) int64 { return at.Unix() / int64(t.period/time.Second) }

// start is the beginning of a step.
func (t *TOTP) start(step int64) time.Time {
	return time.Unix(step*int64(t.period/time.Second), 0)
}

// ID names the secret in a file name, from which it cannot be computed.
func (t *TOTP) ID() string {
	mac := hmac.New(sha256.New, []byte(t.secret.Reveal()))
	fmt.Fprintf(mac, "implicit: steps of %v/%v/%v", t.algorithm, t.digits, t.period)
	return hex.EncodeToString(mac.Sum(nil)[:16])
}
