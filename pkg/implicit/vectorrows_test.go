package implicit_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/asn1"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// Short forms for the rows below.

func idClaim(name string, value any) func(*scene) {
	return func(s *scene) { s.id.claims[name] = value }
}

func idWithout(name string) func(*scene) {
	return func(s *scene) { delete(s.id.claims, name) }
}

func idHeader(name string, value any) func(*scene) {
	return func(s *scene) { s.id.header[name] = value }
}

func accessClaim(name string, value any) func(*scene) {
	return func(s *scene) { s.access.claims[name] = value }
}

func accessWithout(name string) func(*scene) {
	return func(s *scene) { delete(s.access.claims, name) }
}

func param(name, value string) func(*scene) {
	return func(s *scene) { s.params.Set(name, value) }
}

func drop(names ...string) func(*scene) {
	return func(s *scene) { s.drop = names }
}

func keyMember(name string, value any) func(*scene) {
	return func(s *scene) { s.keys[0][name] = value }
}

func all(steps ...func(*scene)) func(*scene) {
	return func(s *scene) {
		for _, step := range steps {
			step(s)
		}
	}
}

// rewriteID changes the parts of the finished ID token, without its dots.
func rewriteID(change func(header, payload, signature string) string) func(*scene) {
	return func(s *scene) {
		s.id.rewrite = func(token string) string {
			p := strings.Split(token, ".")
			return change(p[0], p[1], p[2])
		}
	}
}

// idText changes the text of the claims before it is signed.
func idText(change func(text string) string) func(*scene) {
	return func(s *scene) { s.id.claimsText = change(sortedJSON(s.id.claims)) }
}

func headerText(change func(text string) string) func(*scene) {
	return func(s *scene) { s.id.headerText = change(sortedJSON(s.id.header)) }
}

func insert(member string) func(string) string {
	return func(text string) string { return "{" + member + "," + text[1:] }
}

func hs256(s *scene, secret []byte) {
	s.id.header["alg"] = "HS256"
	s.id.rewrite = func(token string) string {
		signed := token[:strings.LastIndexByte(token, '.')]
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(signed))
		return signed + "." + enc.EncodeToString(mac.Sum(nil))
	}
}

func unsigned(alg string) func(*scene) {
	return func(s *scene) {
		s.id.header["alg"] = alg
		s.id.rewrite = func(token string) string { return token[:strings.LastIndexByte(token, '.')+1] }
	}
}

// vectorRows are all rows by the check that refuses their faulty twin. other
// makes further keys by algorithm and a word that tells them apart.
func vectorRows(other func(name string) *signer) map[string][]vectorRow {
	return map[string][]vectorRow{
		"parse": {
			{"a parameter appears twice", nil, func(s *scene) {
				s.rewrite = func(u string) string { return u + "&state=" + state }
			}},
			{"parameters in query and fragment", nil, func(s *scene) {
				s.rewrite = func(u string) string { return strings.Replace(u, "#", "?state="+state+"#", 1) }
			}},
			{"bad percent-escape", nil, func(s *scene) { s.rewrite = func(u string) string { return u + "&scope=%zz" } }},
			{"not UTF-8", nil, func(s *scene) { s.rewrite = func(u string) string { return u + "&scope=%ff" } }},
			{"NUL", nil, func(s *scene) { s.rewrite = func(u string) string { return u + "&scope=a%00b" } }},
			{"semicolon between parameters", nil, func(s *scene) {
				s.rewrite = func(u string) string { return u + "&scope=openid;state=x" }
			}},
			{"access_token and its alias", nil, param("token", opaque)},
		},
		"channel": {
			{"tokens in the query", nil, func(s *scene) {
				s.rewrite = func(u string) string { return strings.Replace(u, "#", "?", 1) }
			}},
			{"tokens in the query, form_post asked", func(s *scene) { s.expected.ResponseMode = "form_post" }, func(s *scene) {
				s.rewrite = func(u string) string { return strings.Replace(u, "#", "?", 1) }
			}},
			{"tokens in the query, pi.flow asked", func(s *scene) { s.expected.ResponseMode = "pi.flow" }, func(s *scene) {
				s.rewrite = func(u string) string { return strings.Replace(u, "#", "?", 1) }
			}},
		},
		"state": {
			{"another state", nil, param("state", "c3RhdGUtb2YtdGhlLXJlcXVlc3QtMDAy")},
			{"no state", nil, drop("state")},
			{"only the beginning matches", nil, param("state", state+"A")},
			{"the state in another case", nil, param("state", strings.ToUpper(state))},
		},
		"iss_parameter": {
			{"another issuer", param("iss", issuer), param("iss", "https://evil.example.com")},
			{"an extra slash", param("iss", issuer), param("iss", issuer+"/")},
			{"another issuer where none was announced", nil, param("iss", "https://evil.example.com")},
			{"announced, but absent, without an ID token", func(s *scene) {
				s.verifier.IssuerInResponse, s.id, s.expected.ResponseType = true, nil, "token"
				s.params.Set("iss", issuer)
			}, drop("iss")},
		},
		"tokens": {
			{"no access token", nil, drop("access_token", "token_type", "expires_in")},
			{"no ID token", nil, drop("id_token")},
			{"an ID token that was not requested", func(s *scene) { s.expected.ResponseType, s.drop = "token", []string{"id_token"} }, drop()},
			{"an access token that was not requested", func(s *scene) {
				s.expected.ResponseType, s.drop = "id_token", []string{"access_token", "token_type", "expires_in"}
			}, drop()},
			{"a code in addition to the tokens", nil, param("code", "SplxlOBeZQQYbYS6WxSbIA")},
			{"a refresh token", nil, param("refresh_token", "tGzv3JOkF0XG5Qx2TlKWIA")},
			{"expires_in is not a number", nil, param("expires_in", "soon")},
			{"expires_in is negative", nil, param("expires_in", "-1")},
			{"expires_in is a fraction", nil, param("expires_in", "3600.5")},
		},
		"token_type": {
			{"no token_type", nil, drop("token_type")},
			{"a sender-constrained token", param("token_type", "bearer"), param("token_type", "DPoP")},
			{"mac", nil, param("token_type", "mac")},
		},
		"format": {
			{"padding after the signature", nil, rewriteID(func(h, p, g string) string { return h + "." + p + "." + g + "==" })},
			{"line break inside the payload", nil, rewriteID(func(h, p, g string) string { return h + "." + p[:8] + "\r\n" + p[8:] + "." + g })},
			{"line break after the token", nil, rewriteID(func(h, p, g string) string { return h + "." + p + "." + g + "\n" })},
			{"space before the token", nil, rewriteID(func(h, p, g string) string { return " " + h + "." + p + "." + g })},
			{"stray bits after the signature", nil, rewriteID(func(h, p, g string) string { return h + "." + p + "." + strayBits(g) })},
			{"standard base64", nil, rewriteID(func(h, p, g string) string {
				return h + "." + p + "." + strings.NewReplacer("-", "+", "_", "/").Replace(g[:len(g)-4]) + "+/" + g[len(g)-2:]
			})},
			{"a fourth part", nil, rewriteID(func(h, p, g string) string { return h + "." + p + "." + g + "." + g })},
			{"two parts", nil, rewriteID(func(h, p, g string) string { return h + "." + p })},
			{"five parts: encrypted", nil, rewriteID(func(h, p, g string) string {
				return enc.EncodeToString([]byte(`{"alg":"RSA-OAEP","enc":"A256GCM"}`)) + "." + g + ".AAAA." + p + ".AAAA"
			})},
			{"no payload", nil, rewriteID(func(h, p, g string) string { return h + ".." + g })},
			{"JSON serialization", nil, rewriteID(func(h, p, g string) string {
				return fmt.Sprintf(`{"protected":%q,"payload":%q,"signature":%q}`, h, p, g)
			})},
			{"oversize", nil, idClaim("junk", strings.Repeat("x", 64<<10))},
			{"a claim twice", nil, idText(insert(`"iss":"https://evil.example.com"`))},
			{"a claim twice, once escaped", nil, idText(insert(`"\u0069ss":"https://evil.example.com"`))},
			{"a name twice, deep inside", nil, idText(insert(`"address":[{"a":1,"a":2}]`))},
			{"a header twice", nil, headerText(insert(`"alg":"RS256"`))},
			{"bytes after the claims", nil, idText(func(text string) string { return text + "{}" })},
			{"a NUL after the claims", nil, idText(func(text string) string { return text + "\x00" })},
			{"a byte order mark", nil, idText(func(text string) string { return "\ufeff" + text })},
			{"not UTF-8", nil, idText(insert("\"name\":\"\xff\""))},
			{"half a surrogate pair", nil, idText(insert(`"name":"\ud800"`))},
			{"a raw line break in a string", nil, idText(insert("\"name\":\"a\nb\""))},
			{"a comment", nil, idText(insert(`/**/"name":"a"`))},
			{"a trailing comma", nil, idText(func(text string) string { return text[:len(text)-1] + ",}" })},
			{"not a number", nil, idText(insert(`"n":NaN`))},
			{"a number with a leading zero", nil, idText(insert(`"n":01`))},
			{"too deep", nil, idText(insert(`"n":` + strings.Repeat("[", 40) + strings.Repeat("]", 40)))},
			{"claims in an array", nil, idText(func(text string) string { return "[" + text + "]" })},
			{"a token as the payload", nil, func(s *scene) { s.id.claimsText = "eyJhbGciOiJub25lIn0.e30." }},
		},
		"type": {
			{"an access token", nil, idHeader("typ", "at+jwt")},
			{"an access token, as application/at+jwt", idHeader("typ", "application/JWT"), idHeader("typ", "application/at+jwt")},
			{"a logout token", nil, idHeader("typ", "logout+jwt")},
			{"a proof", nil, idHeader("typ", "dpop+jwt")},
			{"the other serialization of JOSE", idHeader("typ", "JOSE"), idHeader("typ", "JOSE+JSON")},
			{"typ is not a string", nil, idHeader("typ", []string{"JWT"})},
		},
		"header": {
			{"crit names an extension", nil, func(s *scene) { s.id.header["crit"], s.id.header["exp"] = []string{"exp"}, 1 }},
			{"crit is empty", nil, idHeader("crit", []string{})},
			{"the payload is not base64url", nil, func(s *scene) {
				s.id.header["b64"], s.id.header["crit"] = false, []string{"b64"}
			}},
			{"b64 is false and not in crit", idHeader("b64", true), idHeader("b64", false)},
			{"a nested token", idHeader("cty", "application/json"), idHeader("cty", "JWT")},
			{"the header of an encrypted token", nil, idHeader("enc", "A256GCM")},
		},
		"algorithm": {
			{"none", nil, unsigned("none")},
			{"none in mixed case", nil, unsigned("nOnE")},
			{"none, with a signature", nil, idHeader("alg", "none")},
			{"no alg", nil, func(s *scene) { delete(s.id.header, "alg") }},
			{"alg is empty", nil, idHeader("alg", "")},
			{"alg is an array", nil, idHeader("alg", []string{"RS256"})},
			{"alg in small letters", nil, idHeader("alg", "rs256")},
			{"alg with a space", nil, idHeader("alg", "RS256 ")},
			{"HMAC with the public key in PEM", nil, func(s *scene) { hs256(s, publicPEM(s.id.signer.key.Public())) }},
			{"HMAC with the public key in JSON", nil, func(s *scene) { hs256(s, []byte(sortedJSON(s.id.signer.jwk()))) }},
			{"HMAC with an empty key", nil, func(s *scene) { hs256(s, nil) }},
			{"HMAC even where it is listed", func(s *scene) { s.verifier.Algorithms = []string{"RS256", "HS256", "none"} },
				func(s *scene) { hs256(s, publicPEM(s.id.signer.key.Public())) }},
			{"none even where it is listed", func(s *scene) { s.verifier.Algorithms = []string{"RS256", "none"} }, unsigned("none")},
			{"an asymmetric one that is not listed", nil, func(s *scene) {
				s.id.signer = &signer{alg: "RS512", kid: s.id.signer.kid, key: s.id.signer.key}
				s.id.header["alg"] = "RS512"
			}},
			{"PSS where PKCS #1 v1.5 is listed", nil, func(s *scene) {
				s.id.signer = &signer{alg: "PS256", kid: s.id.signer.kid, key: s.id.signer.key}
				s.id.header["alg"] = "PS256"
			}},
			{"ES256K", func(s *scene) { s.verifier.Algorithms = []string{"RS256", "ES256K"} }, idHeader("alg", "ES256K")},
		},
		"key": {
			{"unknown kid", nil, idHeader("kid", "8a0c5b3e-6b0e-11f0-8de9-0242ac120002")},
			{"the kid in another case", nil, func(s *scene) { s.id.header["kid"] = strings.ToUpper(s.id.signer.kid) }},
			{"kid is not a string", nil, idHeader("kid", 1)},
			{"kid is empty", nil, idHeader("kid", "")},
			{"no kid and two keys that fit", func(s *scene) { delete(s.id.header, "kid"); s.keys[0]["alg"] = "RS256" },
				func(s *scene) { s.keys = append(s.keys, other("RS256 second").jwk()) }},
			{"the key is for encryption", beside(other, "ES256"), keyMember("use", "enc")},
			{"the key may not verify", beside(other, "ES256"), keyMember("key_ops", []string{"encrypt"})},
			{"the key is for another algorithm", beside(other, "ES256"), keyMember("alg", "RS512")},
			{"the key is for key encryption", beside(other, "ES256"), keyMember("alg", "RSA-OAEP")},
			{"the key is of another type", nil, func(s *scene) {
				k := other("ES256").jwk()
				k["kid"] = s.id.signer.kid
				s.keys = []claims{k}
			}},
			{"RSA of 1024 bits", beside(other, "ES256"), keyMember("n", enc.EncodeToString(append([]byte{0x81}, make([]byte, 127)...)))},
			{"RSA with the exponent 1", beside(other, "ES256"), keyMember("e", "AQ")},
			{"RSA with an even exponent", beside(other, "ES256"), keyMember("e", "AQAA")},
			{"RSA that can be factored", beside(other, "ES256"), keyMember("n", rocaModulus())},
			{"RSA with padding", beside(other, "ES256"), keyMember("e", "AQAB==")},
			{"a published private key", beside(other, "ES256"), keyMember("d", "AQAB")},
			{"a published private key, by its CRT part", beside(other, "ES256"), keyMember("dp", "AQAB")},
			{"the point is not on the curve", withKey(other, "ES256"), keyMember("y", enc.EncodeToString(make([]byte, 32)))},
			{"the coordinate is too short", withKey(other, "ES256"), func(s *scene) { s.keys[0]["x"] = s.keys[0]["x"].(string)[:40] }},
			{"a different curve", withKey(other, "ES256"), keyMember("crv", "P-384")},
			{"a key at a URL in the token", nil, func(s *scene) {
				s.id.signer = other("RS256 attacker")
				s.id.header["kid"], s.id.header["jku"] = "attacker", "https://evil.example.com/jwks"
			}},
			{"a key in the token", nil, func(s *scene) {
				s.id.signer = other("RS256 attacker")
				s.id.header["kid"], s.id.header["jwk"] = "attacker", other("RS256 attacker").jwk()
			}},
		},
		"signature": {
			{"one bit of it", nil, rewriteID(func(h, p, g string) string { return h + "." + p + "." + flip(g) })},
			{"the claims were changed", nil, rewriteID(func(h, p, g string) string {
				text, _ := enc.DecodeString(p)
				return h + "." + enc.EncodeToString([]byte(strings.Replace(string(text), person, "00000000-7d1f-4f0e-9a51-3e0f3e1a2b3c", 1))) + "." + g
			})},
			{"the header was changed", idHeader("extra", "a"), rewriteID(func(h, p, g string) string {
				text, _ := enc.DecodeString(h)
				return enc.EncodeToString([]byte(strings.Replace(string(text), `"a"`, `"b"`, 1))) + "." + p + "." + g
			})},
			{"none", nil, rewriteID(func(h, p, g string) string { return h + "." + p + "." })},
			{"cut off", nil, rewriteID(func(h, p, g string) string { return h + "." + p + "." + g[:len(g)-2] })},
			{"by another key with the same kid", nil, func(s *scene) { s.id.signer = other("RS256 attacker") }},
			{"by a key in the token, without kid", func(s *scene) { delete(s.id.header, "kid") }, func(s *scene) {
				s.id.signer = other("RS256 attacker")
				s.id.header["jwk"] = other("RS256 attacker").jwk()
			}},
			{"by a key in x5c", nil, func(s *scene) {
				s.id.signer = other("RS256 attacker")
				s.id.header["x5c"] = []string{"MIIB"}
			}},
			{"of zeros (ES256)", withKey(other, "ES256"), rewriteID(func(h, p, g string) string { return h + "." + p + "." + enc.EncodeToString(make([]byte, 64)) })},
			{"in ASN.1 (ES256)", withKey(other, "ES256"), rewriteID(func(h, p, g string) string { return h + "." + p + "." + inASN1(g) })},
			{"with an extra byte at the end (ES256)", withKey(other, "ES256"), rewriteID(func(h, p, g string) string {
				raw, _ := enc.DecodeString(g)
				return h + "." + p + "." + enc.EncodeToString(append(raw, 0))
			})},
			{"with an extra byte at the start (ES256)", withKey(other, "ES256"), rewriteID(func(h, p, g string) string {
				raw, _ := enc.DecodeString(g)
				return h + "." + p + "." + enc.EncodeToString(append([]byte{0}, raw...))
			})},
			{"one bit of it (ES384)", withKey(other, "ES384"), rewriteID(func(h, p, g string) string { return h + "." + p + "." + flip(g) })},
			{"one bit of it (ES512)", withKey(other, "ES512"), rewriteID(func(h, p, g string) string { return h + "." + p + "." + flip(g) })},
			{"one bit of it (EdDSA)", withKey(other, "EdDSA"), rewriteID(func(h, p, g string) string { return h + "." + p + "." + flip(g) })},
			{"one bit of it (RS512)", withKey(other, "RS512"), rewriteID(func(h, p, g string) string { return h + "." + p + "." + flip(g) })},
			{"with a shorter salt (PS256)", withKey(other, "PS256"), func(s *scene) {
				short := *s.id.signer
				short.salt = 20
				s.id.signer = &short
			}},
			{"one bit of it (PS256)", withKey(other, "PS256"), rewriteID(func(h, p, g string) string { return h + "." + p + "." + flip(g) })},
		},
		"issuer": {
			{"another", nil, idClaim("iss", "https://evil.example.com")},
			{"an extra slash", nil, idClaim("iss", issuer+"/")},
			{"in capitals", nil, idClaim("iss", strings.Replace(issuer, "auth", "AUTH", 1))},
			{"only the beginning matches", nil, idClaim("iss", issuer+".evil.example.com")},
			{"none", nil, idWithout("iss")},
			{"in an array", nil, idClaim("iss", []string{issuer})},
		},
		"audience": {
			{"another client", nil, idClaim("aud", "00000000-1e2d-4c3b-9a8f-7e6d5c4b3a29")},
			{"only the beginning matches", nil, idClaim("aud", client+"0")},
			{"none", nil, idWithout("aud")},
			{"an empty array", nil, idClaim("aud", []string{})},
			{"an object", nil, idClaim("aud", claims{client: true})},
			{"an array that holds a number", all(idClaim("aud", []string{client}), idClaim("azp", client)), idClaim("aud", []any{client, 1})},
			{"an untrusted audience in addition to the client", all(idClaim("aud", []string{client}), idClaim("azp", client)), idClaim("aud", []string{client, "https://evil.example.com"})},
			{"an untrusted audience, without azp", idClaim("aud", []string{client, client}), idClaim("aud", []string{client, "https://evil.example.com"})},
			{"an untrusted audience in addition to a trusted one", func(s *scene) {
				s.verifier.TrustedAudiences = []string{"https://api.example.com"}
				s.id.claims["aud"], s.id.claims["azp"] = []string{client, "https://api.example.com"}, client
			}, idClaim("aud", []string{client, "https://api.example.com", "https://evil.example.com"})},
		},
		"authorized_party": {
			{"another client, with a trusted audience", func(s *scene) {
				s.verifier.TrustedAudiences = []string{"https://api.example.com"}
				s.id.claims["aud"] = []string{client, "https://api.example.com"}
			}, idClaim("azp", "00000000-1e2d-4c3b-9a8f-7e6d5c4b3a29")},
			{"another client", idClaim("azp", client), idClaim("azp", "00000000-1e2d-4c3b-9a8f-7e6d5c4b3a29")},
			{"not a string", nil, idClaim("azp", []string{client})},
		},
		"subject": {
			{"none", nil, idWithout("sub")},
			{"empty", nil, idClaim("sub", "")},
			{"a number", nil, idClaim("sub", 7)},
			{"256 characters", idClaim("sub", strings.Repeat("s", 255)), idClaim("sub", strings.Repeat("s", 256))},
			{"a different user", func(s *scene) { s.expected.Subject = person }, idClaim("sub", "00000000-7d1f-4f0e-9a51-3e0f3e1a2b3c")},
		},
		"expiry": {
			{"just past", idClaim("exp", moment.Unix()-59), idClaim("exp", moment.Unix()-60)},
			{"a day past", nil, idClaim("exp", moment.Unix()-86400)},
			{"none", nil, idWithout("exp")},
			{"a string", nil, idClaim("exp", "1767326645")},
			{"null", nil, idClaim("exp", nil)},
			{"too large for a number", nil, idText(func(text string) string { return strings.Replace(text, `"exp":1767326645`, `"exp":1e999`, 1) })},
			{"in milliseconds", nil, idClaim("exp", (moment.Unix()+3600)*1000)},
			{"negative", nil, idClaim("exp", -1)},
		},
		"issued_at": {
			{"in the future", idClaim("iat", moment.Unix()+60), idClaim("iat", moment.Unix()+61)},
			{"none", nil, idWithout("iat")},
			{"a string", nil, idClaim("iat", "1767323043")},
			{"before the request", func(s *scene) { s.expected.RequestedAt = moment.Add(-10 * time.Second) }, idClaim("iat", moment.Unix()-71)},
		},
		"not_before": {
			{"in the future", idClaim("nbf", moment.Unix()+60), idClaim("nbf", moment.Unix()+61)},
			{"a string", nil, idClaim("nbf", "1767323043")},
		},
		"nonce": {
			{"another", nil, idClaim("nonce", "bm9uY2Utb2YtdGhlLXJlcXVlc3QtMDAy")},
			{"none", nil, idWithout("nonce")},
			{"empty", nil, idClaim("nonce", "")},
			{"in another case", nil, idClaim("nonce", strings.ToUpper(nonce))},
			{"in an array", nil, idClaim("nonce", []string{nonce})},
			{"the name in capitals", nil, func(s *scene) { delete(s.id.claims, "nonce"); s.id.claims["Nonce"] = nonce }},
		},
		"at_hash": {
			{"of another token", nil, idClaim("at_hash", hashHalf("RS256", "another"))},
			{"the access token was replaced", idClaim("at_hash", hashHalf("RS256", opaque)), func(s *scene) { s.opaque = "another" }},
			{"none", nil, withoutHash},
			{"by another hash", nil, idClaim("at_hash", hashHalf("RS512", opaque))},
			{"of the whole hash", nil, idClaim("at_hash", wholeHash(opaque))},
			{"with padding", nil, idClaim("at_hash", hashHalf("RS256", opaque)+"==")},
			{"in hexadecimal", nil, idClaim("at_hash", fmt.Sprintf("%x", sha256.Sum256([]byte(opaque)))[:32])},
			{"by SHA-256 (ES384)", withKey(other, "ES384"), idClaim("at_hash", hashHalf("RS256", opaque))},
			{"by SHA-256 (EdDSA)", withKey(other, "EdDSA"), idClaim("at_hash", hashHalf("RS256", opaque))},
			{"of another token (ES512)", withKey(other, "ES512"), idClaim("at_hash", hashHalf("ES512", "another"))},
		},
		"auth_time": {
			{"too long ago", maxAge(300, moment.Unix()-360), idClaim("auth_time", moment.Unix()-361)},
			{"before the request that required a new sign-on", func(s *scene) {
				maxAge(0, moment.Unix()-190)(s)
				s.expected.RequestedAt = moment.Add(-200 * time.Second)
				s.id.claims["iat"] = moment.Unix() - 100
			}, idClaim("auth_time", moment.Unix()-261)},
			{"a thousandth, though max_age was sent", maxAge(300, moment.Unix()), idClaim("auth_time", moment.Unix()/1000)},
			{"none, but max_age was sent", maxAge(300, moment.Unix()), idWithout("auth_time")},
			{"a string", nil, idClaim("auth_time", "1767323043")},
			{"in the future", nil, idClaim("auth_time", moment.Unix()+61)},
		},
		"acr": {
			{"another", func(s *scene) { s.expected.ACRValues, s.id.claims["acr"] = "Multi_Factor Other", "Multi_Factor" }, idClaim("acr", "Single_Factor")},
			{"none, though promised", func(s *scene) { s.expected.ACRValues, s.verifier.ACRPromised = "Single_Factor", true }, idWithout("acr")},
			{"in another case", func(s *scene) { s.expected.ACRValues = "Single_Factor" }, idClaim("acr", "single_factor")},
			{"not a string", nil, idClaim("acr", 2)},
		},
		"claim.email_verified": {
			{"false", all(require("", "email_verified", "true"), idClaim("email_verified", true)), idClaim("email_verified", false)},
			{"none", all(require("id_token", "email_verified", "true"), idClaim("email_verified", true)), idWithout("email_verified")},
		},
		"claim.address.country": {
			{"another", all(require("", "address.country", "CH"), idClaim("address", claims{"country": "CH"})), idClaim("address", claims{"country": "LI"})},
		},
		"claim.groups": {
			{"not in the array", all(require("", "groups", "admin"), idClaim("groups", []string{"staff", "admin"})), idClaim("groups", []string{"staff", "administrator"})},
		},
		"access_token.format": {
			{"a name twice", nil, func(s *scene) { s.access.claimsText = insert(`"scope":"admin"`)(sortedJSON(s.access.claims)) }},
			{"padding", nil, func(s *scene) { s.access.rewrite = func(token string) string { return token + "=" } }},
			{"a JWT cut in two", nil, func(s *scene) {
				s.access.rewrite = func(token string) string { return token[:strings.LastIndexByte(token, '.')] }
			}},
			{"opaque, but an audience is required", func(s *scene) { s.verifier.AccessToken.Audience = "https://api.pingone.eu" },
				func(s *scene) { s.access, s.opaque = nil, opaque }},
		},
		"access_token.type": {
			{"a logout token", nil, func(s *scene) { s.access.header["typ"] = "logout+jwt" }},
		},
		"access_token.header": {
			{"crit", nil, func(s *scene) { s.access.header["crit"] = []string{"exp"} }},
		},
		"access_token.algorithm": {
			{"none", nil, func(s *scene) {
				s.access.header["alg"] = "none"
				s.access.rewrite = func(token string) string { return token[:strings.LastIndexByte(token, '.')+1] }
			}},
		},
		"access_token.key": {
			{"unknown kid", nil, func(s *scene) { s.access.header["kid"] = "another" }},
		},
		"access_token.signature": {
			{"by another key", nil, func(s *scene) { s.access.signer = other("RS256 attacker") }},
		},
		"access_token.issuer": {
			{"another", nil, accessClaim("iss", "https://evil.example.com")},
			{"none", nil, accessWithout("iss")},
		},
		"access_token.audience": {
			{"another", func(s *scene) { s.verifier.AccessToken.Audience = "https://api.pingone.eu" }, accessClaim("aud", []string{"https://api.example.com"})},
			{"none", func(s *scene) { s.verifier.AccessToken.Audience = "https://api.pingone.eu" }, accessWithout("aud")},
			{"an object", nil, accessClaim("aud", claims{})},
		},
		"access_token.authorized_party": {
			{"issued to another client", nil, accessClaim("client_id", "00000000-1e2d-4c3b-9a8f-7e6d5c4b3a29")},
			{"issued to another client, by azp", nil, accessClaim("azp", "00000000-1e2d-4c3b-9a8f-7e6d5c4b3a29")},
		},
		"access_token.subject": {
			{"a number", nil, accessClaim("sub", 7)},
			{"empty", accessWithout("sub"), accessClaim("sub", "")},
		},
		"access_token.expiry": {
			{"past", nil, accessClaim("exp", moment.Unix()-60)},
			{"none", nil, accessWithout("exp")},
		},
		"access_token.issued_at": {
			{"in the future", nil, accessClaim("iat", moment.Unix()+61)},
		},
		"access_token.not_before": {
			{"in the future", nil, accessClaim("nbf", moment.Unix()+61)},
		},
		"access_token.scope": {
			{"not granted", demandScopes("openid", "profile"), accessClaim("scope", "openid profiles")},
			{"none", demandScopes("openid"), accessWithout("scope")},
		},
		"access_token.claim.env": {
			{"another", require("access_token", "env", "8f1c2d3e"), accessClaim("env", "00000000")},
		},
	}
}

// beside puts another sound key into the set, so that the set is not refused as
// a whole.
func beside(other func(string) *signer, name string) func(*scene) {
	return func(s *scene) { s.keys = append(s.keys, other(name).jwk()) }
}

// withKey makes another key the issuer's, beside one that does not fit, and its
// algorithm the accepted one.
func withKey(other func(string) *signer, alg string) func(*scene) {
	return func(s *scene) {
		key := other(alg)
		s.verifier.Algorithms = []string{alg}
		s.keys = []claims{key.jwk(), s.keys[0]}
		s.id.signer = key
		s.id.header = claims{"alg": alg, "kid": key.kid}
	}
}

func require(token, claim, value string) func(*scene) {
	return func(s *scene) {
		s.verifier.Require = append(s.verifier.Require, implicit.ClaimRequirement{Token: token, Claim: claim, Value: value})
	}
}

func demandScopes(scopes ...string) func(*scene) {
	return func(s *scene) { s.verifier.AccessToken.Scopes = scopes }
}

func maxAge(seconds, authTime int64) func(*scene) {
	return func(s *scene) {
		s.expected.MaxAge = &seconds
		s.id.claims["auth_time"] = authTime
	}
}

func withoutHash(s *scene) { s.id.claims["at_hash"] = nil }

func wholeHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return enc.EncodeToString(sum[:])
}

// rocaModulus is no key, but has the mark of those that can be factored: it is
// a power of 65537 to every small prime.
func rocaModulus() string {
	n := new(big.Int).Exp(big.NewInt(65537), big.NewInt(128), nil)
	return enc.EncodeToString(n.Bytes())
}

// flip changes one bit of a signature.
func flip(signature string) string {
	raw, _ := enc.DecodeString(signature)
	raw[len(raw)/2] ^= 1
	return enc.EncodeToString(raw)
}

// strayBits writes the same bytes with other bits behind the last one.
func strayBits(part string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, part[len(part)-1])
	return part[:len(part)-1] + string(alphabet[last|1])
}

func inASN1(signature string) string {
	raw, _ := enc.DecodeString(signature)
	der, _ := asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(raw[:32]), new(big.Int).SetBytes(raw[32:])})
	return enc.EncodeToString(der)
}
