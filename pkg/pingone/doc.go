// Package pingone is PingOne's side of the implicit grant without a browser: it
// sends the authorize request, answers the sign-on flow that PingOne opens for it,
// and calls resume with the session cookie for the tokens.
//
//	env, err := pingone.NewEnvironment("EU", environmentID)
//	client := &pingone.Client{Environment: env}
//	req := client.NewRequest(clientID, redirectURI)
//	resp, err := client.SignOn(ctx, req, answerer)
//	result, err := client.Verifier(req).Verify(ctx, req, resp)
//
// Cookies and credentials go to the environment's auth origin and nowhere else.
// Nothing on another origin is fetched: the address of the sign-on page is read for
// its flow ID only, and the redirect URI only for what is appended to it. A
// password and resume are sent once.
//
// Signing on without a browser is meant for test users; only policies made of
// PingOne's own statuses can be answered this way. Everything else is an
// [*implicit.InteractionRequiredError].
package pingone
