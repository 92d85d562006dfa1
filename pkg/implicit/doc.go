// Package implicit is the client side of OpenID Connect's implicit grant, for
// any provider: it writes the authorize request, reads the answer wherever it
// comes (fragment, query, form post, form page) and validates the tokens in it
// without asking anybody but the provider's key set.
//
// The three nouns are [Request], [Response] and [Verifier]:
//
//	req := implicit.NewRequest(provider.AuthorizationEndpoint, clientID, redirectURI)
//	address, err := req.URL()               // a browser goes there …
//	resp, err := implicit.ParseURL(landed, redirectURI) // … and ends here
//	result, err := verifier.Verify(ctx, req, resp)
//
// A token is good only when err is nil and result.Err() is nil.
//
// The package follows no redirect, reads no answer without a limit and waits
// for nothing without a deadline; see [Client]. PingOne's own sign-on, which needs
// no browser, is package pingone beside it.
//
// The implicit grant is legacy: RFC 9700 section 2.1.2 advises against it. New
// applications use the authorization code grant with PKCE.
package implicit
