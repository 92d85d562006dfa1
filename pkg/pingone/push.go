package pingone

import (
	"cmp"
	"context"
	"time"
)

// waitForPush is no request: the phone answers, and the flow is read until it has.
var waitForPush = action{name: "push confirmation"}

// The times of a push. PingOne ends one after 40 to 150 s.
const (
	pushInterval = 3 * time.Second
	defaultWait  = 5 * time.Minute
)

// awaitPush looks at the flow once, 3 s after the question was asked: the answerer
// has used some of them.
func (s *signOn) awaitPush(ctx context.Context, flow *Flow, asked time.Time) (*Flow, error) {
	if s.pushSince.IsZero() {
		s.pushSince = asked
	}
	if waited := s.now().Sub(s.pushSince); waited >= cmp.Or(s.Wait, defaultWait) {
		return nil, pushTimedOut("the phone did not answer in " + waited.Round(time.Second).String())
	}
	if err := s.sleep(ctx, pushInterval-s.now().Sub(asked)); err != nil {
		return nil, err
	}
	next, err := s.ReadFlow(ctx, flow.ID)
	if err != nil {
		return nil, err
	}
	s.looks++
	return next.after(flow), nil
}

func pushTimedOut(message string) *Error {
	return &Error{Kind: KindFlow, Doing: waitForPush.name, Status: 200, Message: message, Reason: ReasonPushTimedOut}
}

func (c *Client) sleep(ctx context.Context, d time.Duration) error {
	switch {
	case d <= 0 || ctx.Err() != nil:
		return context.Cause(ctx)
	case c.Sleep != nil:
		return c.Sleep(ctx, d)
	case c.http().Sleep != nil:
		return c.http().Sleep(ctx, d)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
