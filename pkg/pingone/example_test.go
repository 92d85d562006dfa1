package pingone_test

import (
	"context"
	"fmt"
	"net/http/httptest"

	"github.com/implicit-cli/implicit/internal/sandbox"
	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
	"github.com/implicit-cli/implicit/pkg/pingonetest"
)

// A token for a test user, without a browser.
func Example() {
	ctx := context.Background()
	env, clientID, user := testEnvironment() // NewEnvironment("EU", environmentID)

	client := &pingone.Client{Environment: env}
	req := client.NewRequest(clientID, "https://app.example.com/callback")
	resp, err := client.SignOn(ctx, req, pingone.Answers{
		pingone.FieldUsername: implicit.NewSecret(user.Username),
		pingone.FieldPassword: implicit.NewSecret(user.Password),
	})
	if err != nil {
		panic(err)
	}
	result, err := client.Verifier(req).Verify(ctx, req, resp)
	if err != nil {
		panic(err) // the tokens are not good
	}
	fmt.Println(result.AccessToken, result.AccessTokenClaims.Text("scope"))
	// Output: [redacted] openid
}

// Answers that are fetched when they are asked for: from a vault, or from the user
// at a terminal.
func ExampleAnswerFunc() {
	env, clientID, user := testEnvironment()
	vault := map[string]string{"username": user.Username, "password": user.Password}
	answerer := pingone.AnswerFunc(func(_ context.Context, q pingone.Question) (pingone.Answer, error) {
		answers := map[pingone.Field]implicit.Secret{}
		for _, field := range q.Fields {
			fmt.Println("asked for", field)
			answers[field] = implicit.NewSecret(vault[string(field)])
		}
		return pingone.Answer{Values: answers}, nil
	})
	client := &pingone.Client{Environment: env}
	_, err := client.SignOn(context.Background(), client.NewRequest(clientID, "https://app.example.com/callback"), answerer)
	fmt.Println(err)
	// Output:
	// asked for username
	// asked for password
	// <nil>
}

// A sign-on with a password and the passcode of an authenticator app, against the
// test double. The passcode is made when the flow asks for it, so that it is fresh.
func Example_passcode() {
	server, err := pingonetest.New() // in a test: Start(t)
	if err != nil {
		panic(err)
	}
	defer server.Close()
	env, _ := pingone.ParseEnvironment(server.URL) // NewEnvironment("EU", environmentID)
	client := &pingone.Client{Environment: env, HTTP: &implicit.Client{Transport: server.Client().Transport}}
	req := client.NewRequest(server.Application("MFA").ClientID, "https://app.example.com/callback")
	resp, err := client.SignOn(context.Background(), req, pingone.AnswerFunc(func(ctx context.Context, q pingone.Question) (pingone.Answer, error) {
		return pingone.Answers{
			pingone.FieldUsername: implicit.NewSecret("totp"),
			pingone.FieldPassword: implicit.NewSecret(server.User("totp").Password),
			pingone.FieldPasscode: implicit.NewSecret(server.TOTPCode("totp")),
		}.Answer(ctx, q)
	}))
	fmt.Println(err, resp.AccessToken)
	// Output: <nil> [redacted]
}

// testEnvironment is the embedded PingOne. It runs until the tests end.
func testEnvironment() (env pingone.Environment, clientID string, user sandbox.User) {
	s, err := sandbox.New(sandbox.Options{})
	if err != nil {
		panic(err)
	}
	its := s.Settings()
	env, err = pingone.ParseEnvironment(httptest.NewServer(s).URL + "/" + its.EnvironmentID)
	if err != nil {
		panic(err)
	}
	return env, its.ClientID, its.Users[0]
}
