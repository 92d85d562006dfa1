package implicit_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

func decoded(t *testing.T, payload string) *implicit.Claims {
	t.Helper()
	c, err := implicit.DecodeUnverified(enc.EncodeToString([]byte(`{"alg":"none","kid":"k","typ":"JWT"}`)) + "." + enc.EncodeToString([]byte(payload)) + ".")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestLookup(t *testing.T) {
	const payload = `{"sub":"a\u00e9","n":12345678901234567890.10,"p1.region":"EU","address":{"country":"CH","a.b":1},"amr":["pwd",{"x":null}],"ok":true,"":"empty"}`
	c := decoded(t, payload)
	for _, row := range []struct {
		path string
		want string // JSON; "" where there is nothing
		text string
	}{
		{"sub", `"a\u00e9"`, "aé"},
		{"n", "12345678901234567890.10", ""},
		{"p1.region", `"EU"`, "EU"},
		{"address/country", `"CH"`, "CH"},
		{"address", `{"country":"CH","a.b":1}`, ""},
		{"amr/0", `"pwd"`, "pwd"},
		{"amr/1/x", "null", ""},
		{"ok", "true", ""},
		{"Sub", "", ""}, {"amr/2", "", ""}, {"amr/-1", "", ""}, {"amr/x", "", ""}, {"sub/0", "", ""}, {"none/x", "", ""},
	} {
		path := strings.Split(row.path, "/")
		value, ok := c.Lookup(path...)
		if string(value) != row.want || ok != (row.want != "") {
			t.Errorf("%s: %s, %v", row.path, value, ok)
		}
		if text := c.Text(path...); text != row.text {
			t.Errorf("%s as text: %q", row.path, text)
		}
	}
	if whole, ok := c.Lookup(); !ok || string(whole) != payload || string(c.Payload()) != payload {
		t.Errorf("the empty path is %s", whole)
	}
}

func TestClaimsKeepEveryDigit(t *testing.T) {
	const payload = `{"big":9007199254740993,"exact":1.10,"sub":"a"}`
	text, err := json.Marshal(claims{"claims": decoded(t, payload)})
	if err != nil || string(text) != `{"claims":`+payload+`}` {
		t.Errorf("%s, %v", text, err)
	}
}

func TestAccessors(t *testing.T) {
	c := decoded(t, `{"iss":"i","sub":"s","aud":["a","b"],"scope":" openid  email ","exp":1767323045.5,"iat":1.767323045e9,"nbf":"1","auth_time":-1}`)
	if c.Text("iss") != "i" || c.Subject() != "s" || !strings.Contains(string(c.Header()), `"kid"`) {
		t.Error("a text is wrong")
	}
	if !slices.Equal(c.Audience(), []string{"a", "b"}) || !slices.Equal(decoded(t, `{"aud":"a"}`).Audience(), []string{"a"}) {
		t.Errorf("aud %v", c.Audience())
	}
	if at, ok := c.Time("exp"); !ok || at.UnixMilli() != moment.UnixMilli()+500 {
		t.Errorf("exp %v, %v", at, ok)
	}
	if at, ok := c.Time("iat"); !ok || !at.Equal(moment) {
		t.Errorf("iat %v, %v", at, ok)
	}
	for _, name := range []string{"nbf", "auth_time", "none"} {
		if at, ok := c.Time(name); ok {
			t.Errorf("%s is %v", name, at)
		}
	}
}

func TestDecodeSaysWhatIsMalformed(t *testing.T) {
	const header = "eyJhbGciOiJub25lIn0"
	for token, says := range map[string]string{
		"":                                "3 parts",
		"a.b":                             "found 2",
		"a.b.c.d.e":                       "JWE",
		"!." + header + ".":               "header: not base64url",
		header + ".e30=.":                 "payload: not base64url",
		header + ".e30.a":                 "signature: not base64url",
		header + ".e30.\n":                "signature: not base64url",
		header + ".W10.":                  "payload: not the JSON expected: byte 0: expected an object",
		"e30." + enc64(`{"a":1,}`) + ".":  "byte 7: expected a string",
		"e30." + enc64(`{"a":1 2}`) + ".": "expected ','",
	} {
		if _, err := implicit.DecodeUnverified(token); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, expected %q", token, err, says)
		}
	}
}

func enc64(text string) string { return enc.EncodeToString([]byte(text)) }
