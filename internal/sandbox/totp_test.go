package sandbox

import "testing"

// RFC 6238 appendix B; the secrets are the ASCII digits 1234567890 repeated to
// the length of the hash.
func TestTOTPVectors(t *testing.T) {
	const (
		sha1   = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
		sha256 = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA"
		sha512 = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNA"
	)
	address := func(secret, algorithm, digits string) string {
		return "otpauth://totp/x?secret=" + secret + "&algorithm=" + algorithm + "&digits=" + digits
	}
	rows := []struct {
		key     string
		seconds int64
		want    string
	}{
		{sha1, 59, "287082"}, {sha1, 1111111109, "081804"}, {sha1, 20000000000, "353130"},
		{address(sha1, "SHA1", "8"), 59, "94287082"}, {address(sha1, "SHA1", "8"), 1234567890, "89005924"},
		{address(sha256, "SHA256", "8"), 59, "46119246"}, {address(sha256, "SHA256", "8"), 1111111109, "68084774"},
		{address(sha256, "SHA256", "6"), 1111111109, "084774"},
		{address(sha512, "SHA512", "8"), 59, "90693936"}, {address(sha512, "SHA512", "8"), 2000000000, "38618901"},
	}
	for _, row := range rows {
		key, err := readTOTP(row.key)
		if err != nil {
			t.Fatal(err)
		}
		if got := key.code(row.seconds / totpPeriod); got != row.want {
			t.Errorf("%s at %d: %q, want %q", row.key, row.seconds, got, row.want)
		}
	}
	if _, err := readTOTP("not base32!"); err == nil {
		t.Error("a secret that is not base32 is read")
	}
}

func TestPasscodeIsTakenOnce(t *testing.T) {
	c := start(t)
	for _, username := range []string{"totp", "totp-sha256", "totp-sha512"} {
		code := c.passcode(username)
		id := c.toPasscode(username)
		if r := c.act(id, "otp.check", object{"otp": "000000"}); member(r.json(t), "details", "code") != "INVALID_OTP" {
			t.Errorf("%s: wrong passcode: %s", username, r.body)
		}
		if r := c.act(id, "otp.check", object{"otp": code}); r.json(t)["status"] != statusCompleted {
			t.Fatalf("%s: right passcode %s: %s", username, code, r.body)
		}
		if r := c.act(c.toPasscode(username), "otp.check", object{"otp": code}); r.status != 400 {
			t.Errorf("%s: the same passcode again: %s", username, r.body)
		}
	}
}
