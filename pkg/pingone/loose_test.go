package pingone

import (
	"net/http"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/pkg/internal/web"
)

// Whatever types a server gives the details, a lock-out is told as one.
func TestErrorDetailsOfOtherTypes(t *testing.T) {
	const locked = `{"id":"i","code":"INVALID_DATA","message":"m","details":[{"code":"PASSWORD_LOCKED_OUT","target":"password","innerError":`
	for name, row := range map[string]struct {
		body    string
		seconds int64
	}{
		"a number":               {locked + `{"secondsUntilUnlock":60}}]}`, 60},
		"a number as text":       {locked + `{"secondsUntilUnlock":"60"}}]}`, 60},
		"a fraction":             {locked + `{"secondsUntilUnlock":60.5}}]}`, 60},
		"other letters":          {locked + `{"secondsuntilunlock":"60"}}]}`, 60},
		"words":                  {locked + `{"secondsUntilUnlock":"soon"}}]}`, 0},
		"a negative number":      {locked + `{"secondsUntilUnlock":-1}}]}`, 0},
		"beyond all numbers":     {locked + `{"secondsUntilUnlock":1e99}}]}`, 0},
		"innerError as text":     {locked + `"60"}]}`, 0},
		"innerError as a list":   {locked + `[1]}]}`, 0},
		"remaining as text":      {locked + `{"failuresRemaining":"0","secondsUntilUnlock":"60"}}]}`, 60},
		"requirements as a text": {locked + `{"unsatisfiedRequirements":"length","secondsUntilUnlock":60}}]}`, 60},
		"a detail of no type":    {`{"code":"INVALID_DATA","details":["x",null,7,{"code":"PASSWORD_LOCKED_OUT"}]}`, 0},
		"one detail, no list":    {`{"code":"INVALID_DATA","details":{"code":"PASSWORD_LOCKED_OUT"}}`, 0},
		"a number as message":    {`{"id":7,"code":"INVALID_DATA","message":7,"details":[{"code":"PASSWORD_LOCKED_OUT","message":{"x":1},"target":null}]}`, 0},
	} {
		err := decodeError(&web.Reply{Status: 400, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(row.body)}, "x")
		var refused *Error
		if !asKind(err, &refused) || refused.Reason != ReasonLockedOut || refused.RetryAfter != time.Duration(row.seconds)*time.Second {
			t.Errorf("%s: %v", name, err)
		}
	}
	var e Error
	if !e.readJSON([]byte(`{"code":"INVALID_DATA","details":[{"code":"INVALID_VALUE","innerError":{"failuresRemaining":"1"}}]}`)) || !e.Details[0].inner.lastTry {
		t.Errorf("%+v", e)
	}
}
