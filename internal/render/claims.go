package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/internal/words"
)

type member struct {
	name  string
	value json.RawMessage
}

// orderedMembers returns an object's members in their order.
func orderedMembers(object json.RawMessage) ([]member, error) {
	dec := json.NewDecoder(bytes.NewReader(object))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.Join(errors.New("expected a JSON object"), err)
	}
	var members []member
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, err
		}
		members = append(members, member{name.(string), value})
	}
	return members, nil
}

// timeClaims are the claims that hold seconds since 1970 (RFC 7519 NumericDate).
var timeClaims = []string{"exp", "iat", "nbf", "auth_time", "updated_at"}

func claimText(name string, value json.RawMessage, now time.Time) string {
	var seconds float64
	if slices.Contains(timeClaims, name) && json.Unmarshal(value, &seconds) == nil && seconds > -1e11 && seconds < 1e11 {
		return string(value) + "  " + words.When(time.Unix(int64(seconds), 0), now)
	}
	var text string
	if json.Unmarshal(value, &text) == nil {
		return words.Text(text)
	}
	var b bytes.Buffer
	if words.JSON(&b, value) != nil {
		return "?"
	}
	return strings.TrimSpace(b.String())
}
