package implicit_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/implicit-cli/implicit/internal/sandbox"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// A person signs on in a browser, and the address that it ended on is read and
// validated.
func Example() {
	ctx := context.Background()
	its, trusted, stop := startSandbox(ctx)
	defer stop()

	calls := &implicit.Client{Transport: trusted.Transport}
	provider, err := implicit.Discover(ctx, calls, its.Issuer)
	if err != nil {
		panic(err)
	}
	req := implicit.NewRequest(provider.AuthorizationEndpoint, its.ClientID, "https://app.example.com/callback")
	address, err := req.URL()
	if err != nil {
		panic(err)
	}
	resp, err := implicit.Parse(browse(trusted, address, its), req.RedirectURI)
	if err != nil {
		panic(err)
	}
	verifier := &implicit.Verifier{Issuer: provider.Issuer, ClientID: req.ClientID, Keys: implicit.NewRemoteKeySet(calls, provider.JWKSURI, nil)}
	result, err := verifier.Verify(ctx, req, resp)
	if err != nil {
		panic(err)
	}
	fmt.Println(result.Valid, resp.TokenType, resp.Scope, resp.AccessToken)
	// Output: true Bearer openid [redacted]
}

// browse stands for the browser and the person at it: it returns the address
// that it ended on.
func browse(client *http.Client, address string, its sandbox.Settings) string {
	begun := exchange(client, http.MethodGet, address, "", nil)
	page, err := url.Parse(begun.Header.Get("Location"))
	if err != nil {
		panic(err)
	}
	id := page.Query().Get("flowId")
	user := fmt.Sprintf(`{"username":%q,"password":%q}`, its.Users[0].Username, its.Users[0].Password)
	exchange(client, http.MethodPost, its.AuthURL+"/flows/"+id, user, begun.Cookies())
	return exchange(client, http.MethodGet, its.AuthURL+"/as/resume?flowId="+id, "", begun.Cookies()).Header.Get("Location")
}

func exchange(client *http.Client, method, address, body string, cookies []*http.Cookie) *http.Response {
	req, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	req.Header.Set("Content-Type", "application/vnd.pingidentity.usernamePassword.check+json")
	for _, c := range cookies {
		req.AddCookie(c)
	}
	resp, err := client.Transport.RoundTrip(req)
	if err != nil {
		panic(err)
	}
	resp.Body.Close()
	return resp
}

func startSandbox(ctx context.Context) (its sandbox.Settings, trusted *http.Client, stop func()) {
	srv, err := sandbox.Start(ctx, sandbox.Options{}, sandbox.ListenOptions{})
	if err != nil {
		panic(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(srv.CACert)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}
	return srv.Settings(), &http.Client{Transport: transport}, func() { _ = srv.Close() }
}
