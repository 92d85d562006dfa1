// Package implicit is the client side of OpenID Connect's implicit grant, for any
// provider: it writes the authorize request, reads the response in whatever form
// (fragment, query, form post, form page) and verifies its tokens with nothing but
// the provider's key set.
//
// The three nouns are [Request], [Response] and [Verifier]:
//
//	req := implicit.NewRequest(provider.AuthorizationEndpoint, clientID, redirectURI)
//	address, err := req.URL()                          // a browser goes there …
//	resp, err := implicit.ParseURL(final, redirectURI) // … and ends on final
//	result, err := verifier.Verify(ctx, req, resp)
//
// Where err is nil the tokens on the result are good. A failed check is a
// [*VerifyError].
//
// The package follows no redirect, reads no reply without a limit and waits for
// nothing without a deadline; see [Client]. PingOne's own sign-on, which needs no
// browser, is package pingone.
//
// The implicit grant is legacy: RFC 9700 section 2.1.2 advises against it. New
// applications use the authorization code grant with PKCE.
package implicit
