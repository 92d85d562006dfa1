package pingone

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// What an error is about must not be lost because a member of it has another
// type than PingOne's pages say: it is read as far as it can be. encoding/json
// matches names without regard to case, as innerError and innererror want.

// looseText is a JSON string or number; any other value is empty.
type looseText string

// UnmarshalJSON implements [json.Unmarshaler].
func (t *looseText) UnmarshalJSON(raw []byte) error {
	var s string
	var n json.Number
	if json.Unmarshal(raw, &s) == nil {
		*t = looseText(s)
	} else if json.Unmarshal(raw, &n) == nil {
		*t = looseText(n)
	}
	return nil
}

// short is a name to show: its beginning, where it is too long to be one.
func (t looseText) short() string {
	const maxLength = 200
	if len(t) <= maxLength {
		return string(t)
	}
	return strings.ToValidUTF8(string(t[:maxLength]), "") + "…"
}

// number returns the number without its fraction.
func (t looseText) number() (int64, bool) {
	f, err := strconv.ParseFloat(string(t), 64)
	if err != nil || !(-1e15 < f && f < 1e15) {
		return 0, false
	}
	return int64(f), true
}

// time reads milliseconds or seconds of the Unix clock, or RFC 3339.
func (t looseText) time() (time.Time, bool) {
	n, ok := t.number()
	switch {
	case ok && n >= 1e11:
		return time.UnixMilli(n), true
	case ok && n >= 1e9:
		return time.Unix(n, 0), true
	}
	at, err := time.Parse(time.RFC3339, string(t))
	return at, err == nil
}

// details are a list of details, or one.
type details []Detail

// UnmarshalJSON implements [json.Unmarshaler].
func (d *details) UnmarshalJSON(raw []byte) error {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		list = []json.RawMessage{raw}
	}
	for _, one := range list {
		var v struct {
			Code, Target, Message looseText
			InnerError            innerError
		}
		_ = json.Unmarshal(one, &v) // decodes what it can
		if v.Code != "" || v.Target != "" || v.Message != "" {
			*d = append(*d, Detail{string(v.Code), string(v.Target), string(v.Message), v.InnerError})
		}
	}
	return nil
}

// innerError is what PingOne adds to a detail.
type innerError struct {
	untilUnlock time.Duration // 0: unknown
	expires     time.Time     // of a cool-down
	lastTry     bool
	unsatisfied []string
}

// UnmarshalJSON implements [json.Unmarshaler].
func (e *innerError) UnmarshalJSON(raw []byte) error {
	var v struct {
		SecondsUntilUnlock, CoolDownExpiresAt, QuotaResetTime looseText
		FailuresRemaining, AttemptsRemaining                  looseText
		UnsatisfiedRequirements                               []looseText
	}
	_ = json.Unmarshal(raw, &v) // decodes what it can
	*e = innerError{}
	if n, ok := v.SecondsUntilUnlock.number(); ok && 0 < n && n < 1e9 {
		e.untilUnlock = time.Duration(n) * time.Second
	}
	for _, t := range []looseText{v.QuotaResetTime, v.CoolDownExpiresAt} {
		if at, ok := t.time(); ok {
			e.expires = at
		}
	}
	for _, t := range []looseText{v.FailuresRemaining, v.AttemptsRemaining} {
		if n, ok := t.number(); ok && n <= 1 {
			e.lastTry = true
		}
	}
	for _, r := range v.UnsatisfiedRequirements {
		e.unsatisfied = append(e.unsatisfied, string(r))
	}
	return nil
}

// wait returns how long it takes until the user may try again; 0: unknown.
func (e innerError) wait(received time.Time) time.Duration {
	if e.untilUnlock > 0 || received.IsZero() {
		return e.untilUnlock
	}
	return max(e.expires.Sub(received), 0)
}
