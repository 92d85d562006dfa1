package pingone_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"

	"github.com/implicit-cli/implicit/internal/sandbox"
	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// credentials answers what a sign-on asks.
type credentials map[pingone.Field]implicit.Secret

func (c credentials) Answer(context.Context, pingone.Question) (map[pingone.Field]implicit.Secret, error) {
	return c, nil
}

// A test user signs on without a browser, here against the embedded PingOne;
// with NewEnvironment("EU", id) it is a real one.
func ExampleClient_SignOn() {
	ctx := context.Background()
	its, trusted, stop := startSandbox(ctx)
	defer stop()

	env, err := pingone.ParseEnvironment(its.AuthURL)
	if err != nil {
		panic(err)
	}
	client := &pingone.Client{Environment: env, HTTP: &implicit.Client{Transport: trusted.Transport}}
	req := client.NewRequest(its.ClientID, "https://app.example.com/callback")
	user := its.Users[0]
	resp, err := client.SignOn(ctx, req, credentials{
		pingone.FieldUsername: implicit.NewSecret(user.Username),
		pingone.FieldPassword: implicit.NewSecret(user.Password),
	})
	if err != nil {
		panic(err)
	}
	verifier := &implicit.Verifier{Issuer: env.Issuer(), ClientID: its.ClientID, Keys: implicit.NewRemoteKeySet(client.HTTP, env.JWKSURL(), nil)}
	result, err := verifier.Verify(ctx, req, resp)
	if err != nil {
		panic(err)
	}
	fmt.Println(result.Valid, resp.TokenType, resp.Scope, resp.AccessToken)
	// Output: true Bearer openid [redacted]
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
