package pingone_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/http/httptest"
	"time"

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
	fmt.Println(result.AccessToken, result.AccessTokenClaims.Scopes())
	// Output: [redacted] [openid]
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
// test double. Its answers are asked for only when the flow wants them, so that the
// passcode is fresh.
func Example_passcode() {
	server, err := pingonetest.New()
	if err != nil {
		panic(err)
	}
	defer server.Close()
	user := server.User("totp")
	env, err := pingone.ParseEnvironment(server.URL) // NewEnvironment("EU", environmentID)
	if err != nil {
		panic(err)
	}
	client := &pingone.Client{Environment: env, HTTP: &implicit.Client{Transport: server.Client().Transport}}
	req := client.NewRequest(server.Application("MFA").ClientID, "https://app.example.com/callback")
	resp, err := client.SignOn(context.Background(), req, pingone.AnswerFunc(func(ctx context.Context, q pingone.Question) (pingone.Answer, error) {
		return pingone.Answers{
			pingone.FieldUsername: implicit.NewSecret(user.Username), pingone.FieldPassword: implicit.NewSecret(user.Password),
			pingone.FieldDevice: implicit.NewSecret("totp"), pingone.FieldPasscode: implicit.NewSecret(passcode(user.TOTPSecret, time.Now())),
		}.Answer(ctx, q)
	}))
	fmt.Println(err, resp.AccessToken)
	// Output: <nil> [redacted]
}

// passcode is RFC 6238 with SHA-1, 30 s and 6 digits.
func passcode(secret string, at time.Time) string {
	key, err := base32.StdEncoding.DecodeString(secret)
	if err != nil {
		panic(err)
	}
	mac := hmac.New(sha1.New, key)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(at.Unix()/30)))
	sum := mac.Sum(nil)
	code := binary.BigEndian.Uint32(sum[sum[19]&15:]) & 0x7fffffff
	return fmt.Sprintf("%06d", code%1_000_000)
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
