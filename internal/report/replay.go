package report

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// Replay is what was found when a recorded sign-on was parsed and validated again, at
// its recorded time. It diagnoses a sign-on and proves nothing: anyone can write such a file.
type Replay struct {
	*Recorded
	Issuer   string // that the tokens must be from; empty: the recording does not tell
	ClientID string
	Checks   []implicit.Check
	Warnings []implicit.Warning
	Lacks    []Lack

	// Unchecked are the cryptographic checks that could not be made again.
	Unchecked []string

	// Valid is set where every cryptographic check was made again, and false where
	// a check failed.
	Valid *bool

	keys    *implicit.KeySet
	pingOne bool
	assumed []string // checks whose expected value is not in the recording
}

// Given is what a user knows about a recorded sign-on.
type Given struct {
	Issuer, ClientID string // empty: as the recording tells
	Keys             *implicit.KeySet
}

// NewReplay parses and validates the sign-on of an archive again; nothing is fetched.
// Without keys no signature is verified. The error is for a recording without any
// sign-on ([*HARError]) and for a response that cannot be read
// ([*implicit.ParseError]).
func NewReplay(ctx context.Context, a *Archive, g Given) (*Replay, error) {
	p := &Replay{Recorded: a.SignOn(), keys: g.Keys}
	switch {
	case p.Problem != nil:
		return nil, p.Problem
	case p.Response == nil && p.Endpoint == "":
		return nil, a.withoutSignOn()
	}
	p.Lacks = a.Lacks(p.Recorded)
	if p.Response == nil {
		return p, nil
	}
	p.Issuer, p.pingOne = a.issuer(p.Endpoint)
	p.Issuer, p.ClientID = cmp.Or(g.Issuer, p.Issuer), cmp.Or(g.ClientID, p.Request["client_id"])
	return p, p.validate(ctx)
}

func (a *Archive) withoutSignOn() error {
	problem := "no sign-on by the implicit grant is among its " + strconv.Itoa(len(a.Recording.Entries)) + " entries"
	if strings.HasPrefix(a.Creator, "WebKit") {
		problem += "; Safari does not export redirects, which hold the authorize request and the tokens: record with another browser"
	}
	return &HARError{problem}
}

// issuer returns the issuer of an authorization endpoint: by a discovery document in
// the recording, or as PingOne's addresses are made.
func (a *Archive) issuer(endpoint string) (issuer string, pingOne bool) {
	if endpoint == "" {
		return "", false
	}
	if base, ok := strings.CutSuffix(endpoint, "/as/authorize"); ok {
		if env, err := pingone.ParseEnvironment(base); err == nil {
			issuer, pingOne = env.Issuer(), true
		}
	}
	for _, e := range a.Recording.Entries {
		if e.Request == nil || e.Response == nil || !strings.HasSuffix(e.Request.URL, "/.well-known/openid-configuration") {
			continue
		}
		var document struct {
			Issuer   string `json:"issuer"`
			Endpoint string `json:"authorization_endpoint"`
		}
		if json.Unmarshal([]byte(e.Response.Body.Text), &document) == nil && document.Endpoint == endpoint && document.Issuer != "" {
			issuer = document.Issuer
		}
	}
	return issuer, pingOne
}

func (p *Replay) validate(ctx context.Context) error {
	resp, clear := withoutFingerprints(p.Response)
	v := p.verifier(resp)
	var result *implicit.Result
	var err error
	if clear && p.keys != nil && resp.Error == nil {
		result, err = v.VerifyResponse(ctx, p.expected(), resp)
	} else {
		result, err = v.Diagnose(ctx, p.expected(), resp)
		p.unchecked(clear)
	}
	if result == nil {
		return err
	}
	p.Warnings = result.Warnings
	failed := false
	for _, c := range result.Checks {
		c = p.revise(c)
		p.Checks = append(p.Checks, c)
		failed = failed || c.Status == implicit.StatusFail
	}
	if verdict := !failed; failed || len(p.Unchecked)+len(p.assumed) == 0 && resp.Error == nil {
		p.Valid = &verdict
	}
	return nil
}

// withoutFingerprints returns the response with tokens that can be read: an empty part
// is in the place of a signature of which the recording has the fingerprint alone.
func withoutFingerprints(recorded *implicit.Response) (resp *implicit.Response, clear bool) {
	c := *recorded
	clear = true
	for _, token := range []*implicit.Secret{&c.IDToken, &c.AccessToken} {
		text := token.Reveal()
		if !isRedacted(text) {
			continue
		}
		clear = false
		if dot := strings.LastIndexByte(text, '.'); dot > 0 {
			*token = implicit.NewSecret(text[:dot+1])
		}
	}
	return &c, clear
}

// verifier expects what the recording tells. What it does not tell is taken from the
// token, and its checks become skips.
func (p *Replay) verifier(resp *implicit.Response) *implicit.Verifier {
	at := p.Received
	v := &implicit.Verifier{Issuer: p.Issuer, ClientID: p.ClientID, Keys: p.keys, Now: func() time.Time { return at }}
	if p.pingOne {
		v.AccessToken.FromIssuer, v.ACRPromised = true, true
	} else {
		v.Algorithms = implicit.Algorithms()
	}
	claims, err := implicit.DecodeUnverified(resp.IDToken.Reveal())
	if err != nil {
		claims = new(implicit.Claims)
	}
	if v.Issuer == "" {
		v.Issuer = claims.Text("iss")
		p.assumed = append(p.assumed, implicit.CheckIssuer, implicit.CheckIssuerParameter)
	}
	if v.ClientID == "" {
		v.ClientID = strings.Join(claims.Audience(), " ")
		p.assumed = append(p.assumed, implicit.CheckAudience, implicit.CheckAuthorizedParty)
	}
	if at.IsZero() {
		p.assumed = append(p.assumed, implicit.CheckExpiry, implicit.CheckIssuedAt, implicit.CheckNotBefore, implicit.CheckAuthTime)
	}
	const unknown = "(unknown)" // an empty one is refused, and this check is a skip
	if v.Issuer == "" {
		v.Issuer = unknown
	}
	if v.ClientID == "" {
		v.ClientID = unknown
	}
	return v
}

func (p *Replay) expected() implicit.Expected {
	q := p.Request
	e := implicit.Expected{
		Partial: true, ResponseType: q["response_type"], ResponseMode: q["response_mode"],
		State: q["state"], Nonce: q["nonce"], ACRValues: q["acr_values"], RequestedAt: p.Requested,
	}
	if seconds, err := strconv.ParseInt(q["max_age"], 10, 64); err == nil && seconds >= 0 {
		e.MaxAge = &seconds
	}
	return e
}

// unchecked notes the cryptographic checks that are not made without a key, or without
// the tokens.
func (p *Replay) unchecked(clear bool) {
	id, access := !p.Response.IDToken.Empty(), !p.Response.AccessToken.Empty()
	if p.Response.Error != nil || !id && !access {
		return
	}
	p.Unchecked = append(p.Unchecked, implicit.CheckSignature)
	if id && access && !clear {
		p.Unchecked = append(p.Unchecked, implicit.CheckATHash)
	}
}

// revise makes skips of the checks that the recording has nothing for.
func (p *Replay) revise(c implicit.Check) implicit.Check {
	name, ofAccess := strings.CutPrefix(c.Name, implicit.AccessTokenPrefix)
	token := p.Response.IDToken.Reveal()
	if ofAccess {
		token = p.Response.AccessToken.Reveal()
	}
	reason := ""
	switch {
	case aroundTokens(c.Name):
	case isRedacted(token) && !strings.Contains(token, "."):
		reason = "the recording has only the token's fingerprint"
	case c.Name == implicit.CheckATHash && isRedacted(p.Response.AccessToken.Reveal()):
		reason = "the recording does not have the access token"
	}
	if slices.Contains(p.assumed, name) && !(ofAccess && name == implicit.CheckAudience) {
		reason = "the recording does not say what to expect"
	}
	if reason == "" {
		return c
	}
	return implicit.Check{Name: c.Name, Status: implicit.StatusSkip, Detail: reason}
}

// aroundTokens reports whether a check is of the response around the tokens.
func aroundTokens(name string) bool {
	return slices.Contains([]string{
		implicit.CheckChannel, implicit.CheckState, implicit.CheckIssuerParameter, implicit.CheckTokens, implicit.CheckTokenType,
	}, name)
}

// Failed returns the first check that failed; ok is false when none did.
func (p *Replay) Failed() (c implicit.Check, ok bool) {
	i := slices.IndexFunc(p.Checks, func(c implicit.Check) bool { return c.Status == implicit.StatusFail })
	if i < 0 {
		return c, false
	}
	return p.Checks[i], true
}
