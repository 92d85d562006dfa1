package implicit

import (
	"context"
	"errors"
	"testing"
)

// The examples of the standards themselves. RFC 7520's are in
// testdata/wycheproof.
func TestExamplesOfTheStandards(t *testing.T) {
	const (
		joe = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
		rsa = `{"kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"}`
		ec  = `{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}`
		ec5 = `{"kty":"EC","crv":"P-521","x":"AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk","y":"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2"}`
		okp = `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`
	)
	for _, row := range []struct {
		name, jws, payload string
		refusedBy          string
	}{
		{"RFC 7515 A.1, HMAC", "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." + joe + ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "", "algorithm"},
		{"RFC 7515 A.2, RSA", "eyJhbGciOiJSUzI1NiJ9." + joe + ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
			"{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}", ""},
		{"RFC 7515 A.3, P-256", "eyJhbGciOiJFUzI1NiJ9." + joe + ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
			"{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}", ""},
		{"RFC 7515 A.4, P-521", "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn",
			"Payload", ""},
		{"RFC 7515 A.5, unsigned", "eyJhbGciOiJub25lIn0." + joe + ".", "", "algorithm"},
		{"RFC 8037 A.4, Ed25519", "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
			"Example of Ed25519 signing", ""},
		{"RFC 7515 E, crit", "eyJhbGciOiJub25lIiwNCiAiY3JpdCI6WyJodHRwOi8vZXhhbXBsZS5jb20vVU5ERUZJTkVEIl0sDQogImh0dHA6Ly9leGFtcGxlLmNvbS9VTkRFRklORUQiOnRydWUNCn0.RkFJTA.", "", "header"},
	} {
		t.Run(row.name, func(t *testing.T) {
			keys, err := NewStaticKeySet([]byte(`{"keys":[` + rsa + "," + ec + "," + ec5 + "," + okp + `]}`))
			if err != nil {
				t.Fatal(err)
			}
			payload, err := verifyJWS(keys, row.jws)
			var refused *VerifyError
			if row.refusedBy == "" && err != nil || string(payload) != row.payload {
				t.Errorf("payload %q, %v", payload, err)
			}
			if row.refusedBy != "" && (!errors.As(err, &refused) || refused.Check.Name != row.refusedBy) {
				t.Errorf("%v, expected to be refused by %s", err, row.refusedBy)
			}
		})
	}
}

// verifyJWS verifies the signature of a JWS (RFC 7515) whose payload may be
// anything: the checks format to signature of an ID token.
func verifyJWS(keys *KeySet, jws string) ([]byte, error) {
	v := &Verifier{Keys: keys, Algorithms: Algorithms()}
	t := &tokenCheck{verification: v.begin(Expected{}, checksPerToken), names: idTokenChecks, types: []string{"jose", "jwt"}}
	jwt := new(compact)
	if err := jwt.split(jws); err != nil {
		t.fail(err.Error(), "", "", "RFC 7515 section 5.2")
		return nil, t.Err()
	}
	t.jwt = jwt
	t.pass("")
	if t.typed() && t.header() && t.algorithm() {
		if _, err := t.signature(context.Background()); err != nil {
			return nil, err
		}
	}
	if err := t.Err(); err != nil {
		return nil, err
	}
	return []byte(jwt.payload), nil
}
