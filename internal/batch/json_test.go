package batch

import (
	"bytes"
	"testing"

	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// The line is the one that words.JSON would write.
func FuzzAppendLine(f *testing.F) {
	for _, seed := range []string{"", "RS256", `kid "a\b"`, "\x00\x1f\x7f\u0085\u202e\u2028<>&", "\xff\xed\xa0\x80", "\U000e0041é"} {
		f.Add(seed, seed, 1)
		f.Add(seed, seed, 0)
	}
	f.Fuzz(func(t *testing.T, detail, found string, number int) {
		r := &implicit.Result{Checks: []implicit.Check{
			{Name: "key", Status: implicit.StatusPass, Detail: detail}, {Name: "issuer", Status: implicit.StatusFail, Expected: detail, Found: found, Clause: found},
		}}
		if number > 0 {
			r.Warnings = []implicit.Warning{{Code: "a", Message: detail}, {Code: found}}
		}
		var want bytes.Buffer
		if err := words.JSON(&want, struct {
			Line     int                `json:"line"`
			Valid    bool               `json:"valid"`
			Checks   []implicit.Check   `json:"checks"`
			Warnings []implicit.Warning `json:"warnings"`
		}{number, r.Valid(), r.Checks, append([]implicit.Warning{}, r.Warnings...)}); err != nil {
			t.Fatal(err)
		}
		if got := string(appendLine(nil, number, r)); got != want.String() {
			t.Errorf("wrote %s, expected %s", got, want.String())
		}
	})
}
