// Package words puts values into words that are safe to print: times and spans,
// who a token names, quoting for shells, JSON, and text that is not ours.
//
// What comes from the network, a certificate, a library, a file or a claim
// reaches a message through [Scrubber.Clean] alone.
package words

import (
	"strconv"
	"time"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// When returns t in UTC and its distance from now in words.
func When(t, now time.Time) string {
	distance := t.Sub(now).Round(time.Second)
	words := "now"
	switch {
	case distance > 0:
		words = "in " + Span(distance)
	case distance < 0:
		words = Span(-distance) + " ago"
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC") + " (" + words + ")"
}

// Span returns a duration in the largest unit that is precise enough to act on.
func Span(d time.Duration) string {
	units := []struct {
		name string
		size time.Duration
	}{{"day", 24 * time.Hour}, {"hour", time.Hour}, {"minute", time.Minute}, {"second", time.Second}}
	for _, u := range units {
		if d >= 2*u.size || (d >= u.size && u.size <= time.Minute) {
			n := int64((d + u.size/2) / u.size)
			if n == 1 {
				return "1 " + u.name
			}
			return strconv.FormatInt(n, 10) + " " + u.name + "s"
		}
	}
	return "less than a second"
}

// Who returns the name of the user who signed on: the first that userinfo or
// the ID token has of preferred_username, email and name (OpenID Connect Core
// section 5.1). It is empty where they have none, and userInfo may be nil.
func Who(r *implicit.Result, userInfo *implicit.Claims) string {
	for _, claims := range []*implicit.Claims{userInfo, r.Unverified.IDToken} {
		for _, name := range []string{"preferred_username", "email", "name"} {
			if claims == nil {
				continue
			}
			if v := claims.Text(name); v != "" {
				return v
			}
		}
	}
	return ""
}

// ExpiresIn returns expires_in, in seconds; ok is false where the response does not
// say, or says what is not whole seconds of at most 200 years.
func ExpiresIn(resp *implicit.Response) (seconds int64, ok bool) {
	seconds, err := strconv.ParseInt(resp.Get("expires_in").Reveal(), 10, 64)
	return seconds, err == nil && seconds >= 0 && seconds <= 200*365*24*3600
}

// Expiry returns when the access token, or the only token, expires: by
// expires_in, counted from received, or by its own exp, whichever is earlier.
// ok is false where neither says.
func Expiry(r *implicit.Result, received time.Time) (expires time.Time, ok bool) {
	earliest := func(t time.Time) {
		if !ok || t.Before(expires) {
			expires, ok = t, true
		}
	}
	if r.Unverified.AccessToken != nil {
		if t, has := r.Unverified.AccessToken.Time("exp"); has {
			earliest(t)
		}
	}
	if r.Unverified.Response != nil && !r.Unverified.Response.AccessToken.Empty() {
		if seconds, has := ExpiresIn(r.Unverified.Response); has {
			earliest(received.Add(time.Duration(seconds) * time.Second))
		}
		return expires, ok
	}
	if r.Unverified.IDToken != nil {
		if t, has := r.Unverified.IDToken.Time("exp"); has {
			earliest(t)
		}
	}
	return expires, ok
}
