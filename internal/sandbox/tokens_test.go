package sandbox

import (
	"crypto/sha1"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestTokens(t *testing.T) {
	c := start(t)
	v := c.values("scope", "openid profile p1:read:user", "client_id", idOf(t, "Resources"))
	header, claims := parts(t, v.Get("access_token"))
	if header["alg"] != "RS256" || header["typ"] != nil || header["x5t"] != nil || len(header["kid"].(string)) != 36 {
		t.Errorf("access token header %v", header)
	}
	issuer, now := c.auth+"/as", float64(c.clock.now().Unix())
	for name, want := range map[string]any{
		"client_id": idOf(t, "Resources"), "iss": issuer, "iat": now, "exp": now + 3600, "scope": "openid profile p1:read:user",
		"sub": "05e20000-0000-4000-8000-000000000001", "env": EnvironmentID, "org": organizationID, "acr": nil, "auth_time": nil, "jti": nil,
	} {
		if claims[name] != want {
			t.Errorf("access token %s = %v, want %v", name, claims[name], want)
		}
	}
	if fmt.Sprint(claims["aud"]) != "[https://api.pingone.com]" {
		t.Errorf("access token aud %v", claims["aud"])
	}
	session := claims["sid"]
	_, claims = parts(t, v.Get("id_token"))
	for name, want := range map[string]any{
		"iss": issuer, "aud": idOf(t, "Resources"), "sub": "05e20000-0000-4000-8000-000000000001", "iat": now, "exp": now + 3600,
		"auth_time": now, "nonce": "a-nonce", "acr": "Single_Factor", "sid": session, "env": EnvironmentID, "p1.region": "NA", "preferred_username": "plain", "at_hash": atHash(v.Get("access_token")),
	} {
		if claims[name] != want {
			t.Errorf("ID token %s = %v, want %v", name, claims[name], want)
		}
	}
	if fmt.Sprint(claims["amr"]) != "[pwd]" || claims["name"] != nil || claims["scope"] != nil {
		t.Errorf("ID token %v", claims)
	}

	_, claims = parts(t, c.values("response_type", "id_token", "scope", "openid profile email").Get("id_token"))
	if claims["at_hash"] != nil || claims["email"] != "plain@example.com" || claims["given_name"] != "Pat" {
		t.Errorf("ID token alone: %v", claims)
	}
	header, claims = parts(t, c.values("client_id", idOf(t, "Mapped"), "scope", "openid profile").Get("id_token"))
	if header["x5t"] == nil || claims["preferred_username"] != "plain" {
		t.Errorf("mapped: %v %v", header, claims)
	}
}

// The hash of OpenID Connect Core A.3, computed over its example token.
func TestAtHashVector(t *testing.T) {
	if got := atHash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"); got != "77QmUPtjPfzWtF2AnpK9RQ" {
		t.Errorf("at_hash = %q", got)
	}
}

type keySet struct {
	Keys []struct {
		Kty, Use, Kid, Alg, X5t string
		X5c                     []string
	}
}

func (c *client) keySet() keySet {
	c.t.Helper()
	var set keySet
	if err := json.Unmarshal(c.get(c.auth+"/as/jwks").body, &set); err != nil {
		c.t.Fatal(err)
	}
	return set
}

func TestKeysAndRotation(t *testing.T) {
	c := start(t)
	before := c.keySet()
	if len(before.Keys) != 2 {
		t.Fatalf("%d keys, want CURRENT and NEXT", len(before.Keys))
	}
	for _, k := range before.Keys {
		der, err := base64.StdEncoding.DecodeString(k.X5c[0])
		must(t, err)
		cert, err := x509.ParseCertificate(der)
		must(t, err)
		sum := sha1.Sum(der)
		if err := cert.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature); err != nil || k.X5t != base64.RawURLEncoding.EncodeToString(sum[:]) {
			t.Errorf("certificate of %s: %v", k.Kid, err)
		}
		if k.Kty != "RSA" || k.Use != "sig" || k.Alg != "" || len(k.Kid) != 36 {
			t.Errorf("key %+v", k)
		}
	}
	old := c.values()
	must(t, c.srv.Rotate())
	after := c.keySet()
	if after.Keys[0].Kid != before.Keys[1].Kid || after.Keys[1].Kid == before.Keys[0].Kid || len(after.Keys) != 2 {
		t.Errorf("after rotation %v, before %v", after, before)
	}
	if c.verify(old.Get("id_token")) {
		t.Error("the withdrawn key still verifies")
	}
	if header, _ := parts(t, c.values().Get("id_token")); header["kid"] != before.Keys[1].Kid {
		t.Errorf("signed by %v, want the former NEXT", header["kid"])
	}
	if r := c.userinfo(old.Get("access_token")); r.status != 200 {
		t.Errorf("userinfo with a token from before the rotation: %d", r.status)
	}
}

func TestDiscovery(t *testing.T) {
	c := start(t)
	r := c.discovery()
	d := r.json(t)
	for name, want := range map[string]string{
		"issuer": "/as", "authorization_endpoint": "/as/authorize", "jwks_uri": "/as/jwks", "userinfo_endpoint": "/as/userinfo",
		"end_session_endpoint": "/as/signoff", "pushed_authorization_request_endpoint": "/as/par", "token_endpoint": "/as/token",
	} {
		if d[name] != c.auth+want {
			t.Errorf("%s = %v", name, d[name])
		}
	}
	if types := d["response_types_supported"].([]any); slices.Contains(types, any("token")) || !slices.Contains(types, any("token id_token")) {
		t.Errorf("response types %v", types)
	}
	if metadata := c.get(c.srv.URL + "/.well-known/oauth-authorization-server/" + EnvironmentID + "/as"); string(metadata.body) != string(r.body) {
		t.Errorf("RFC 8414 metadata: %d", metadata.status)
	}
	if r := c.get(c.srv.URL + "/0e5a11ab-0000-4000-8000-000000000000/as/.well-known/openid-configuration"); r.status != 404 {
		t.Errorf("another environment: %d", r.status)
	}
	if r := c.do("POST", c.auth+"/as/token", "application/x-www-form-urlencoded", "grant_type=implicit"); r.status != 401 || r.json(t)["error"] != "invalid_client" {
		t.Errorf("token endpoint: %d %s", r.status, r.body)
	}
}

func TestUserinfo(t *testing.T) {
	c := start(t)
	v := c.values("scope", "openid profile email address phone")
	info := c.userinfo(v.Get("access_token")).json(t)
	want := []string{"address", "email", "env", "family_name", "given_name", "org", "p1.region", "phone_number", "preferred_username", "sub", "updated_at"}
	if got := slices.Sorted(maps.Keys(info)); !slices.Equal(got, want) {
		t.Errorf("claims %v, want %v", got, want)
	}
	if got := c.userinfo(c.values().Get("access_token")).json(t); len(got) != 4 || got["sub"] != info["sub"] {
		t.Errorf("with openid alone: %v", got)
	}
	for name, row := range map[string]struct {
		token  string
		status int
		code   string
	}{
		"no token":       {"", 401, "INVALID_TOKEN"},
		"not a token":    {"x.y.z", 401, "INVALID_TOKEN"},
		"ID token":       {v.Get("id_token"), 401, "INVALID_TOKEN"},
		"tampered":       {strings.Replace(v.Get("access_token"), ".", ".e30", 1), 401, "INVALID_TOKEN"},
		"without openid": {c.values("response_type", "token", "scope", "p1:read:user").Get("access_token"), 403, "ACCESS_FAILED"},
	} {
		r := c.userinfo(row.token)
		if r.status != row.status || r.json(t)["code"] != row.code || !strings.HasPrefix(r.header.Get("WWW-Authenticate"), "Bearer") {
			t.Errorf("%s: %d %s %q", name, r.status, r.body, r.header.Get("WWW-Authenticate"))
		}
	}
	c.clock.add(time.Hour)
	if r := c.userinfo(v.Get("access_token")); r.status != 401 || member(r.json(t), "details", "code") != "INVALID_VALUE" || !strings.Contains(string(r.body), "expired") {
		t.Errorf("expired: %d %s", r.status, r.body)
	}
}

func TestSignoff(t *testing.T) {
	c := start(t)
	_, v := answerOf(t, c.signOn("plain"), "#")
	c.clock.add(2 * time.Hour) // an expired hint is fine
	hint := "&id_token_hint=" + v.Get("id_token")
	must(t, c.srv.Set("wrong-issuer", true))
	foreign := c.values().Get("id_token")
	must(t, c.srv.Set("wrong-issuer", false))
	const back = "post_logout_redirect_uri=https://app.example.com/signed-off"

	for name, query := range map[string]string{
		"not registered":    "post_logout_redirect_uri=https://attacker.example.com/" + hint,
		"made-up hint":      back + "&id_token_hint=x.y.z",
		"another issuer":    back + "&id_token_hint=" + foreign,
		"another user":      back + "&id_token_hint=" + c.elsewhere("staff").Get("id_token"),
		"access token hint": back + "&id_token_hint=" + v.Get("access_token"),
	} {
		if r := c.get(c.auth + "/as/signoff?" + query); r.status != 400 || r.location() != "" {
			t.Errorf("%s: %d %q", name, r.status, r.location())
		}
	}
	if _, still := answerOf(t, c.authorize("prompt", "none"), "#"); still.Get("access_token") == "" {
		t.Error("a refused signoff ended the session")
	}
	session := c.cookies["ST"]
	r := c.get(c.auth + "/as/signoff?" + back + "&state=a%20b" + hint)
	if r.status != 302 || r.location() != "https://app.example.com/signed-off?state=a%20b" || !strings.Contains(strings.Join(r.header.Values("Set-Cookie"), "\n"), "ST=; Path=/; Expires=Thu, 01 Jan 1970") {
		t.Errorf("signoff = %d %q %v", r.status, r.location(), r.header["Set-Cookie"])
	}
	c.cookies["ST"] = session
	if _, gone := answerOf(t, c.authorize("prompt", "none"), "#"); gone.Get("error") != "login_required" {
		t.Errorf("after signoff: %v", gone)
	}
	if r := c.get(c.auth + "/as/signoff"); r.status != 302 || !strings.HasSuffix(r.location(), "?environmentId="+EnvironmentID) || c.get(r.location()).status != 200 {
		t.Errorf("without parameters: %d %q", r.status, r.location())
	}
}

// elsewhere signs another user on in another browser.
func (c *client) elsewhere(username string) url.Values {
	c.t.Helper()
	_, v := answerOf(c.t, c.fresh(c.t).signOn(username), "#")
	return v
}

func TestIdPSignoff(t *testing.T) {
	c := start(t)
	app := idOf(t, "IdP Signoff")
	_, v := answerOf(t, c.signOn("plain", "client_id", app), "#")
	bare := c.fresh(t) // no cookies
	plain := bare.values().Get("id_token")
	for name, query := range map[string]string{
		"no hint":        "",
		"not enabled":    "?id_token_hint=" + plain,
		"not registered": "?id_token_hint=" + v.Get("id_token") + "&post_logout_redirect_uri=https://attacker.example.com/",
	} {
		if r := bare.get(c.auth + "/as/idpSignoff" + query); r.status != 400 || r.json(t)["code"] != "INVALID_DATA" {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
	if r := bare.get(c.auth+"/as/idpSignoff?id_token_hint="+v.Get("id_token"), "Accept", "application/json"); r.status != 204 {
		t.Errorf("signoff = %d %s", r.status, r.body)
	}
	if _, gone := answerOf(t, c.authorize("prompt", "none"), "#"); gone.Get("error") != "login_required" {
		t.Errorf("after signoff: %v", gone)
	}
	if r := bare.get(c.auth + "/as/idp-signoff?id_token_hint=" + v.Get("id_token") + "&post_logout_redirect_uri=http://127.0.0.1:9/signed-off"); r.status != 302 || r.location() != "http://127.0.0.1:9/signed-off" {
		t.Errorf("with a redirect: %d %q", r.status, r.location())
	}
	if r := bare.get(c.auth + "/as/idpSignoff?id_token_hint=" + v.Get("id_token")); r.status != 302 || r.location() != c.auth+"/signon/" {
		t.Errorf("in a browser: %d %q", r.status, r.location())
	}
}

func TestSettings(t *testing.T) {
	c := start(t)
	b, err := json.Marshal(c.srv.Settings())
	must(t, err)
	var got map[string]any
	must(t, json.Unmarshal(b, &got))
	if keys := slices.Sorted(maps.Keys(got)); strings.Join(keys, " ") != "applications auth_url ca_cert client_id environment_id issuer redirect_uri users" {
		t.Errorf("members %v", keys)
	}
	if got["redirect_uri"] != "http://127.0.0.1/callback" || got["issuer"] != c.srv.URL+"/"+EnvironmentID+"/as" || member(got["users"], "username") != "plain" || member(got["applications"], "client_id") != got["client_id"] {
		t.Errorf("settings %v", got)
	}
}

// Without a BaseURL each answer follows the host of its request.
func TestHandlerWithoutBaseURL(t *testing.T) {
	s, err := New(Options{Keys: SharedKeys()})
	must(t, err)
	srv := httptest.NewServer(s)
	defer srv.Close()
	res, err := http.Get(srv.URL + "/" + EnvironmentID + "/as/.well-known/openid-configuration")
	must(t, err)
	defer res.Body.Close()
	var d struct{ Issuer string }
	must(t, json.NewDecoder(res.Body).Decode(&d))
	if d.Issuer != srv.URL+"/"+EnvironmentID+"/as" {
		t.Errorf("issuer %q", d.Issuer)
	}
}

func TestLogHasNoSecrets(t *testing.T) {
	var mu sync.Mutex
	var lines []string
	k := newClock()
	c := startWith(t, Options{Now: k.now, Log: func(e Event) {
		mu.Lock()
		defer mu.Unlock()
		lines = append(lines, fmt.Sprintf("%s %s %d %s", e.Method, e.Path, e.Status, e.Outcome))
	}}, ListenOptions{}, k)
	_, v := answerOf(t, c.signOn("plain"), "#")
	c.userinfo(v.Get("access_token"))
	c.get(c.auth + "/as/signoff?id_token_hint=" + v.Get("id_token"))
	mu.Lock()
	defer mu.Unlock()
	log := strings.Join(lines, "\n")
	if len(lines) != 5 || !strings.Contains(log, "GET /as/authorize 302 flow ") {
		t.Errorf("log:\n%s", log)
	}
	for _, secret := range []string{v.Get("access_token"), v.Get("id_token"), c.cookies["ST"], passwordOf("plain").Password, "a-nonce"} {
		if secret != "" && strings.Contains(log, secret) {
			t.Errorf("log holds a secret:\n%s", log)
		}
	}
}
