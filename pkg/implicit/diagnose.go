package implicit

import "context"

// Diagnose makes the checks of [Verifier.VerifyResponse] that need no key, for a
// report on a response that was recorded: the checks of keys and signatures are
// skips, and those of claims are made all the same. It proves nothing, since anyone
// can write such a response: its result is never valid and has no tokens. v.Keys may
// be nil. The error is for a verifier without an issuer or a client.
//
// Of a provider's refusal state and iss are checked; it is on
// result.Unverified.Response.Error.
func (v *Verifier) Diagnose(ctx context.Context, e Expected, resp *Response) (*Result, error) {
	own := *v
	if own.Keys == nil {
		own.Keys = new(KeySet)
	}
	if err := own.ready(!resp.IDToken.Empty()); err != nil {
		return nil, err
	}
	run := own.begin(e, 2*checksPerToken)
	run.unsigned, run.valid = true, false
	run.Unverified.Response = resp
	if resp.Error != nil {
		run.add(run.state(resp))
		run.add(run.issuerParameter(resp))
		return run.Result, nil
	}
	if err := run.responseAndIDToken(ctx, resp); err != nil {
		return nil, err
	}
	_, _ = run.finish(ctx, resp.IDToken, resp.AccessToken) // no check fails for want of a key
	return run.Result, nil
}
