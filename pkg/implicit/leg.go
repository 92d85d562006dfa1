package implicit

import "context"

// The legs of a sign-on: what a call is for.
const (
	LegDiscovery = "discovery"
	LegKeys      = "jwks"
	LegPreflight = "preflight" // authorize without a user, tried before a sign-on
	LegAuthorize = "authorize"
	LegFlow      = "flow"
	LegAction    = "action"
	LegResume    = "resume"
	LegUserInfo  = "userinfo"
	LegSignOff   = "signoff"
)

type legKey struct{}

// WithLeg notes in ctx what a call is for, unless that is noted already. This
// library does so for each of its calls, so that a [Client.Transport] that records
// them can tell them apart.
func WithLeg(ctx context.Context, leg string) context.Context {
	if Leg(ctx) != "" {
		return ctx
	}
	return context.WithValue(ctx, legKey{}, leg)
}

// Leg returns what [WithLeg] noted; empty where nothing was.
func Leg(ctx context.Context) string {
	leg, _ := ctx.Value(legKey{}).(string)
	return leg
}
