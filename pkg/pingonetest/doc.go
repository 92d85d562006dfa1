// Package pingonetest is a PingOne for tests: the authorization server of one
// environment, with its flows API, hosted sign-on page, keys, userinfo and
// sign-off, in memory and behind TLS on loopback.
//
// It issues real tokens, signed with RS256, for OpenID Connect's implicit
// grant, and is strict where PingOne is. It needs no account and no network. It
// does not serve the authorization code grant, nor PingOne's management API.
//
//	func TestSignIn(t *testing.T) {
//		pingone := pingonetest.Start(t)
//		app := NewApp(pingone.URL, pingone.ClientID, pingone.Client())
//		location, _, err := pingone.SignOn(t.Context(), app.AuthorizeURL(), pingone.Users[0])
//		// location is app's redirect URI with the tokens: hand it to app.
//	}
//
// Point the application under test at [Server.URL] (or [Server.Issuer]),
// [Server.ClientID] and [Server.RedirectURI], and give it [Server.Client],
// which trusts the server's certificate. A program that takes files instead of
// an http.Client can write [Server.Certificate] to one.
//
// # Users
//
// [Server.Users] lists the accounts with their passwords; the first one,
// "plain", signs on with its password alone. There is a user for each kind of
// sign-on: "totp", "sms", "push" and "fido2" (multi-factor authentication),
// "must-change", "expired", "locked", "disabled" and so on: User.Note says
// what is special about each. [Server.SignOn] is the user at a browser;
// [Server.Messages] and [Server.TOTPCode] have the codes that a user would receive
// or read off an app.
//
// # Applications
//
// [Server.Applications] lists the registrations. The first one, "Plain", has
// the redirect URIs http://127.0.0.1/callback and http://localhost/callback,
// each with any port, and https://app.example.com/callback. [WithApplications]
// registers others: for another redirect URI, for a page that calls PingOne
// from a script (CORS), or for one with its own sign-on page.
//
// # Tenants
//
// [WithTenant] replaces both by your own, with your claims, scopes, APIs and
// policies; [WithTenantFile] by those of a file that "implicit sandbox --tenant"
// takes too:
//
//	pingone := pingonetest.Start(t, pingonetest.WithTenant(pingonetest.Tenant{
//		Applications: []pingonetest.Registration{{Name: "Shop", RedirectURIs: []string{"https://shop.example.com/cb"}}},
//		Users:        []pingonetest.Account{{Username: "ada", AnyPassword: true, Claims: map[string]any{"roles": []string{"admin"}}}},
//	}))
//
// # Faults
//
// A [Switch] turns the server into one that goes wrong, or that reads PingOne's
// documentation the other way. [WithSwitches] sets them at the start and
// [Server.Set] at any time:
//
//	pingone := pingonetest.Start(t, pingonetest.WithSwitches(pingonetest.WrongNonce))
//	pingone.Set(pingonetest.BadGateway.On(pingonetest.LegKeys), true)
//
// A client should sign on under each of [Readings], and never accept a token
// under one of the [Faults] of tokens and responses.
//
// [Server.SetFor] limits a switch to the next requests, or to one application.
//
// # What happened, and what changes
//
// [Server.Requests] has what the application sent, and [Server.WaitForRequest] waits for
// it:
//
//	r, err := pingone.WaitForRequest(ctx, func(r pingonetest.Request) bool { return r.Leg == pingonetest.LegSignOff })
//
// A test can change a running server: [Server.PutUsers], [Server.PutApplications],
// [Server.Advance] for its clock, [Server.ExpireSessions], [Server.RotateKeys].
// [Server.Mint] makes a token without a sign-on, valid or wrong, for testing an API:
//
//	token, err := pingone.Mint(pingonetest.Token{Access: true, User: "plain", Switches: []pingonetest.Switch{pingonetest.Expired}})
//
// # Cost
//
// Signing keys are made once for each test binary, in about 100 ms, and are
// shared by its servers under different key IDs. A server starts in a few
// milliseconds, so a test can have its own; all of it is safe for parallel tests.
package pingonetest
