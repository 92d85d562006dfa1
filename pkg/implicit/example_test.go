package implicit_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// A provider that answers at once: discovery, the request, its response and the
// verification. Most providers want the user to sign on in a browser; the address
// that the browser ends on then goes through Parse.
func Example() {
	provider := startProvider()
	defer provider.Close()
	ctx, client := context.Background(), &implicit.Client{}

	found, err := implicit.Discover(ctx, client, provider.URL)
	if err != nil {
		panic(err)
	}
	req := implicit.NewRequest(found.AuthorizationEndpoint, "my-client", "https://app.example.com/callback")
	resp, err := req.Send(ctx, client)
	if err != nil {
		panic(err)
	}
	verifier := &implicit.Verifier{Issuer: found.Issuer, ClientID: req.ClientID, Keys: implicit.NewRemoteKeySet(client, found.JWKSURI, nil)}
	result, err := verifier.Verify(ctx, req, resp)
	if err != nil {
		panic(err) // the tokens are not good
	}
	fmt.Println(result.IDTokenClaims.Subject(), result.AccessToken)
	// Output: jane [redacted]
}

// The address that a browser ended on, pasted by the user or read from a log.
func ExampleParse() {
	resp, err := implicit.Parse("https://app.example.com/callback#error=access_denied&state=4f2a", "https://app.example.com/callback")
	if err != nil {
		panic(err)
	}
	fmt.Println(resp.Channel, resp.Error)
	// Output: fragment the provider returned the error "access_denied"
}

// The metadata of a provider, whose own issuer must be the one that was asked for.
func ExampleDiscover() {
	provider := startProvider()
	defer provider.Close()
	found, err := implicit.Discover(context.Background(), &implicit.Client{}, provider.URL)
	if err != nil {
		panic(err)
	}
	fmt.Println(found.Issuer == provider.URL, found.IDTokenAlgorithms)

	_, err = implicit.Discover(context.Background(), &implicit.Client{}, provider.URL+"/")
	var wrong *implicit.DocumentError
	fmt.Println(errors.As(err, &wrong))
	// Output:
	// true [RS256]
	// true
}

// Keys from a file or a configuration: nothing is fetched.
func ExampleNewStaticKeySet() {
	provider := startProvider()
	defer provider.Close()
	keys, err := implicit.NewStaticKeySet(provider.jwks())
	if err != nil {
		panic(err)
	}
	verifier := &implicit.Verifier{Issuer: provider.URL, ClientID: "my-client", Keys: keys}
	for _, nonce := range []string{"n-0S6_WzA2Mj", "another"} {
		token := implicit.NewSecret(provider.idToken("my-client", nonce, ""))
		_, err = verifier.VerifyIDToken(context.Background(), token, implicit.Expected{Nonce: "n-0S6_WzA2Mj"})
		fmt.Println(err)
	}
	// Output:
	// <nil>
	// validation failed: nonce: the nonce does not match the request; expected "n-0S6_…" (12 characters); found "ano…" (7 characters) (OpenID Connect Core section 3.2.2.11)
}

// A web application: one handler sends the browser to the provider and keeps what
// the response must hold, the other receives the form that the browser posts. Here
// a map is the session store, and its key the value of a Secure HttpOnly cookie
// with SameSite=None, which the cross-site post must carry.
func ExampleParseFormRequest() {
	provider := startProvider()
	defer provider.Close()
	verifier := &implicit.Verifier{Issuer: provider.URL, ClientID: "my-client",
		Keys: implicit.NewRemoteKeySet(&implicit.Client{}, provider.URL+"/jwks", nil)}
	sessions := map[string][]byte{}

	begin := func(w http.ResponseWriter, r *http.Request) {
		req := implicit.NewRequest(provider.URL+"/authorize", "my-client", "https://app.example.com/callback")
		req.ResponseMode = "form_post"
		address, err := req.URL()
		if err != nil {
			http.Error(w, "sign-on is not possible", http.StatusInternalServerError)
			return
		}
		sessions["the-session"], _ = json.Marshal(req.Expected(time.Now().Add(10 * time.Minute)))
		http.Redirect(w, r, address, http.StatusFound)
	}
	callback := func(w http.ResponseWriter, r *http.Request) {
		var expected implicit.Expected
		kept := sessions["the-session"]
		delete(sessions, "the-session") // used once
		if json.Unmarshal(kept, &expected) != nil {
			http.Error(w, "no sign-on has begun", http.StatusBadRequest)
			return
		}
		resp, err := implicit.ParseFormRequest(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		result, err := verifier.VerifyResponse(r.Context(), expected, resp)
		if err != nil {
			http.Error(w, "not signed on", http.StatusForbidden)
			return
		}
		fmt.Fprintf(w, "hello %s", result.IDTokenClaims.Subject())
	}

	form := browse(begin)
	fmt.Println(post(callback, form))
	fmt.Println(post(callback, form)) // the same form once more
	// Output:
	// 200 hello jane
	// 400 no sign-on has begun
}

// browse is the browser on its way to the provider: it returns the form that the
// provider's page then posts to the callback.
func browse(begin http.HandlerFunc) url.Values {
	w := httptest.NewRecorder()
	begin(w, httptest.NewRequest(http.MethodGet, "/sign-on", nil))
	reply, err := http.Get(w.Header().Get("Location"))
	if err != nil {
		panic(err)
	}
	resp, err := implicit.ParseHTTPResponse(reply, "https://app.example.com/callback")
	if err != nil {
		panic(err)
	}
	form := url.Values{}
	for _, name := range resp.Names() {
		form.Set(name, resp.Get(name).Reveal())
	}
	return form
}

func post(callback http.HandlerFunc, form url.Values) string {
	r := httptest.NewRequest(http.MethodPost, "/callback", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	callback(w, r)
	return fmt.Sprint(w.Code, " ", strings.TrimSpace(w.Body.String()))
}
