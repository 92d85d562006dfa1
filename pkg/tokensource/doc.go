// Package tokensource is an [oauth2.TokenSource] for PingOne: it signs a test user
// on without a browser, verifies the tokens, and renews them by the session before
// they expire.
//
//	source, err := tokensource.New(ctx, tokensource.Config{
//		Environment: env, ClientID: clientID, RedirectURI: redirectURI,
//		Answerer: pingone.Answers{pingone.FieldUsername: username, pingone.FieldPassword: password},
//	})
//	client := &http.Client{Transport: &oauth2.Transport{Source: source}, CheckRedirect: …}
//
// [oauth2.Transport] adds the token to every request, also to the ones that follow
// a redirect. Set CheckRedirect so that none leads to another host: see the example.
//
// The implicit grant is legacy: RFC 9700 section 2.1.2 advises against it.
package tokensource
