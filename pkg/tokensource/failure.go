package tokensource

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// The pauses between tries.
const (
	firstPause = time.Second
	maxPause   = time.Minute
	maxAsked   = time.Hour // by PingOne
)

// failure is why there is no new token; the zero value: nothing failed.
type failure struct {
	err     error
	pause   time.Duration // 0: the failure is final
	retryAt time.Time
}

func (f failure) final() bool { return f.err != nil && f.pause == 0 }

// blocks reports whether nothing may be sent.
func (f failure) blocks(now time.Time) bool { return f.final() || now.Before(f.retryAt) }

// next returns the failure that follows f.
func (f failure) next(err error, now time.Time) failure {
	again, after := temporary(err)
	if !again {
		return failure{err: err}
	}
	pause := min(max(2*f.pause, firstPause), maxPause)
	return failure{err, pause, now.Add(max(pause, min(after, maxAsked)))}
}

// temporary reports whether trying again can help, and the pause that PingOne asks
// for. Errors of the network count as such whoever returned them: an Answerer may
// ask a vault. A cancelled context leaves a token that is still valid.
func temporary(err error) (again bool, after time.Duration) {
	var network net.Error
	var noAnswer *implicit.NetworkError
	var unusable *implicit.HTTPError
	var refused *pingone.Error
	var refusal *implicit.AuthorizeError
	switch {
	case errors.As(err, &refused):
		return refused.Reason == pingone.ReasonUnavailable || refused.Reason == pingone.ReasonRateLimited ||
			busy(refused.OAuthError()), refused.RetryAfter
	case errors.As(err, &refusal):
		return busy(refusal), 0
	case errors.As(err, &unusable):
		return unusable.Status >= 500 || unusable.Status == http.StatusTooManyRequests || unusable.Status == http.StatusRequestTimeout, 0
	}
	return errors.As(err, &noAnswer) || errors.As(err, &network) || errors.Is(err, context.Canceled), 0
}

// busy reports whether a refusal is of the server's state: RFC 6749 section 4.2.2.1.
func busy(refusal *implicit.AuthorizeError) bool {
	return refusal.Code == "temporarily_unavailable" || refusal.Code == "server_error"
}
