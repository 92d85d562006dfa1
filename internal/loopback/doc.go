// Package loopback catches the answer of a sign-on in a browser: a listener on
// this machine's loopback address, which the redirect URI points to (RFC 8252
// section 7.3), the page that hands a fragment over, and the last page that the
// person sees.
//
// A fragment never reaches a server (RFC 3986 section 3.5), so a GET of the
// redirect URI is answered with a relay page: its script takes the fragment out
// of the address bar and the history and posts it, once, to where it came from.
// A browser may keep the address in its files even so; a form post leaves none.
// A form post (OAuth 2.0 Form Post Response Mode) arrives by itself, and so do
// errors in the query.
//
//	l, err := loopback.Listen(loopback.Options{RedirectURI: "http://127.0.0.1/callback"})
//	defer l.Close()
//	req.RedirectURI = l.RedirectURI()
//	address, err := l.Start(req)       // a browser goes there …
//	resp, err := l.Wait(ctx, judge)    // … and the answer arrives here
//
// Anything on this machine, and every page in the browser, can send requests to
// the listener. Only an answer with the state of the request counts; the rest
// is answered plainly, counted and otherwise ignored.
package loopback
