package wire

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

const planted = "fake+planted/secret="

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func testJWT(claims string) string {
	return b64(`{"alg":"RS256","kid":"k1"}`) + "." + b64(claims) + "." + b64("fake planted signature")
}

// What is known to be harmless stays as it is, to the byte.
func TestHarmlessStays(t *testing.T) {
	t.Parallel()
	r := NewRedactor(nil, Options{})
	for _, address := range []string{
		"https://auth.pingone.eu/8f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e5/as/authorize?client_id=a&scope=openid%20profile&redirect_uri=https%3A%2F%2Fapp.example.com%2Fcb",
		"https://apps.pingone.eu/x/signon/?environmentId=e&flowId=0e1f2a3b-4c5d-4e6f-8a7b-9c0d1e2f3a4b",
		"https://app.example.com/cb#error=access_denied&error_description=Not%20today",
		"/relative/path?flowId=f",
	} {
		if got := r.URL(address); got != address {
			t.Errorf("%s\nbecame %s", address, got)
		}
	}
	flow := `{"_links":{"self":{"href":"https://a.example/flows/f"},"usernamePassword.check":{"href":"https://a.example/flows/f"}},"id":"f","status":"USERNAME_PASSWORD_REQUIRED","_embedded":{"user":{"username":"pat"}}}`
	refusal := `{"id":"1","code":"INVALID_DATA","message":"m","details":[{"code":"INVALID_VALUE","target":"password","innerError":{"failuresRemaining":4}}]}`
	for _, body := range []string{flow, refusal, `{"issuer":"https://a.example/as","jwks_uri":"https://a.example/as/jwks","response_types_supported":["id_token"]}`} {
		if got := r.Message(&Message{Status: 200, Body: Body{MediaType: "application/hal+json", Text: body}}); got.Body.Text != body {
			t.Errorf("%s\nbecame %s", body, got.Body.Text)
		}
	}
	keys := `{"keys":[{"e":"AQAB","kid":"k","kty":"RSA","n":"AbCdEf"}]}`
	if got := r.Message(&Message{Status: 200, Body: Body{MediaType: "application/json", Text: keys}}, implicit.LegKeys); got.Body.Text != keys {
		t.Errorf("%s\nbecame %s", keys, got.Body.Text)
	}
	for name, value := range map[string]string{"Content-Type": "text/html", "Correlation-Id": "c", "Location": "https://a.example/?flowId=f",
		"WWW-Authenticate": `Bearer realm="r", error="invalid_token"`} {
		if got := r.Header(name, value); got != value {
			t.Errorf("%s: %s became %s", name, value, got)
		}
	}
}

// A value in any other place is not in the recording.
func TestValuesAreHidden(t *testing.T) {
	t.Parallel()
	var learned []string
	r := NewRedactor(nil, Options{Learn: func(s string) { learned = append(learned, s) }})
	escaped := escaped(planted)
	token := testJWT(`{"iss":"i","nonce":"` + planted + `","sid":"` + planted + `"}`)
	jwe := "eyJhbGciOiJkaXIifQ..fakeplanted.fakeplanted.fakeplanted"
	json := func(text string) Message {
		return Message{Status: 200, Body: Body{MediaType: "application/json", Text: text}}
	}
	html := func(text string) Message { return Message{Body: Body{MediaType: "text/html", Text: text}} }
	for name, m := range map[string]Message{
		"query":            {URL: "https://a.example/?x=" + escaped},
		"state":            {URL: "https://a.example/?state=" + escaped},
		"fragment":         {URL: "https://a.example/#state=" + escaped},
		"name":             {URL: "https://a.example/?" + escaped + "=1"},
		"name alone":       {URL: "https://a.example/?" + escaped},
		"bad escape":       {URL: "https://a.example/?x=%zz" + escaped},
		"user":             {URL: "https://" + escaped + ":fakeplanted@a.example/"},
		"nested URL":       {URL: "https://a.example/?redirect_uri=https%3A%2F%2Fa.example%2F%3Fstate%3D" + url.QueryEscape(escaped)},
		"long segment":     {URL: "https://a.example/" + strings.Repeat("fakeplanted", 10)},
		"opaque":           {URL: "mailto:" + planted},
		"script":           {URL: "javascript:" + planted},
		"token":            {URL: "https://a.example/#id_token=" + token},
		"JWE":              {URL: "https://a.example/#id_token=" + jwe},
		"token in a text":  {URL: "https://a.example/?error_description=the%20token%20" + token + "%20is%20bad"},
		"cookie":           {Header: []Field{{"Cookie", "ST=" + planted + "; x=" + planted}}},
		"set-cookie":       {Header: []Field{{"Set-Cookie", "ST=" + planted + "; Path=/; Odd=" + planted}}},
		"cookie, bare":     {Header: []Field{{"Set-Cookie", planted}}},
		"authorization":    {Header: []Field{{"Authorization", "Bearer " + token}}},
		"basic":            {Header: []Field{{"Proxy-Authorization", "Basic " + planted}}},
		"bare credentials": {Header: []Field{{"Authorization", planted}}},
		"other header":     {Header: []Field{{"X-Api-Key", planted}}},
		"location":         {Header: []Field{{"Location", "https://a.example/#access_token=" + escaped}}},
		"challenge":        {Header: []Field{{"WWW-Authenticate", `Bearer realm="r", other="` + planted + `"`}}},
		"member":           json(`{"password":"` + planted + `"}`),
		"unknown member":   json(`{"x":{"y":["` + planted + `"]}}`),
		"member name":      json(`{"` + planted + `":1}`),
		"session":          json(`{"session":{"id":"` + planted + `"}}`),
		"code":             json(`{"authorizeResponse":{"code":"` + planted + `"}}`),
		"member token":     json(`{"authorizeResponse":{"id_token":"` + token + `"}}`),
		"string":           json(`"` + planted + `"`),
		"not JSON":         json(`{"status":"` + planted),
		"two values":       json(`{} "` + planted + `"`),
		"link":             json(`{"href":"https://a.example/?token=` + escaped + `"}`),
		"form":             {Body: Body{MediaType: "application/x-www-form-urlencoded", Text: "password=" + escaped + "&x=" + escaped + "&" + escaped}},
		"page":             html(`<script>var skProps = {"accessToken":"` + planted + `"}</script><input type=hidden name=state value="` + planted + `">`),
		"form page":        html(`<form method=post action="https://a.example/?x=` + escaped + `"><input name=id_token value="` + token + `"><input name=y value="` + planted + `"></form>`),
		"text":             {Body: Body{MediaType: "text/plain", Text: planted}},
		"no type":          {Body: Body{Text: planted}},
		"signed userinfo":  {Body: Body{MediaType: "application/jwt", Text: token}},
	} {
		t.Run(name, func(t *testing.T) {
			shown := fmt.Sprintf("%+v", *r.Message(&m))
			parts := strings.Split(token, ".")
			for _, form := range []string{planted, escaped, b64(planted), "fakeplanted", parts[1], parts[2]} {
				if strings.Contains(shown, form) {
					t.Errorf("it holds %s:\n%s", form, shown)
				}
			}
		})
	}
	if len(learned) == 0 {
		t.Error("no one learned of a secret")
	}
}

// Equal secrets look equal in one recording, and different in another.
func TestFingerprints(t *testing.T) {
	t.Parallel()
	r, other := NewRedactor(nil, Options{}), NewRedactor(nil, Options{})
	if r.Value("state", "s") != r.Header("X-Odd", "s") || r.Value("state", "s") == r.Value("state", "t") || r.Value("state", "s") == other.Value("state", "s") {
		t.Error("fingerprints do not tell equal from different")
	}
	if got := r.Value("state", "s"); !strings.HasPrefix(got, "«") || len([]rune(got)) != 18 {
		t.Errorf("found %q", got)
	}
}

// A token keeps what tells of the sign-on; with Claims no one who signed on.
func TestToken(t *testing.T) {
	t.Parallel()
	raw := testJWT(`{"iss":"https://a.example/as","sub":"u-1","email":"pat@example.com","nonce":"n","custom":{"a":[1,"x"]}}`)
	for _, only := range []bool{false, true} {
		got := strings.Split(NewRedactor(nil, Options{Claims: only}).Token(raw), ".")
		claims, err := base64.RawURLEncoding.DecodeString(got[1])
		if err != nil || got[0] != strings.Split(raw, ".")[0] {
			t.Fatal(got, err)
		}
		if !strings.HasPrefix(string(claims), `{"iss":"https://a.example/as","sub":"`) {
			t.Errorf("claims: %s", claims)
		}
		for _, personal := range []string{"u-1", "pat@example.com", `"x"`} {
			if strings.Contains(string(claims), personal) == only {
				t.Errorf("redact claims %t: %s in %s", only, personal, claims)
			}
		}
	}
	r := NewRedactor(nil, Options{Claims: true})
	if got := r.Value("username", "pat"); got != r.Fingerprint("pat") {
		t.Errorf("the user name is %s", got)
	}
}

// The length of a request body with a secret tells that of the secret.
func TestRequestTellsNoLength(t *testing.T) {
	t.Parallel()
	r := NewRedactor(nil, Options{})
	m := r.Message(&Message{Method: "POST", Header: []Field{{"Content-Length", "21"}}, Body: Body{MediaType: "application/json", Text: `{"password":"fake-1"}`, Size: 21}})
	if m.Body.Size != -1 || m.Get("content-length") == "21" {
		t.Errorf("%+v", m)
	}
	if m = r.Message(&Message{Method: "POST", Body: Body{MediaType: "application/json", Text: `{"id":"1"}`, Size: 10}}); m.Body.Size != 10 {
		t.Errorf("%+v", m)
	}
}

func FuzzRedact(f *testing.F) {
	f.Add("https://a.example/?a=%zz#x=1&y", `{"a":[1,{"b":"c"}],"a":2}`, "<form method=post><input name=error value=1>")
	f.Add("//u:p@h", `[1e999,"\ud800"]`, "a=1;b&=&=%")
	f.Fuzz(func(t *testing.T, address, text, form string) {
		r := NewRedactor(nil, Options{})
		if strings.Contains(address+text+form, "secretvalue") {
			return
		}
		for _, media := range []string{"application/json", "text/html", "application/x-www-form-urlencoded", "application/jwt"} {
			r.Message(&Message{URL: address, Header: []Field{{"Set-Cookie", form}, {"Authorization", text}, {"Www-Authenticate", form}},
				Body: Body{MediaType: media, Text: text + form}})
		}
		// What a server puts around a secret does not bring it into the open.
		hidden := r.Message(&Message{Body: Body{MediaType: "application/json", Text: `{"x":` + text + `,"password":"secretvalue"}`}})
		if strings.Contains(fmt.Sprint(*hidden), "secretvalue") {
			t.Errorf("found the secret in %v", *hidden)
		}
	})
}
