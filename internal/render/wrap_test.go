package render_test

import (
	"strings"
	"testing"

	"github.com/implicit-cli/implicit/internal/render"
)

func TestMessage(t *testing.T) {
	for _, row := range []struct {
		name, text string
		width      int
		want       string
	}{
		{"no width", "one two three four five six seven eight", 0, "implicit: one two three four five six seven eight\n"},
		{"wrapped", "one two three four five six", 24, "implicit: one two three\n  four five six\n"},
		{"an address stays whole", "go to https://auth.example.com/as/authorize now", 20, "implicit: go to\n  https://auth.example.com/as/authorize\n  now\n"},
		{"a list", "2 settings are wrong\n  --region: no such region\n  --scope: missing", 24,
			"implicit: 2 settings are\n  wrong\n  --region: no such\n    region\n  --scope: missing\n"},
		{"a list without a width", "two\n  a b\n  c", 0, "implicit: two\n  a b\n  c\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var out strings.Builder
			render.Style{Width: row.width}.Message(&out, "implicit: ", row.text)
			if out.String() != row.want {
				t.Errorf("got\n%sexpected\n%s", out.String(), row.want)
			}
		})
	}
}
