// Package loopback receives the response to a sign-on in a browser: a listener
// on this machine's loopback address, which the redirect URI points to (RFC 8252
// section 7.3), the start page that leads the browser to the provider, the relay
// page that hands a fragment over, and the last page that the user sees.
//
//	l, err := loopback.Listen(loopback.Options{RedirectURI: "http://127.0.0.1/callback"})
//	defer l.Close()
//	req.RedirectURI = l.RedirectURI()
//	address, err := l.Start(req)       // a browser opens it …
//	resp, err := l.Wait(ctx, verify)   // … and the response is received here
//
// The browser opens the start page instead of the authorize URL, so that state
// and nonce are in no argument list, which every user of the machine can read.
// The page redirects to the provider and sets a cookie, by which the browser
// that signs on is known again.
//
// A fragment never reaches a server (RFC 3986 section 3.5), so a GET of the
// redirect URI is answered with a relay page: its script takes the fragment out
// of the address bar and the history and posts it to where it came from. A
// browser may keep the address in its files even so; a form post leaves none.
// A form post (OAuth 2.0 Form Post Response Mode) needs no relay, and neither
// does an error in the query.
//
// Any program on this machine, and every page in the browser, can send requests
// to the listener. On Linux the connections of other users are refused. Only a
// response with the state of the request counts: a valid one from any tab, an
// error or an invalid one from the browser with the cookie. The rest is
// answered, counted, and where the user should know of it, reported once.
//
// In this package a candidate is a response with our state, a stray is any other
// request, a tab is the browser's page with the sign-on, and a notice is what the
// terminal reports while the login waits.
package loopback
