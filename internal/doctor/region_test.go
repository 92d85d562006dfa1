package doctor

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// regions answers for the six hosts.
type regions struct {
	mu     sync.Mutex
	asked  []string
	status map[string]int // by host; 404 for the others
}

func (r *regions) RoundTrip(req *http.Request) (*http.Response, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = append(r.asked, req.URL.String())
	status, body := r.status[req.URL.Host], `{"code":"NOT_FOUND"}`
	if status == 0 {
		status = 404
	}
	if status == 200 {
		body = `{"issuer":"https://login.example.com/as","authorization_endpoint":"https://login.example.com/as/authorize"}`
	}
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)), Request: req}, nil
}

func TestFindRegion(t *testing.T) {
	rows := []struct {
		name     string
		status   map[string]int
		expected Status
		exit     int
		says     string
	}{
		{"as configured", map[string]int{"auth.pingone.eu": 200}, OK, 0, ""},
		{"another", map[string]int{"auth.pingone.com.au": 200}, Failed, 2, "--region AU"},
		{"none", nil, Failed, 3, "environment ID"},
		{"one did not answer", map[string]int{"auth.pingone.sg": 503}, CouldNotTell, 0, ""},
		{"two", map[string]int{"auth.pingone.sg": 200, "auth.pingone.ca": 200}, CouldNotTell, 0, ""},
	}
	for _, row := range rows {
		r, hosts := testRun(t), &regions{status: row.status}
		r.Transport = hosts
		found := FindRegion().Ask(t.Context(), r)
		if f := found[0]; len(found) != 1 || f.Status != row.expected || f.Exit != row.exit || !strings.Contains(f.Change, row.says) {
			t.Errorf("%s: %+v", row.name, found)
		}
		if len(hosts.asked) != Regions.Max() || r.Budget.Sent(Regions) != len(hosts.asked) {
			t.Errorf("%s: asked %q", row.name, hosts.asked)
		}
		for _, address := range hosts.asked {
			if !strings.HasSuffix(address, "/"+testEnvironment+"/as/.well-known/openid-configuration") {
				t.Errorf("%s: asked %s", row.name, address)
			}
		}
	}
}

// An environment on another host is no region's to know.
func TestFindRegionAsksOfItsOwnEnvironmentsAlone(t *testing.T) {
	r := testRun(t, "IMPLICIT_ENVIRONMENT_ID=", "IMPLICIT_REGION=", "IMPLICIT_AUTH_URL=https://login.example.com")
	if f := FindRegion().Ask(t.Context(), r)[0]; f.Status != Skipped || r.Budget.Sent(Regions) != 0 {
		t.Errorf("%+v", f)
	}
}
