package login

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// A proxy that refuses to connect is named, with its status and without its
// words.
func TestProxyThatRefuses(t *testing.T) {
	for status, exit := range map[int]int{302: 3, 403: 3, 407: 3, 408: 6, 429: 6, 502: 6, 503: 6, 504: 6} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			var asked int
			proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				asked++
				w.Header().Set("X-Secret", "secret words")
				w.WriteHeader(status)
			}))
			defer proxy.Close()
			transport := &http.Transport{OnProxyConnectResponse: checkConnect,
				Proxy: func(*http.Request) (*url.URL, error) { return url.Parse(proxy.URL) }}
			client := &implicit.Client{Transport: transport, Sleep: func(context.Context, time.Duration) error { return nil }}
			_, err := implicit.Discover(t.Context(), client, "https://login.example.com")
			if err == nil {
				t.Fatal("no error")
			}
			f := fault.Of(err, fault.Context{})
			if f.Exit != exit || !strings.Contains(f.Message, proxy.Listener.Addr().String()) || !strings.Contains(f.Message, fmt.Sprint("status ", status)) {
				t.Errorf("%+v", f)
			}
			if status == http.StatusProxyAuthRequired && !strings.Contains(f.Hint, "HTTPS_PROXY=http://user:password@host:port") {
				t.Errorf("the hint is %q", f.Hint)
			}
			if (asked > 1) != (exit == 6) {
				t.Errorf("the proxy was asked %d times", asked)
			}
			if strings.Contains(f.Message, "secret") {
				t.Errorf("the proxy's words: %s", f.Message)
			}
		})
	}
}
