package sandbox

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

const (
	defaultKid    = "default"
	tokenLifetime = 3600 // seconds; both tokens
	pingoneAPI    = "https://api.pingone.com"
)

// grant is what tokens are made of: who signed on to what, and how.
type grant struct {
	app       *application
	account   *account
	sessionID string
	scopes    []string // granted
	nonce     string
	acr       string
	amr       []string
	authTime  time.Time
}

// signOptions vary the header of a token.
type signOptions struct {
	typ string
	x5t bool
}

// accessToken returns a JWT access token and its lifetime in seconds.
func (s *Sandbox) accessToken(c *call, g grant) (string, int, error) {
	now := c.now.Unix()
	audience, lifetime := s.audienceOf(g)
	claims := map[string]any{
		"client_id": g.app.ClientID, "iss": c.issuer(), "aud": audience,
		"iat": now, "exp": now + int64(lifetime),
		"sub": g.account.id, "sid": g.sessionID,
	}
	if len(g.scopes) > 0 {
		claims["scope"] = strings.Join(g.scopes, " ")
	}
	if s.on("more-claims") {
		claims["jti"], claims["acr"], claims["auth_time"] = s.uuid(), g.acr, g.authTime.Unix()
	}
	s.mapAccessToken(claims, g)
	s.commonClaims(claims)
	token, err := s.sign(c, claims, signOptions{typ: "at+jwt", x5t: g.app.includeX5t})
	return token, lifetime, err
}

// idToken returns an ID token (OpenID Connect Core 3.2.2.10). accessToken is
// the one issued with it, or empty.
func (s *Sandbox) idToken(c *call, g grant, accessToken string) (string, error) {
	now := c.now.Unix()
	claims := map[string]any{
		"iss": c.issuer(), "sub": g.account.id, "aud": g.app.ClientID,
		"iat": now, "exp": now + int64(cmp.Or(g.app.idTokenLifetime, tokenLifetime)), "auth_time": g.authTime.Unix(),
		"acr": g.acr, "amr": g.amr, "sid": g.sessionID,
	}
	if g.nonce != "" {
		claims["nonce"] = g.nonce
	}
	if accessToken != "" && !s.on("no-at-hash") {
		claims["at_hash"] = atHash(accessToken)
	}
	if accessToken == "" || !s.on("no-profile-in-id-token") {
		addProfile(claims, g.account, g.scopes)
		mapClaims(claims, g.app, g.account, inIDToken)
	}
	s.commonClaims(claims)
	if claims["env"] != nil {
		claims["p1.region"] = s.region
	}
	s.idTokenFaults(claims, c, g)
	return s.sign(c, claims, signOptions{typ: "JWT", x5t: g.app.includeX5t})
}

// commonClaims adds what both tokens carry, and their common faults.
func (s *Sandbox) commonClaims(claims map[string]any) {
	if !s.on("no-env-org") {
		claims["env"], claims["org"] = s.environmentID, organizationID
	}
	if s.on("custom-domain-issuer") {
		claims["iss"] = customDomainIssuer
	}
	if s.on("wrong-issuer") {
		claims["iss"] = "https://auth.pingone.example/00000000-0000-4000-8000-000000000000/as"
	}
	if s.on("expired") {
		claims["exp"] = claims["iat"].(int64) - 3600
		claims["iat"] = claims["iat"].(int64) - 7200
	}
}

func (s *Sandbox) idTokenFaults(claims map[string]any, c *call, g grant) {
	if s.on("wrong-audience") {
		claims["aud"] = "c11e0000-0000-4000-8000-999999999999"
	}
	if s.on("aud-array") {
		claims["aud"] = []any{claims["aud"]}
	}
	if s.on("wrong-nonce") {
		claims["nonce"] = "not-" + g.nonce
	}
	if s.on("no-nonce") {
		delete(claims, "nonce")
	}
	if s.on("wrong-acr") {
		claims["acr"] = "Not_Requested"
	}
	if s.on("auth-time-thousandth") {
		claims["auth_time"] = g.authTime.Unix() / 1000
	}
	if s.on("old-auth-time") {
		claims["auth_time"] = c.now.AddDate(0, 0, -1).Unix()
	}
	if _, ok := claims["at_hash"]; ok && s.on("bad-at-hash") {
		claims["at_hash"] = atHash("another access token")
	}
}

// atHash is the left half of the hash of OpenID Connect Core 3.2.2.9.
func atHash(accessToken string) string {
	sum := sha256.Sum256([]byte(accessToken))
	return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
}

// audienceOf returns the audience of an access token and its lifetime in seconds:
// the shortest of its resources, unless the application has one.
func (s *Sandbox) audienceOf(g grant) ([]string, int) {
	var audience []string
	lifetime := 0
	for _, r := range s.resourcesOf(g.scopes) {
		audience = append(audience, r.audience)
		if r.lifetime > 0 && (lifetime == 0 || r.lifetime < lifetime) {
			lifetime = r.lifetime
		}
	}
	if audience == nil {
		audience = []string{pingoneAPI}
	}
	return audience, cmp.Or(g.app.accessTokenLifetime, lifetime, tokenLifetime)
}

// resourcesOf returns the resources of the scopes, each once.
func (s *Sandbox) resourcesOf(scopes []string) []*resource {
	var list []*resource
	for _, scope := range scopes {
		r := s.resourceOf(scope)
		if r != nil && !slices.ContainsFunc(list, func(known *resource) bool { return known.audience == r.audience }) {
			list = append(list, r)
		}
	}
	return list
}

// sign makes a compact JWS (RFC 7515 3.1), sound or broken as the switches say.
func (s *Sandbox) sign(c *call, claims map[string]any, o signOptions) (string, error) {
	key, kid := s.signingKey(c)
	if err := key.wait(); err != nil {
		return "", err
	}
	alg := "RS256"
	switch {
	case s.on("alg-none"):
		alg = "none"
	case s.on("alg-hs256"):
		alg = "HS256"
	}
	header := map[string]any{"alg": alg, "kid": kid}
	if s.on("typ-header") {
		header["typ"] = o.typ
	}
	if o.x5t {
		header["x5t"] = key.x5t()
	}
	override(header, s.request.header)
	override(claims, s.request.claims)
	input, err := signingInput(header, claims)
	if err != nil {
		return "", err
	}
	if s.on("wrong-key") {
		key = s.keys.nextKey(c.now)
		if err := key.wait(); err != nil {
			return "", err
		}
	}
	signature, err := s.signature(key, alg, input)
	if err != nil {
		return "", err
	}
	if s.on("bad-signature") && len(signature) > 0 {
		signature[len(signature)/2] ^= 1
	}
	return input + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}

func (s *Sandbox) signingKey(c *call) (*signingKey, string) {
	key := s.keys.current
	if s.on("rotated-key") {
		key = s.keys.lateKey(c.now)
	}
	switch {
	case s.on("unknown-kid"):
		return key, s.uuid()
	case s.on("kid-default"):
		return key, defaultKid
	}
	return key, key.kid
}

func signingInput(header, claims map[string]any) (string, error) {
	h, err := ordered(header, "kid", "alg")
	if err != nil {
		return "", fmt.Errorf("sandbox: encode token header: %w", err)
	}
	p, err := ordered(claims, claimOrder(claims)...)
	if err != nil {
		return "", fmt.Errorf("sandbox: encode claims: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(h) + "." + base64.RawURLEncoding.EncodeToString(p), nil
}

// claimOrder is the order in which PingOne prints claims.
func claimOrder(claims map[string]any) []string {
	if claims["client_id"] != nil {
		return []string{"client_id", "iss", "iat", "exp", "aud", "scope", "sub", "sid", "env", "org"}
	}
	return []string{"iss", "sub", "aud", "iat", "exp", "acr", "amr", "auth_time", "at_hash", "sid", "nonce",
		"preferred_username", "given_name", "updated_at", "family_name", "email", "env", "org", "p1.region"}
}

// ordered encodes an object with some of its members first.
func ordered(object map[string]any, first ...string) ([]byte, error) {
	var b bytes.Buffer
	rest := slices.DeleteFunc(slices.Sorted(maps.Keys(object)), func(name string) bool { return slices.Contains(first, name) })
	for _, name := range slices.Concat(first, rest) {
		value, ok := object[name]
		if !ok {
			continue
		}
		pair, err := json.Marshal(map[string]any{name: value})
		if err != nil {
			return nil, err
		}
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		b.Write(pair[1 : len(pair)-1])
	}
	return slices.Concat([]byte("{"), b.Bytes(), []byte("}")), nil
}

// signature signs while other requests are handled: it takes longer than the rest of
// a sign-on. Whoever calls it has marked the flow as used before.
func (s *Sandbox) signature(key *signingKey, alg, input string) ([]byte, error) {
	request := s.request
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.request = request
	}()
	return key.signature(alg, input)
}

func (k *signingKey) signature(alg, input string) ([]byte, error) {
	switch alg {
	case "none":
		return nil, nil
	case "HS256":
		der, err := x509.MarshalPKIXPublicKey(k.key.Public())
		if err != nil {
			return nil, fmt.Errorf("sandbox: encode public key: %w", err)
		}
		mac := hmac.New(sha256.New, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
		mac.Write([]byte(input))
		return mac.Sum(nil), nil
	}
	sum := sha256.Sum256([]byte(input))
	return rsa.SignPKCS1v15(nil, k.key, crypto.SHA256, sum[:])
}

// errNotOurs says that a token was not signed here.
var errNotOurs = errors.New("not a token of this environment")

// ownClaims returns the claims of a token the sandbox itself signed with any
// key it ever had. It checks the signature alone, not the times.
func (s *Sandbox) ownClaims(token string) (map[string]any, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, errNotOurs
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		return nil, errNotOurs
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	verifies := func(k *signingKey) bool {
		return k.wait() == nil && rsa.VerifyPKCS1v15(&k.key.PublicKey, crypto.SHA256, sum[:], signature) == nil
	}
	if !slices.ContainsFunc(s.keys.published(), verifies) && !slices.ContainsFunc(s.keys.retired, verifies) {
		return nil, errNotOurs
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return nil, errNotOurs
	}
	var claims map[string]any
	d := json.NewDecoder(bytes.NewReader(payload))
	d.UseNumber()
	if d.Decode(&claims) != nil {
		return nil, errNotOurs
	}
	return claims, nil
}
