package pingone

import (
	"encoding/json"
	"strconv"
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

// number returns the number without its fraction.
func (t looseText) number() (int64, bool) {
	f, err := strconv.ParseFloat(string(t), 64)
	if err != nil || !(-1e15 < f && f < 1e15) {
		return 0, false
	}
	return int64(f), true
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
		var detail Detail
		if json.Unmarshal(one, &detail) == nil && (detail.Code != "" || detail.Target != "" || detail.Message != "") {
			*d = append(*d, detail)
		}
	}
	return nil
}

// UnmarshalJSON implements [json.Unmarshaler].
func (d *Detail) UnmarshalJSON(raw []byte) error {
	var v struct {
		Code, Target, Message looseText
		InnerError            InnerError
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		return err
	}
	*d = Detail{string(v.Code), string(v.Target), string(v.Message), v.InnerError}
	return nil
}

// UnmarshalJSON implements [json.Unmarshaler].
func (e *InnerError) UnmarshalJSON(raw []byte) error {
	var v struct {
		SecondsUntilUnlock, FailuresRemaining looseText
		UnsatisfiedRequirements               json.RawMessage
	}
	if json.Unmarshal(raw, &v) != nil {
		return nil
	}
	*e = InnerError{}
	e.SecondsUntilUnlock, _ = v.SecondsUntilUnlock.number()
	if n, ok := v.FailuresRemaining.number(); ok {
		e.FailuresRemaining = &n
	}
	var requirements []looseText
	if json.Unmarshal(v.UnsatisfiedRequirements, &requirements) == nil {
		for _, r := range requirements {
			e.UnsatisfiedRequirements = append(e.UnsatisfiedRequirements, string(r))
		}
	}
	return nil
}
