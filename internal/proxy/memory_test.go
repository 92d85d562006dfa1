package proxy

import (
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
)

// TestFlatMemory sends 10,000 requests, of which none leaves anything behind.
func TestFlatMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("10,000 requests")
	}
	g := start(t, nil, func(o *Options) { o.Log = func(Event) {} })
	g.api.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		w.Write(data)
	})
	body := strings.Repeat("x", 10_000)
	send := func(requests int) uint64 {
		for range requests {
			if resp, text := g.get("POST", "/orders", body); resp.StatusCode != 200 || len(text) != len(body) {
				t.Fatalf("status %d, %d bytes", resp.StatusCode, len(text))
			}
		}
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	early := send(1000)
	late := send(9000)
	t.Logf("heap in use after 1,000 requests: %d KiB, after 10,000: %d KiB", early>>10, late>>10)
	if late > early+1<<20 {
		t.Errorf("the heap grew by %d KiB", (late-early)>>10)
	}
}
