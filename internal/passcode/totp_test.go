package passcode

import (
	"context"
	"encoding/base32"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/internal/state"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

func parse(t *testing.T, text string) *TOTP {
	t.Helper()
	totp, err := ParseTOTP(implicit.NewSecret(text))
	if err != nil {
		t.Fatal(err)
	}
	return totp
}

// The vectors of RFC 6238 appendix B.
func TestCodesOfTheStandard(t *testing.T) {
	seed := func(n int) string {
		return base32.StdEncoding.EncodeToString([]byte(strings.Repeat("1234567890", 7)[:n]))
	}
	for _, c := range []struct {
		algorithm string
		seed      string
		codes     map[int64]string
	}{
		{"SHA1", seed(20), map[int64]string{59: "94287082", 1111111109: "07081804", 20000000000: "65353130"}},
		{"sha-256", seed(32), map[int64]string{59: "46119246", 1111111109: "68084774", 20000000000: "77737706"}},
		{"SHA512", seed(64), map[int64]string{59: "90693936", 1111111109: "25091201", 20000000000: "47863826"}},
	} {
		totp := parse(t, "otpauth://totp/Example:jane?secret="+c.seed+"&issuer=Example&digits=8&algorithm="+c.algorithm)
		for at, want := range c.codes {
			got, err := totp.Code(totp.step(time.Unix(at, 0)))
			if err != nil || got.Reveal() != want {
				t.Errorf("%s at %d: got %s, %v, want %s", c.algorithm, at, got.Reveal(), err, want)
			}
		}
	}
}

func TestSecretsAsTheyAreWritten(t *testing.T) {
	want, _ := parse(t, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").Code(1)
	for _, text := range []string{
		"gezd gnbv gy3t qojq gezd gnbv gy3t qojq\n", "GEZD-GNBV-GY3T-QOJQ-GEZD-GNBV-GY3T-QOJQ",
		"OTPAUTH://TOTP/x?secret=gezdgnbvgy3tqojqgezdgnbvgy3tqojq&period=30&digits=6",
	} {
		if got, err := parse(t, text).Code(1); err != nil || got.Reveal() != want.Reveal() {
			t.Errorf("%q: got %s, %v, want %s", text, got.Reveal(), err, want.Reveal())
		}
	}
	if got, err := parse(t, "GE======").Code(1); err != nil || len(got.Reveal()) != 6 {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestRefusedSecrets(t *testing.T) {
	for text, says := range map[string]string{
		"":                 "expected base32",
		"not base 32!":     "expected base32",
		"otpauth://totp/x": "expected base32",
		"otpauth://hotp/x?secret=GEZDGNBVGY3TQOJQ&counter=1":            "expected otpauth://totp",
		"otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&encoder=steam":        `unknown parameter "encoder"`,
		"otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&digits=7":             "6 or 8 digits",
		"otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&algorithm=MD5":        "SHA1, SHA256 or SHA512",
		"otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&period=0":             "5 to 3600",
		"otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&secret=GEZDGNBVGY3TQ": "more than once",
		"otpauth://totp/x?secret=%GEZDGNBVGY3TQOJQ":                     "malformed",
		"otpauth://to tp/x?secret=GEZDGNBVGY3TQOJQ":                     "malformed",
	} {
		_, err := ParseTOTP(implicit.NewSecret(text))
		var refused *SecretError
		if !errors.As(err, &refused) || refused.Kind() != "usage" || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: got %v, want %q", text, err, says)
		}
		if err != nil && strings.Contains(err.Error(), "GEZDGNBV") {
			t.Errorf("%q: the secret is in the message: %v", text, err)
		}
	}
}

func FuzzParseTOTP(f *testing.F) {
	f.Add("GEZDGNBVGY3TQOJQ", int64(1))
	f.Add("GEZDGNBVG", int64(1))
	f.Add("otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&digits=8&algorithm=SHA256&period=60", int64(59))
	f.Fuzz(func(t *testing.T, text string, step int64) {
		totp, err := ParseTOTP(implicit.NewSecret(text))
		if err != nil {
			return
		}
		if code, err := totp.Code(step); err != nil || !Valid(code.Reveal()) {
			t.Errorf("%q: %q, %v", text, code.Reveal(), err)
		}
	})
}

// clock is one that only sleeping moves.
type clock struct {
	mu    sync.Mutex
	at    time.Time
	slept []time.Duration
	said  []string
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) sleep(_ context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at, c.slept = c.at.Add(d), append(c.slept, d)
	return nil
}

func (c *clock) once(dir string, wait time.Duration) *Once {
	return &Once{Dir: state.At(dir), Now: c.now, Sleep: c.sleep, Wait: wait, Say: func(string, ...any) {},
		Warn: func(format string, _ ...any) { c.said = append(c.said, format) }}
}

func TestNoCodeTwice(t *testing.T) {
	totp, dir := parse(t, "GEZDGNBVGY3TQOJQ"), t.TempDir()
	c := &clock{at: time.Unix(3000, 0)}
	var got []string
	for range 3 {
		code, err := c.once(dir, 5*time.Minute).Code(t.Context(), totp)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, code.Reveal())
	}
	for i, step := range []int64{100, 101, 102} {
		if want, _ := totp.Code(step); got[i] != want.Reveal() {
			t.Errorf("login %d: got %s, want that of step %d", i, got[i], step)
		}
	}
	if len(c.slept) != 2 || c.slept[0] != 30*time.Second || c.slept[1] != 30*time.Second {
		t.Errorf("slept %v", c.slept)
	}
	other := parse(t, "MFRGGZDFMZTWQ2LK")
	if _, err := c.once(dir, time.Second).Code(t.Context(), other); err != nil || len(c.slept) != 2 {
		t.Errorf("another secret: %v, slept %v", err, c.slept)
	}
}

func TestManyLoginsAtOnce(t *testing.T) {
	totp, dir := parse(t, "GEZDGNBVGY3TQOJQ"), t.TempDir()
	seen := map[string]bool{}
	var mu sync.Mutex
	var late int
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			c := &clock{at: time.Unix(3000, 0)}
			code, err := c.once(dir, 5*time.Minute).Code(t.Context(), totp)
			mu.Lock()
			defer mu.Unlock()
			var waits *WaitError
			switch {
			case errors.As(err, &waits):
				late++
			case err != nil || seen[code.Reveal()]:
				t.Errorf("%v, or a code twice", err)
			default:
				seen[code.Reveal()] = true
			}
		})
	}
	wg.Wait()
	if len(seen) != 11 || late != 9 { // steps 100 to 110
		t.Errorf("%d codes, %d without", len(seen), late)
	}
}

func TestTheLastMomentsOfAStep(t *testing.T) {
	totp := parse(t, "GEZDGNBVGY3TQOJQ")
	for at, step := range map[int64]int64{3027: 100, 3028: 101, 3029: 101, 3030: 101} {
		c := &clock{at: time.Unix(at, 0)}
		got, err := c.once(t.TempDir(), time.Minute).Code(t.Context(), totp)
		if want, _ := totp.Code(step); err != nil || got.Reveal() != want.Reveal() {
			t.Errorf("at %d: got %v, %v, want the code of step %d", at, got.Reveal(), err, step)
		}
	}
}

// A machine that was suspended while it waited does not send an old code.
func TestACodeThatBecameOld(t *testing.T) {
	totp, c := parse(t, "GEZDGNBVGY3TQOJQ"), &clock{at: time.Unix(3029, 0)}
	o := c.once(t.TempDir(), time.Hour)
	o.Sleep = func(ctx context.Context, d time.Duration) error {
		if len(c.slept) == 0 {
			d += 10 * time.Minute
		}
		return c.sleep(ctx, d)
	}
	got, err := o.Code(t.Context(), totp)
	if want, _ := totp.Code(121); err != nil || got.Reveal() != want.Reveal() {
		t.Errorf("got %v, %v", got.Reveal(), err)
	}
}

func TestWhereNothingCanBeReserved(t *testing.T) {
	totp, c := parse(t, "GEZDGNBVGY3TQOJQ"), &clock{at: time.Unix(3000, 0)}
	o := c.once("", time.Minute)
	o.Dir = state.Dir{}
	if code, err := o.Code(t.Context(), totp); err != nil || code.Empty() || len(c.said) != 1 {
		t.Errorf("got %v, said %v", err, c.said)
	}
}
