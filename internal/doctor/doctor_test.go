package doctor

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestFindingsAreReportedInHopOrder(t *testing.T) {
	first, second := make(chan struct{}), make(chan struct{})
	probes := []Probe{
		{Name: "sign-on", After: []string{"settings", "unknown"}, Ask: func(context.Context, *Run) []Finding {
			return []Finding{{Name: "tokens", Hop: HopSignOn, Status: Failed, Exit: 5}}
		}},
		{Name: "settings", Ask: func(context.Context, *Run) []Finding {
			close(first) // both run at the same time, or neither ends
			<-second
			return []Finding{{Name: "settings", Hop: HopSettings, Status: OK, Exit: 2}}
		}},
		{Name: "application", Ask: func(context.Context, *Run) []Finding {
			close(second)
			<-first
			return []Finding{{Name: "client", Hop: HopApplication, Status: Failed, Exit: 3}}
		}},
	}
	report := Examine(context.Background(), &Run{}, probes, nil)
	var names []string
	for _, f := range report.Findings {
		names = append(names, f.Name)
	}
	if got := strings.Join(names, " "); got != "settings client tokens" {
		t.Errorf("order: %s", got)
	}
	if report.Exit != 3 || report.Findings[0].Exit != 0 {
		t.Errorf("exit status %d, of what is ok %d", report.Exit, report.Findings[0].Exit)
	}
}

func TestBudget(t *testing.T) {
	status := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
	defer server.Close()
	var b Budget
	send := func(part Part) error {
		req := httptest.NewRequest(http.MethodPost, server.URL, io.NopCloser(strings.NewReader("")))
		resp, err := b.Transport(part, http.DefaultTransport).RoundTrip(req)
		if err == nil {
			resp.Body.Close()
		}
		return err
	}
	for range Regions.Max() {
		if err := send(Regions); err != nil {
			t.Fatal(err)
		}
	}
	var unpaid *BudgetError
	if err := send(Regions); !errors.As(err, &unpaid) || b.Sent(Regions) != 6 {
		t.Errorf("the seventh request: %v", err)
	}
	status = http.StatusTooManyRequests
	if err := send(Anonymous); err != nil {
		t.Fatal(err)
	}
	if err := send(SignedOn); !errors.As(err, &unpaid) || b.Sent(SignedOn) != 0 {
		t.Errorf("a request after status 429: %v", err)
	}
}
