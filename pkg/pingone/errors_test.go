package pingone

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/internal/web"
)

// asKind is errors.As for a target of a table, which may be a reason.
func asKind(err error, target any) bool {
	if reason, ok := target.(Reason); ok {
		var e *Error
		return errors.As(err, &e) && e.Reason == reason
	}
	return errors.As(err, target)
}

func decoded(t *testing.T, status int, media, body string, header http.Header) (*Error, error) {
	t.Helper()
	u, err := url.Parse("https://auth.pingone.eu/" + envID + "/flows/f?secret=x")
	if err != nil {
		t.Fatal(err)
	}
	if header == nil {
		header = http.Header{}
	}
	header.Set("Content-Type", media)
	received := time.Date(2026, 1, 2, 14, 20, 10, 0, time.UTC)
	err = decodeError(&web.Reply{URL: u, Status: status, Header: header, Body: []byte(body), Received: received}, "read flow")
	var e *Error
	errors.As(err, &e)
	return e, err
}

func TestErrorShapes(t *testing.T) {
	rows := []struct {
		name        string
		status      int
		media, body string
		kind        Kind // empty: an AnswerError
		code        string
		reason      Reason
		correlation string
	}{
		{"platform", 400, "application/json", `{"id":"i-1","code":"INVALID_DATA","message":"No.","details":[{"code":"INVALID_VALUE","target":"otp","message":"m"}]}`, KindPlatform, "INVALID_DATA", ReasonWrongPasscode, ""},
		{"platform, vendor type", 400, "application/hal+json;charset=UTF-8", `{"code":"INVALID_DATA"}`, KindPlatform, "INVALID_DATA", ReasonOther, ""},
		{"OAuth", 400, "application/json", `{"error":"invalid_scope","error_description":"No. (Correlation ID: 0e1f2a3b-4c5d)"}`, KindOAuth, "invalid_scope", ReasonOther, "0e1f2a3b-4c5d"},
		{"correlation in a detail", 400, "application/json", `{"code":"INVALID_DATA","details":[{"code":"INVALID_VALUE","message":"No (correlation id: abcdef12-3456)"}]}`, KindPlatform, "INVALID_DATA", ReasonOther, "abcdef12-3456"},
		{"HTML", 502, "text/html; charset=utf-8", "<html><title>Bad\n  Gateway</title>", KindHTML, "", ReasonUnavailable, ""},
		{"HTML without a title", 403, "TEXT/HTML", "<h1>x</h1>", KindHTML, "", ReasonOther, ""},
		{"not found", 404, "application/json", `{"code":"NOT_FOUND"}`, KindPlatform, "NOT_FOUND", ReasonNotFound, ""},
		{"not found with another number", 400, "application/json", `{"code":"NOT_FOUND"}`, KindPlatform, "NOT_FOUND", ReasonNotFound, ""},
		{"rate", 429, "application/json", `{"code":"REQUEST_LIMITED"}`, KindPlatform, "REQUEST_LIMITED", ReasonRateLimited, ""},
		{"rate with another number", 400, "application/json", `{"code":"REQUEST_LIMITED"}`, KindPlatform, "REQUEST_LIMITED", ReasonRateLimited, ""},
		{"unavailable", 503, "application/json", `{"code":"UNEXPECTED_ERROR"}`, KindPlatform, "UNEXPECTED_ERROR", ReasonUnavailable, ""},
		{"locked out", 400, "application/json", `{"code":"INVALID_DATA","details":[{"code":"PASSWORD_LOCKED_OUT","innerError":{"secondsUntilUnlock":90}}]}`, KindPlatform, "INVALID_DATA", ReasonLockedOut, ""},
		{"locked out, inner error in small letters", 400, "application/json", `{"code":"INVALID_DATA","details":[{"code":"PASSWORD_LOCKED_OUT","innererror":{"secondsUntilUnlock":90}}]}`, KindPlatform, "INVALID_DATA", ReasonLockedOut, ""},
		{"no password", 400, "application/json", `{"code":"INVALID_DATA","details":[{"code":"NO_PASSWORD"}]}`, KindPlatform, "INVALID_DATA", ReasonNoPassword, ""},
		{"redirect URI", 400, "application/json", `{"code":"INVALID_DATA","details":[{"code":"INVALID_VALUE","target":"redirect_uri"}]}`, KindPlatform, "INVALID_DATA", ReasonRedirectMismatch, ""},
		{"redirect URI in words", 400, "application/json", `{"error":"invalid_request","error_description":"Redirect URI mismatch"}`, KindOAuth, "invalid_request", ReasonRedirectMismatch, ""},
		{"empty", 500, "", "", "", "", ReasonOther, ""},
		{"JSON of neither shape", 400, "application/json", `{"hello":"world"}`, "", "", ReasonOther, ""},
		{"JSON that is an array", 400, "application/json", `[1]`, "", "", ReasonOther, ""},
		{"JSON cut off", 400, "application/json", `{"code":"INVALID_`, "", "", ReasonOther, ""},
		{"fields of other types", 400, "application/json", `{"code":7,"details":"x"}`, "", "", ReasonOther, ""},
		{"plain text", 400, "text/plain", "secret password", "", "", ReasonOther, ""},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			e, err := decoded(t, row.status, row.media, row.body, nil)
			if row.kind == "" {
				var unusable *implicit.HTTPError
				if !errors.As(err, &unusable) || unusable.Status != row.status || strings.Contains(err.Error(), "secret") {
					t.Fatalf("%T: %v", err, err)
				}
				return
			}
			if e == nil || e.Kind != row.kind || e.Code != row.code || e.Reason != row.reason || e.CorrelationID != row.correlation {
				t.Fatalf("%+v", e)
			}
			if row.reason == ReasonLockedOut && !strings.Contains(e.Error(), "until 14:21 UTC, for another 2 minutes") {
				t.Errorf("the time until the unlock is lost: %v", e)
			}
			if strings.Contains(err.Error(), "secret=") {
				t.Errorf("a query is printed: %v", err)
			}
		})
	}
}

func TestErrorHeaders(t *testing.T) {
	for name, want := range map[string]time.Duration{"7": 7 * time.Second, "0": 0, "-7": 0, "": 0, "1h2": 0, "soon": 0, "99999999999999999999": 0} {
		e, _ := decoded(t, 429, "application/json", `{"code":"REQUEST_LIMITED"}`, http.Header{"Retry-After": {name}})
		if e.RetryAfter != want {
			t.Errorf("Retry-After: %s is read as %v", name, e.RetryAfter)
		}
	}
	for _, name := range correlationHeaders {
		e, _ := decoded(t, 400, "application/json", `{"code":"X"}`, http.Header{name: {"c-1"}})
		if e.CorrelationID != "c-1" {
			t.Errorf("%s is not read", name)
		}
	}
}

// What is wrong with the credentials PingOne says in five ways.
func TestWrongCredentials(t *testing.T) {
	rows := map[string]reply{
		"INVALID_CREDENTIALS":       {status: 400, body: `{"code":"INVALID_DATA","details":[{"code":"INVALID_CREDENTIALS"}]}`},
		"INVALID_VALUE of username": {status: 400, body: `{"code":"INVALID_DATA","details":[{"code":"INVALID_VALUE","target":"username"}]}`},
		"INVALID_VALUE of password": {status: 403, body: `{"code":"INVALID_DATA","details":[{"code":"INVALID_VALUE","target":"password","innerError":{"failuresRemaining":4}}]}`},
		"200 with an error":         {status: 200, body: flowBody("USERNAME_PASSWORD_REQUIRED", nil, `"error":{"code":"X","message":"No (Correlation ID: abcdef12-3456)"}`)},
		"200 with the same status":  {status: 200, body: asksBoth.body, header: map[string]string{"X-Request-Id": "abcdef12-3456"}},
	}
	for name, answer := range rows {
		s, c := newScript(t, usual(map[string][]reply{flowPost: {answer}}))
		_, err := s.signOn(c, "fragment")
		var e *Error
		if !errors.As(err, &e) || e.Reason != ReasonWrongCredentials {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if answer.status == 200 && e.CorrelationID != "abcdef12-3456" {
			t.Errorf("%s: the correlation ID is %q", name, e.CorrelationID)
		}
	}
	// The same codes of another action are no wrong password.
	e := &Error{Details: []Detail{{Code: "INVALID_VALUE", Target: "username"}}}
	e.of(updateProfile)
	if e.Reason != ReasonInvalidValue {
		t.Errorf("user.update: %v", e)
	}
}

func TestHostedErrors(t *testing.T) {
	const platform = `{"code":"NOT_FOUND","message":"No such application (Correlation ID: abcdef12-3456)"}`
	rows := []struct {
		name, query, code, correlation string
		reason                         Reason
	}{
		{"JSON", url.Values{"error": {platform}}.Encode(), "NOT_FOUND", "abcdef12-3456", ReasonNotFound},
		{"JSON escaped twice", url.Values{"error": {url.QueryEscape(platform)}}.Encode(), "NOT_FOUND", "abcdef12-3456", ReasonNotFound},
		{"OAuth", "error=invalid_scope&error_description=No+(Correlation+ID:+abcdef12-3456)", "invalid_scope", "abcdef12-3456", ReasonOther},
		{"text", "error=Redirect+URI+mismatch", "Redirect URI mismatch", "", ReasonRedirectMismatch},
		{"markup", "error=%3Cscript%3Ealert(1)%3C/script%3E", "<script>alert(1)</script>", "", ReasonOther},
		{"broken JSON", "error=%7B%22code%22", `{"code"`, "", ReasonOther},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			_, c := newScript(t, usual(map[string][]reply{authorizePath: {{status: 302, location: "https://apps.pingone.eu/x/signon/?" + row.query}}}))
			_, err := c.Authorize(context.Background(), c.NewRequest("app", redirectURI))
			var e *Error
			if !errors.As(err, &e) || e.Kind != KindHosted || e.Code != row.code || e.CorrelationID != row.correlation || e.Reason != row.reason {
				t.Fatalf("%+v", err)
			}
		})
	}
}

// Text from the network cannot drive a terminal, and is bounded.
func TestErrorTextIsHarmless(t *testing.T) {
	body, err := json.Marshal(map[string]any{"code": "\x1b]0;x\x07", "message": strings.Repeat("\u202e\u009b", 5000)})
	if err != nil {
		t.Fatal(err)
	}
	_, err = decoded(t, 400, "application/json", string(body), nil)
	if text := err.Error(); strings.ContainsAny(text, "\x1b\x07\u202e\u009b") || len(text) > 5000 {
		t.Errorf("%d bytes: %.200q", len(text), text)
	}
}

func TestOAuthError(t *testing.T) {
	e, _ := decoded(t, 400, "application/json", `{"code":"INVALID_DATA","message":"No.","details":[{"code":"INVALID_VALUE","target":"response_type","message":"Off."}]}`, nil)
	if got := e.OAuthError(); got.Code != "invalid_data" || got.Description != "No. response_type Off." {
		t.Errorf("%+v", got)
	}
}

func TestUserInfoErrors(t *testing.T) {
	for name, answer := range map[string]reply{
		"platform": {status: 403, body: `{"code":"ACCESS_FAILED","message":"x"}`},
		"OAuth":    {status: 401, body: `{"error":"invalid_token"}`},
	} {
		s, c := newScript(t, map[string][]reply{"GET /as/userinfo": {answer}})
		_, err := c.UserInfo(context.Background(), implicit.NewSecret("the-token"))
		var e *Error
		if !errors.As(err, &e) || e.Status != answer.status || strings.Contains(err.Error(), "the-token") {
			t.Errorf("%s: %v", name, err)
		}
		if got := s.requests[0].Header; got.Get("Authorization") != "Bearer the-token" || got.Get("Cookie") != "" {
			t.Errorf("%s: sent %v", name, got)
		}
	}
}

// Whatever a flow's JSON holds, it is read or refused.
func FuzzParseFlow(f *testing.F) {
	for _, body := range []string{asksBoth.body, completed.body, flowBody("COMPLETED", nil, `"authorizeResponse":{"access_token":"a","expires_in":3600,"x":[1]}`),
		at("DEVICE_SELECTION_REQUIRED", "device.select", `"error":{"code":"X","details":[{"innerError":{"coolDownExpiresAt":"2026-01-02T03:04:05Z"}}]}`).body,
		`{"status":"PASSWORD_EXPIRED","_embedded":{"passwordPolicy":{"length":{"min":"8"},"minCharacters":{"a":1,"":2}},"devices":[1,{"id":[]}],"attributes":{}}}`,
		`{"interactionId":"x"}`, `{"status":"X","id":"../"}`, `{"_links":{"a":null,"b":{"href":7}}}`, `null`, `[]`, `{"status":"COMPLETED","status":"FAILED"}`, "{\"status\":\"\xff\"}"} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		flow, err := ParseFlow(body)
		var person *implicit.InteractionRequiredError
		var parse *implicit.ParseError
		switch {
		case err != nil && !errors.As(err, &person) && !errors.As(err, &parse):
			t.Errorf("%T: %v", err, err)
		case err == nil && (flow.Status == "" || flow.ID != "" && !flowIDShape().MatchString(flow.ID)):
			t.Errorf("a flow without its ID or status: %+v", flow)
		case err == nil && flow.Error != nil && flow.Error.Error() == "":
			t.Errorf("an error that says nothing: %+v", flow.Error)
		}
	})
}

func FuzzHostedError(f *testing.F) {
	for _, query := range []string{"error=x", "error=%7B%22code%22%3A%22X%22%7D", "error=%257B", "error=%zz", "error={\"code\":1}", "error={\"other\":0}"} {
		f.Add(query)
	}
	f.Fuzz(func(t *testing.T, query string) {
		if e, ok := hostedError(&url.URL{Scheme: "https", Host: "apps.pingone.eu", RawQuery: query}, "authorize", 302); ok && (e.Error() == "" || e.Code == "" && e.Message == "") {
			t.Errorf("%q says nothing: %+v", query, e)
		}
	})
}
