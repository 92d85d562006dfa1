package tokensource_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"golang.org/x/oauth2"

	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
	"github.com/implicit-cli/implicit/pkg/pingonetest"
	"github.com/implicit-cli/implicit/pkg/tokensource"
)

// An http.Client that calls an API as a test user. The transport adds the token to
// every request that it sends, so the client must not follow a redirect to another
// host: that host would get the token.
func Example() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	server, api := startServers()
	defer server.Close()
	defer api.Close()

	env, err := pingone.ParseEnvironment(server.URL) // or pingone.NewEnvironment("EU", environmentID)
	if err != nil {
		panic(err)
	}
	source, err := tokensource.New(ctx, tokensource.Config{
		Environment: env,
		ClientID:    server.ClientID,
		RedirectURI: server.RedirectURI,
		Answerer: pingone.Answers{
			pingone.FieldUsername: implicit.NewSecret(server.Users[0].Username),
			pingone.FieldPassword: implicit.NewSecret(server.Users[0].Password),
		},
		HTTP: &implicit.Client{Transport: server.Client().Transport}, // only for the test server's certificate
	})
	if err != nil {
		panic(err)
	}
	client := &http.Client{
		Transport: &oauth2.Transport{Source: source, Base: api.Client().Transport},
		Timeout:   time.Minute, // of a call; ctx ends the sign-on
		CheckRedirect: func(to *http.Request, via []*http.Request) error {
			switch first := via[0].URL; {
			case to.URL.Scheme != first.Scheme || to.URL.Host != first.Host:
				return http.ErrUseLastResponse
			case len(via) >= 10:
				return errors.New("stopped after 10 redirects")
			}
			return nil
		},
	}

	for _, path := range []string{"/orders", "/moved", "/away"} {
		resp, err := client.Get(api.URL + path)
		if err != nil {
			panic(err)
		}
		resp.Body.Close()
		fmt.Println(path, resp.StatusCode)
	}
	// Output:
	// /orders 200
	// /moved 200
	// /away 302
}

// What to do about an error: the credentials were refused, and asking again would
// not help until they are changed.
func ExampleSource_Reset() {
	server, api := startServers()
	defer server.Close()
	defer api.Close()
	env, err := pingone.ParseEnvironment(server.URL)
	if err != nil {
		panic(err)
	}
	password := "the old one"
	source, err := tokensource.New(context.Background(), tokensource.Config{
		Environment: env,
		ClientID:    server.ClientID,
		RedirectURI: server.RedirectURI,
		Answerer: pingone.AnswerFunc(func(context.Context, pingone.Question) (pingone.Answer, error) {
			return pingone.Answer{Values: pingone.Answers{
				pingone.FieldUsername: implicit.NewSecret(server.Users[0].Username),
				pingone.FieldPassword: implicit.NewSecret(password),
			}}, nil
		}),
		HTTP: &implicit.Client{Transport: server.Client().Transport},
	})
	if err != nil {
		panic(err)
	}

	_, err = source.Token()
	var refused *pingone.Error
	fmt.Println(errors.As(err, &refused) && refused.Reason == pingone.ReasonWrongCredentials)

	password = server.Users[0].Password
	_, err = source.Token()
	fmt.Println(err != nil) // nothing was sent

	source.Reset()
	token, err := source.Token()
	if err != nil {
		panic(err)
	}
	fmt.Println(token.Valid())
	// Output:
	// true
	// true
	// true
}

// startServers are a PingOne and an API that wants a token. In a test of your own
// use pingonetest.Start(t).
func startServers() (*pingonetest.Server, *httptest.Server) {
	server, err := pingonetest.New()
	if err != nil {
		panic(err)
	}
	api := http.NewServeMux()
	api.HandleFunc("/orders", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" { // a real one verifies it
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	api.Handle("/moved", http.RedirectHandler("/orders", http.StatusFound))
	api.Handle("/away", http.RedirectHandler("https://attacker.example.com/", http.StatusFound))
	return server, httptest.NewTLSServer(api)
}
