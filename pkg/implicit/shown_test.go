package implicit

import (
	"strings"
	"testing"
)

func TestShownClaims(t *testing.T) {
	for raw, want := range map[rawValue]string{
		`"a"`: `"a"`, `["a","b"]`: `["a","b"]`, `12`: `12`, `{"a":"b"}`: `{"a":"b"}`, `["`: `["`,
		rawValue("[" + strings.Repeat("1,", 200) + "1]"): "[" + strings.Repeat("1,", 149) + "1…",
	} {
		if found := shown(raw, true); found != want {
			t.Errorf("%.20s is shown as %s, expected %s", raw, found, want)
		}
	}
}
