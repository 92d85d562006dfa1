package implicit

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
)

// A key set that is cut short is asked for twice in a run, whether its length
// says so or not, and however often keys are wanted.
func TestKeySetThatAnswersShort(t *testing.T) {
	for name, length := range map[string]string{"broken off": "100", "half a document": "9", "nothing": "0"} {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int32
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				w.Header().Set("Content-Type", "application/json")
				w.Header().Set("Content-Length", length)
				if length != "0" {
					fmt.Fprint(w, `{"keys":[`)
				}
			}))
			defer srv.Close()
			keys := NewRemoteKeySet(quick(), srv.URL, nil)
			keys.Prefetch(t.Context())
			for range 4 { // ID token, access token, and both of a renewal
				if _, err := keys.current(t.Context()); err == nil {
					t.Error("no error")
				}
			}
			if n := asked.Load(); n > 2 {
				t.Errorf("asked for %d times", n)
			}
		})
	}
}
