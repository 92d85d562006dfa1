package doctor

import (
	"net/http"
	"strings"
	"sync"
)

// actionLog knows which actions of a sign-on flow were sent: PingOne names each in
// the media type of its request.
type actionLog struct {
	next http.RoundTripper

	mu   sync.Mutex
	sent []string
}

func (l *actionLog) RoundTrip(req *http.Request) (*http.Response, error) {
	const prefix, suffix = "application/vnd.pingidentity.", "+json"
	media, _, _ := strings.Cut(req.Header.Get("Content-Type"), ";")
	if name, ok := strings.CutPrefix(media, prefix); ok {
		l.mu.Lock()
		l.sent = append(l.sent, strings.TrimSuffix(name, suffix))
		l.mu.Unlock()
	}
	return l.next.RoundTrip(req)
}

// names returns the actions in their order, and how many they are.
func (l *actionLog) names() (all string, count int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.sent, ", "), len(l.sent)
}
