package sandbox

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// A client that does not trust the certificate sends no request, and the log says why.
func TestLogOfAFailedHandshake(t *testing.T) {
	t.Parallel()
	events := make(chan Event, 10)
	srv, err := Start(t.Context(), Options{Log: func(e Event) { events <- e }}, ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	client := &http.Client{Transport: &http.Transport{}} // no proxy, and only the system's roots
	if resp, err := client.Get(srv.URL); err == nil {
		resp.Body.Close()
		t.Fatal("the certificate is trusted")
	}
	select {
	case e := <-events:
		if e.Method != "" || !strings.Contains(e.Outcome, "certificate") {
			t.Errorf("the log says %+v", e)
		}
	case <-time.After(10 * time.Second):
		t.Error("the log says nothing")
	}
}

func TestOutcome(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, location, body, want string }{
		{"a sign-on page", "https://auth.example.com/signon/?flowId=f-1", "", "flow f-1"},
		{"tokens", "https://app.example.com/cb#access_token=a&state=s", "", "tokens"},
		{"an ID token alone", "https://app.example.com/cb#id_token=a&state=s", "", "tokens"},
		{"an error", "https://app.example.com/cb#error=invalid_scope&state=s", "", "invalid_scope"},
		{"a platform error", "https://app.example.com/?error=%7B%22code%22%3A%22NOT_FOUND%22%7D", "", "NOT_FOUND"},
		{"signed off", "https://app.example.com/bye", "", ""},
		{"a form", "", `<input type="hidden" name="id_token" value="a">`, "tokens"},
		{"a flow", "", `{"status":"COMPLETED"}`, "COMPLETED"},
		{"a refusal", "", `{"code":"INVALID_DATA","details":[{"code":"INVALID_VALUE"}]}`, "INVALID_VALUE"},
		{"OAuth", "", `{"error":"invalid_client"}`, "invalid_client"},
		{"a page", "", "<html>", ""},
	} {
		a := newAnswer(200, "", []byte(row.body))
		if row.location != "" {
			a.header.Set("Location", row.location)
		}
		if got := outcome(a); got != row.want {
			t.Errorf("%s: %q, expected %q", row.name, got, row.want)
		}
	}
}
