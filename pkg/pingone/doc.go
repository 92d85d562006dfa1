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
// its flow ID only, and the redirect URI only for what is appended to it. One
// session of cookies serves the whole sign-on.
//
// A flow says by its status what it needs: a user name, a password or a new one, a
// device, a passcode, a confirmation on a phone, a recovery or a verification code,
// consent, profile data. Each is a [Question] to an [Answerer], whose [Answer] is
// the values or another [Choice]: the code once more, another device. Refused
// values may be answered by others, up to three times, unless another failure would
// lock the user out; no value is sent twice, and resume is sent once.
//
// Signing on without a browser is meant for test users. A security key, an external
// identity provider, a flow of DaVinci and a status that this package does not know
// need a browser: an [*implicit.InteractionRequiredError] says so. What else PingOne
// refuses is an [*Error], whose Reason a program can handle.
package pingone
