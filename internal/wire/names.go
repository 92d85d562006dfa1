package wire

import (
	"regexp"
	"strings"
	"sync"
)

// class says what becomes of a value.
type class int

const (
	unknown  class = iota // a fingerprint
	secret                // a fingerprint, and the value is looked for elsewhere
	token                 // header and claims of a JWT; else a fingerprint
	address               // a URL, whose parameters have classes of their own
	personal              // kept, unless claims are redacted
	harmless              // kept
)

func words(list string) []string { return strings.Fields(list) }

// classes makes a table by name, when first used: most runs record nothing.
func classes(of map[class]string) func() map[string]class {
	return sync.OnceValue(func() map[string]class {
		all := map[string]class{}
		for c, list := range of {
			for _, name := range words(list) {
				all[name] = c
			}
		}
		return all
	})
}

// parameters are the classes of parameters and of JSON members. Names are
// case-sensitive, as in OAuth.
var parameters = classes(map[class]string{
	harmless: `client_id response_type response_mode scope prompt max_age acr_values ui_locales display audience resource
		token_type expires_in error error_description error_subcode flowId environmentId grant_type code_challenge_method
		id status message target type typ description details title createdAt expiresAt updatedAt environment
		allowedPattern allowedValues maximumValue minimumValue rangeMinimumValue rangeMaximumValue quotaLimit quotaResetTime
		retryAfter coolDownExpiresAt claim attemptsRemaining failuresRemaining attributeName
		bypassAllowed selected enabled locked default count size length minLength maxLength min max minCharacters minUnique
		action actions connectorId interactionId capabilityName companyId
		kid alg use key_ops kty crv x5t x5t#S256
		aud azp exp iat nbf auth_time acr amr at_hash c_hash env org jti p1.region p1.userId`,
	personal: `login_hint username email name given family formatted given_name family_name middle_name preferred_username
		nickname phone phone_number sub locale zoneinfo preferredLanguage updated_at email_verified phone_number_verified`,
	address: `redirect_uri post_logout_redirect_uri iss error_uri href resumeUrl issuer jwks_uri`,
	token:   `id_token access_token token id_token_hint`,
	secret: `state nonce code password currentPassword newPassword otp passcode secret sid session_state
		verificationCode recoveryCode client_secret code_verifier refresh_token sessionToken session_token ST`,
})

// headers are the classes of headers, by their names in lower case. Location, cookies
// and credentials have rules of their own.
var headers = classes(map[class]string{
	harmless: `accept accept-charset accept-encoding accept-language accept-ranges access-control-allow-credentials
		access-control-allow-headers access-control-allow-methods access-control-allow-origin age allow alt-svc
		cache-control cf-cache-status cf-ray connection content-encoding content-language content-length content-type
		correlation-id date expires host last-modified origin pragma proxy-connection referrer-policy retry-after sec-fetch-dest
		sec-fetch-mode sec-fetch-site server server-timing strict-transport-security transfer-encoding upgrade user-agent vary via
		x-amz-cf-id x-amz-cf-pop x-cache x-content-type-options x-frame-options x-ping-external-transaction-id
		x-request-id x-xss-protection`,
	address: `location content-location referer`,
	secret:  `authorization proxy-authorization`,
})

// publicKey are the members of a key that its owner publishes: those kept of a key set.
var publicKey = classes(map[class]string{harmless: "n e x y x5c x5u"})

// named are the claims that do not tell who a user is.
var named = classes(map[class]string{
	harmless: "iss aud azp exp iat nbf auth_time acr amr typ client_id scope at_hash env org",
})

// ofHeader are the members of a token's header that are kept.
var ofHeader = classes(map[class]string{harmless: "alg kid typ cty crit jku x5u x5t x5t#S256 enc zip"})

// attributes of a cookie that are kept.
var attributes = classes(map[class]string{harmless: "path domain expires max-age secure httponly samesite priority partitioned"})

// endsLike are the endings of the members of a discovery document.
var endsLike = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[a-z_]+(_endpoint|_uri|_supported|_supported_by_server)$`)
})

// nameShape is the shape of a name that is not a value itself.
var nameShape = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z_$][A-Za-z0-9_.:$#@-]{0,63}$`) })

// tokenShape finds a JWT or JWE inside of a text.
var tokenShape = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`eyJ[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*){1,4}`) })
