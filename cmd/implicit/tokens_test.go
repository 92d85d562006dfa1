package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

func TestParse(t *testing.T) {
	t.Parallel()
	const uri = "https://app.example.com/callback"
	rows := []struct {
		name   string
		input  string
		args   []string
		exit   int
		expect string // in the JSON object, or in the error
	}{
		{"whole URL", uri + "#access_token=a.b.c&token_type=Bearer&expires_in=3600&state=x", nil, 0, `"channel":"fragment"`},
		{"tokens in the query parse, nothing is judged", uri + "?access_token=a&state=x", nil, 0, `"channel":"query"`},
		{"fragment alone", "#id_token=a.b.c&state=x", nil, 0, `"id_token":"a.b.c"`},
		{"form body", "id_token=a.b.c&state=x", nil, 0, `"channel":"form"`},
		{"form page", `<form method="post" action="` + uri + `"><input type="hidden" name="id_token" value="a.b.c"></form>`, nil, 0, `"channel":"form"`},
		{"flow", `{"id":"f","status":"COMPLETED","authorizeResponse":{"access_token":"a","expires_in":3600}}`, nil, 0, `"channel":"flow"`},
		{"Location line", "Location: " + uri + "#access_token=a\r\n", nil, 0, `"access_token":"a"`},
		{"curl -i", "HTTP/2 302\r\ndate: x\r\nlocation: " + uri + "#access_token=a&scope=openid%20p\r\n\r\n", nil, 0, `"scope":"openid p"`},
		{"wrapped lines and quotes", "'" + uri + "#access_token=aaa\n   bbb&state=x'\n", nil, 0, `"access_token":"aaabbb"`},
		{"plus is a space, once", "#access_token=a&scope=a+b%2Bc%2520d", nil, 0, `"scope":"a b+c%20d"`},
		{"padding in state", "#access_token=a&state=YWJj==", nil, 0, `"state":"YWJj=="`},
		{"its redirect URI", uri + "#access_token=a", []string{"--redirect-uri", uri}, 0, `"fragment"`},
		{"no scheme", "app.example.com/callback#access_token=a&state=x", nil, 0, `"access_token":"a"`},
		{"curl -v", "< HTTP/2 302\r\n< location: " + uri + "#access_token=a\r\n", nil, 0, `"access_token":"a"`},
		{"the fragment is lost", uri, nil, 5, "quotes"},
		{"error", uri + "#error=access_denied&error_description=No.%20(Correlation%20ID%3A%200e1f2a3b-4c5d)&state=x", nil, 3, `"correlation_id":"0e1f2a3b-4c5d"`},
		{"error beside tokens", "#access_token=a&error=server_error", nil, 3, `"code":"server_error"`},
		{"error described in Latin-1", uri + "?error=access_denied&error_description=gesperrt%20f%FCr", nil, 3, `"description":"gesperrt f�r"`},
		{"error with a bare percent sign", "#error=access_denied&error_description=100%+sure", nil, 3, `"description":"100� sure"`},
		{"error with a cut escape in its URI", "error=access_denied&error_uri=https://a.example/%4", nil, 3, `"code":"access_denied"`},
		{"error in a page in Latin-1", `<form method="post" action="` + uri + `"><input type="hidden" name="error" value="x"><input type="hidden" name="error_description" value="` + "f\xfcr" + `"></form>`, nil, 3, `"description":"f�r"`},
		{"description in Latin-1 without an error", "#access_token=a&error_description=%FC", nil, 5, "UTF-8"},
		{"bad escape in an error's state", "#error=x&state=%zz", nil, 5, "percent-escape"},
		{"NUL in an error's description", "#error=x&error_description=%00", nil, 5, "NUL"},
		{"a token in a page that is not UTF-8", `<form method="post" action="` + uri + `"><input type="hidden" name="id_token" value="` + "f\xfcr" + `"></form>`, nil, 5, "UTF-8"},
		{"a parameter twice", "#access_token=a&access_token=b", nil, 5, "more than once"},
		{"two channels", uri + "?access_token=a#state=x", nil, 5, "found both"},
		{"bad escape", "#access_token=a%zz", nil, 5, "percent-escape"},
		{"cut escape", "#access_token=a%2", nil, 5, "percent-escape"},
		{"NUL", "#access_token=a%00b", nil, 5, "NUL"},
		{"not UTF-8", "#access_token=a%ff", nil, 5, "UTF-8"},
		{"semicolon", "#access_token=a;state=x", nil, 5, "semicolon"},
		{"code", uri + "?code=abc&state=x", nil, 5, "code"},
		{"code and tokens", "#code=abc&id_token=a", nil, 5, "code"},
		{"code and an error", "#code=abc&error=x", nil, 3, `"code":"x"`},
		{"JARM", uri + "#response=eyJ", nil, 5, "JARM"},
		{"JARM and tokens", "#response=eyJ&access_token=a", nil, 5, "response"},
		{"JARM and tokens in a flow", `{"id":"f","status":"COMPLETED","authorizeResponse":{"access_token":"a","code":"b"}}`, nil, 5, "code"},
		{"nothing known", uri + "#hello=world", nil, 5, "neither"},
		{"name in capitals", "#Access_Token=a", nil, 5, "neither"},
		{"another address", "https://app.example.com.evil.example/callback#access_token=a", []string{"--redirect-uri", uri}, 5, "evil.example"},
		{"another page", `<form method="post" action="https://evil.example/"><input type="hidden" name="id_token" value="a"></form>`, []string{"--redirect-uri", uri}, 5, "evil.example"},
		{"prose", "I have no token", nil, 5, "neither"},
		{"flow without an answer", `{"id":"f","status":"OTP_REQUIRED"}`, nil, 5, "authorizeResponse"},
		{"broken JSON", `{"id":`, nil, 5, ""},
		{"JSON that is no flow", `{"hello":"world"}`, nil, 5, ""},
	}
	b := newBench(t)
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			b := *b
			b.t = t
			r := b.runInput(row.input, append([]string{"parse", "-", "-o", "json"}, row.args...)...).exits(row.exit)
			if where := r.out + r.errOut; !strings.Contains(where, row.expect) {
				t.Errorf("expected %s in:\n%s", row.expect, where)
			}
			if row.exit == 0 || row.exit == 3 {
				r.object()
			} else if r.out != "" {
				t.Errorf("standard output: %s", r.out)
			}
			if row.exit == 0 {
				b.run(append([]string{"parse", row.input}, row.args...)...).exits(0)
			}
		})
	}
}

// signedOn returns the result object of a login, and what verify needs of it.
func (b *bench) signedOn() (token, access, nonce, state, jwks string) {
	b.t.Helper()
	out := b.run("login", "-o", "json").exits(0).object()
	claims := out["claims"].(map[string]any)["id_token"].(map[string]any)
	return out["id_token"].(string), out["access_token"].(string), claims["nonce"].(string), out["state"].(string), b.jwks()
}

// jwks fetches the sandbox's keys into a file.
func (b *bench) jwks() string {
	b.t.Helper()
	answer := httptest.NewRecorder()
	b.srv.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, b.env["IMPLICIT_AUTH_URL"]+"/as/jwks", nil))
	file := filepath.Join(b.home, "jwks.json")
	if err := os.MkdirAll(b.home, 0o700); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(file, answer.Body.Bytes(), 0o600); err != nil {
		b.t.Fatal(err)
	}
	return file
}

// PingOne's access tokens have no type in their header yet.
func TestVerifyNamesTheTypeOfAnAccessToken(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	token, access, _, _, jwks := b.signedOn()
	b.run("verify", "--jwks", jwks, access).exits(5).says("audience", "--type access_token")
	b.run("verify", "--jwks", jwks, "--type", "access_token", access).exits(0)
	if got := b.run("verify", "--jwks", jwks, "--client-id", "another", token).exits(5); strings.Contains(got.errOut, "--type") {
		t.Errorf("an ID token gets the hint:\n%s", got.errOut)
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox("typ-header")
	token, access, nonce, state, jwks := b.signedOn()
	accessFile := filepath.Join(b.home, "access")
	if err := os.WriteFile(accessFile, []byte(access+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tampered := token[:len(token)-8] + "AAAAAAAA"
	uri := b.env["IMPLICIT_REDIRECT_URI"] + "#id_token=" + token + "&access_token=" + access + "&token_type=Bearer&state=" + state
	late := time.Now().Add(48 * time.Hour)
	rows := []struct {
		name  string
		args  []string
		input string
		exit  int
		says  string // on standard error
	}{
		{"an ID token", []string{token, "--nonce", nonce}, "", 0, ""},
		{"from standard input", []string{"-"}, token + "\n", 0, ""},
		{"an access token by its typ", []string{access}, "", 0, ""},
		{"an access token said to be an ID token", []string{access, "--type", "id_token"}, "", 5, ""},
		{"the type, then bytes that do not belong", []string{"-", "--type", "id_token"}, token + " \n", 5, "format"},
		{"the type, and one final newline", []string{"-", "--type", "id_token"}, token + "\n", 0, ""},
		{"beside its access token", []string{token, "--access-token-file", accessFile}, "", 0, ""},
		{"beside another access token", []string{token, "--access-token-file", jwks}, "", 5, "at_hash"},
		{"a redirect URL", []string{uri, "--state", state}, "", 0, ""},
		{"a redirect URL of another state", []string{uri, "--state", "other"}, "", 5, "state"},
		{"an error answer", []string{"#error=access_denied"}, "", 3, "access_denied"},
		{"another nonce", []string{token, "--nonce", "other"}, "", 5, "nonce"},
		{"another client", []string{token, "--client-id", "other"}, "", 5, "audience"},
		{"another issuer", []string{token, "--auth-url", "https://login.example.com"}, "", 5, "issuer"},
		{"a changed signature", []string{tampered}, "", 5, "signature"},
		{"two days later", []string{token, "--at", late.Format(time.RFC3339)}, "", 5, "expiry"},
		{"two days later in seconds", []string{token, "--at", fmt.Sprint(late.Unix())}, "", 5, "expiry"},
		{"a policy that was not satisfied", []string{token, "--acr-values", "Multi_Factor"}, "", 5, "acr"},
		{"a claim that it has", []string{token, "--require", "acr=Single_Factor"}, "", 0, ""},
		{"a claim that it has not", []string{token, "--require", "email=a@example.com"}, "", 5, "email"},
		{"a scope that it has not", []string{access, "--require-scope", "admin"}, "", 5, "access_token.scope"},
		{"an audience that it has not", []string{access, "--audience", "https://api.example.com"}, "", 5, "access_token.audience"},
		{"no token at all", []string{"hello"}, "", 5, "format"},
		{"two parts", []string{"e30.e30"}, "", 5, "format"},
		{"keys that are none", []string{token, "--jwks", accessFile}, "", 5, ""},
		{"empty input", []string{"-"}, " \n", 2, "empty"},
		{"a requirement without a value", []string{token, "--require", "acr"}, "", 2, "--require"},
	}
	for _, offline := range []bool{true, false} {
		for _, row := range rows {
			t.Run(fmt.Sprint(row.name, " offline ", offline), func(t *testing.T) {
				args := append([]string{"verify"}, row.args...)
				if offline && !strings.Contains(strings.Join(row.args, " "), "--jwks") {
					args = append(args, "--jwks", jwks)
				}
				if !offline && row.name == "another issuer" {
					return // its keys would be fetched from that issuer
				}
				b.seen.reset()
				r := b.on(t).runInput(row.input, args...).exits(row.exit).says(row.says)
				if offline && len(b.seen.all()) != 0 {
					t.Error("something was sent")
				}
				if strings.Contains(r.out+r.errOut, token) || strings.Contains(r.out+r.errOut, access) {
					t.Errorf("a token is printed:\n%s%s", r.out, r.errOut)
				}
			})
		}
	}
}

// An address without its scheme is no token.
func TestVerifyAddressWithoutScheme(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	b.run("verify", "--jwks", b.jwks(), "app.example.com/callback#error=access_denied").exits(3)
	b.run("verify", "--jwks", b.jwks(), "app.example.com/callback#access_token=a&access_token=b").exits(5).says("more than once")
}

func TestVerifyAsJSON(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	token, _, _, _, jwks := b.signedOn()
	if out := b.run("verify", token, "--jwks", jwks, "-o", "json").exits(0).object(); out["valid"] != true || statusOf(out, "nonce") != "skip" {
		t.Errorf("%v", out)
	}
	if out := b.run("verify", token, "--jwks", jwks, "-o", "json", "--nonce", "x").exits(5).object(); out["valid"] != false || statusOf(out, "nonce") != "fail" {
		t.Errorf("%v", out)
	}
}

// One line of output for each line of input, in order, junk included.
func TestVerifyBatch(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox("typ-header")
	token, access, _, _, jwks := b.signedOn()
	lines := []string{token, "junk", access, "", token[:40], token, strings.Repeat("A", 300<<10), "\x00\xff", token}
	want := []bool{true, false, true, false, false, true, false, false, true}
	for range 200 {
		lines, want = append(lines, token), append(want, true)
	}
	r := b.runInput(strings.Join(lines, "\n"), "verify", "--batch", "--jwks", jwks).exits(5).says("of 209 tokens failed")
	dec := json.NewDecoder(strings.NewReader(r.out))
	for i := range lines {
		var got struct {
			Line  int
			Valid bool
		}
		if err := dec.Decode(&got); err != nil {
			t.Fatalf("line %d: %v", i+1, err)
		}
		if got.Line != i+1 || got.Valid != want[i] {
			t.Errorf("line %d is reported as %+v, expected valid %v", i+1, got, want[i])
		}
	}
	if err := dec.Decode(new(any)); err != io.EOF {
		t.Errorf("more lines were printed: %v", err)
	}
	b.runInput(token+"\n"+token+"\r\n", "verify", "--batch", "--jwks", jwks).exits(0)
	b.runInput("", "verify", "--batch", "--jwks", jwks).exits(2)
}

func TestDecode(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	token, _, nonce, _, _ := b.signedOn()
	out := b.run("decode", token).exits(0)
	for _, part := range []string{"Header", "RS256", "Claims", nonce, " UTC (in ", "Not verified"} {
		if !strings.Contains(out.out, part) {
			t.Errorf("decode lacks %q:\n%s", part, out.out)
		}
	}
	object := b.runInput(token+"\n", "decode", "-o", "json").exits(0).object()
	if object["verified"] != false || object["header"].(map[string]any)["alg"] != "RS256" || object["claims"].(map[string]any)["nonce"] != nonce {
		t.Errorf("%v", object)
	}
	for _, junk := range []string{"x", "a.b", "a.b.c.d", "....", "e30.!!.AA", "e30.W10.AA", "bnVsbA.e30.AA"} {
		if r := b.run("decode", "--", junk); r.exit != 5 || r.out != "" {
			t.Errorf("%q: exit status %d: %s%s", junk, r.exit, r.out, r.errOut)
		}
	}
	for _, prefix := range []string{"Bearer ", "bearer  ", "Authorization: Bearer ", "authorization:BEARER\t"} {
		b.run("decode", prefix+token).exits(0)
		b.runInput(prefix+token+"\n", "decode", "-").exits(0)
		b.run("verify", "--nonce", nonce, prefix+token).exits(0)
	}
	b.run("decode", "Bearer").exits(5)
	b.run("decode", " ").exits(2)
	// A claim must not control the terminal.
	evil := b64([]byte(`{"alg":"none"}`)) + "." + b64([]byte("{\"name\":\"\\u001b]0;x\\u0007\\u202e\u009b31m\"}")) + "."
	for _, format := range []string{"text", "json"} {
		if r := b.run("decode", evil, "-o", format); strings.ContainsAny(r.out+r.errOut, "\x1b\x07\u202e\u009b") {
			t.Errorf("%s: raw control characters: %q", format, r.out)
		}
	}
}

func TestUserInfo(t *testing.T) {
	t.Parallel()
	b := newBench(t).withSandbox()
	_, access, _, _, _ := b.signedOn()
	out := b.runInput(access+"\n", "userinfo", "-", "-o", "json").exits(0).object()
	if out["sub"] == "" {
		t.Errorf("%v", out)
	}
	file := filepath.Join(b.home, "token")
	if err := os.WriteFile(file, []byte(access), 0o600); err != nil {
		t.Fatal(err)
	}
	b.run("userinfo", "--access-token-file", file).exits(0)
	for _, shape := range []string{"", "userinfo-oauth-errors"} {
		if shape != "" {
			b.turn(shape, true)
		}
		b.runInput("not-a-token", "userinfo", "-").exits(3)
	}
	b.runInput("a b", "userinfo", "-").exits(2)
	b.runInput("", "userinfo", "-").exits(2)
}

func TestKindOf(t *testing.T) {
	t.Parallel()
	token := func(header string) string { return base64.RawURLEncoding.EncodeToString([]byte(header)) + ".e30.AA" }
	for given, want := range map[string]string{
		token(`{"alg":"RS256","typ":"at+jwt"}`):              implicit.KindAccessToken,
		token(`{"alg":"RS256","typ":"application/AT+JWT"}`):  implicit.KindAccessToken,
		token(`{"alg":"RS256","typ":"at\u002bjwt"}`):         implicit.KindAccessToken,
		token(`{"alg":"RS256","typ":"JWT"}`):                 implicit.KindIDToken,
		token(`{"alg":"RS256"}`):                             implicit.KindIDToken,
		token(`{"alg":"RS256","TYP":"at+jwt"}`):              implicit.KindIDToken,
		token(`{"alg":"RS256","cty":"at+jwt"}`):              implicit.KindIDToken,
		token(`{"alg":"RS256","typ":"at+jwt"`):               implicit.KindIDToken,
		"opaque+token":                                       implicit.KindIDToken,
		"":                                                   implicit.KindIDToken,
		token(`{"typ":"at+jwt"}`) + strings.Repeat("A", 1e5): implicit.KindIDToken,
	} {
		if got := kindOf(given); got != want {
			t.Errorf("%.60s: %s", given, got)
		}
	}
}
