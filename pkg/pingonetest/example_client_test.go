package pingonetest_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
	"github.com/implicit-cli/implicit/pkg/pingonetest"
)

// A program that signs a test user on without a browser, tried with a PingOne that
// works and with one whose key set cannot be fetched. In a test, pingonetest.Start(t)
// takes the place of New and Close.
func Example_program() {
	server, err := pingonetest.New()
	if err != nil {
		panic(err)
	}
	defer server.Close()

	fmt.Println(signOnTo(server))

	server.Set(pingonetest.Reset.On(pingonetest.LegKeys), true)
	var network *implicit.NetworkError
	fmt.Println(errors.As(signOnTo(server), &network))
	// Output:
	// <nil>
	// true
}

// signOnTo is the program under test.
func signOnTo(server *pingonetest.Server) error {
	ctx := context.Background()
	env, err := pingone.ParseEnvironment(server.URL)
	if err != nil {
		return err
	}
	client := &pingone.Client{Environment: env, HTTP: &implicit.Client{Transport: server.Client().Transport}}
	req := client.NewRequest(server.ClientID, server.RedirectURI)
	user := server.User("plain")
	resp, err := client.SignOn(ctx, req, pingone.Answers{
		pingone.FieldUsername: implicit.NewSecret(user.Username),
		pingone.FieldPassword: implicit.NewSecret(user.Password),
	})
	if err != nil {
		return err
	}
	_, err = client.Verifier(req).Verify(ctx, req, resp)
	return err
}
