package doctor

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
)

// Part is a part of the budget of requests.
type Part int

// The parts.
const (
	Anonymous Part = iota // without a credential
	SignedOn              // with one
	Regions               // asking the regions for the environment
	Fitting               // without a credential, to see which readings an environment follows
)

// Max returns how many requests the part allows.
func (p Part) Max() int { return [...]int{16, 12, 6, 16}[p] }

// Budget bounds the requests of one run: each part has its number, and the first
// answer with status 429 ends them all. The zero value is full.
type Budget struct {
	mu      sync.Mutex
	sent    [4]int
	limited bool
}

// Sent returns how many requests of a part were sent.
func (b *Budget) Sent(part Part) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.sent[part]
}

// Limited reports whether the provider asked for fewer requests (429).
func (b *Budget) Limited() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.limited
}

// BudgetError says that a request was not sent.
type BudgetError struct{ Reason string }

func (e *BudgetError) Error() string { return "not sent: " + e.Reason }

// Final says that another try gets the same answer.
func (e *BudgetError) Final() bool { return true }

// Kind is "unreachable": later there may be an answer.
func (e *BudgetError) Kind() string { return "unreachable" }

// unsent reports whether err is a request that the budget did not allow.
func unsent(err error) bool {
	var e *BudgetError
	return errors.As(err, &e)
}

func (b *Budget) take(part Part) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.limited:
		return &BudgetError{"the provider answered with status 429 (too many requests)"}
	case b.sent[part] >= part.Max():
		return &BudgetError{fmt.Sprintf("the limit of %d requests was reached", part.Max())}
	}
	b.sent[part]++
	return nil
}

func (b *Budget) limit() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.limited = true
}

// Transport sends what the part of the budget allows; else the error is a
// [*BudgetError].
func (b *Budget) Transport(part Part, next http.RoundTripper) http.RoundTripper {
	return metered{b, part, next}
}

type metered struct {
	budget *Budget
	part   Part
	next   http.RoundTripper
}

func (m metered) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := m.budget.take(m.part); err != nil {
		if req.Body != nil {
			req.Body.Close()
		}
		return nil, err
	}
	resp, err := m.next.RoundTrip(req)
	if err == nil && resp.StatusCode == http.StatusTooManyRequests {
		m.budget.limit()
	}
	return resp, err
}
