package implicit

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// Names after what is refused; encoding/json takes most of them.
func TestStrictJSONRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":                 ``,
		"white space":             ` `,
		"a scalar":                `1`,
		"a name twice":            `{"a":1,"a":1}`,
		"a name twice, escaped":   `{"a":1,"\u0061":1}`,
		"a name twice, deep":      `{"x":[{"a":1,"b":2,"a":3}]}`,
		"a name twice among many": `{` + manyNames(100) + `"n50":1}`,
		"bytes behind":            `{}x`,
		"two objects":             `{}{}`,
		"NUL behind":              "{}\x00",
		"byte order mark":         "\ufeff{}",
		"not UTF-8":               "{\"a\":\"\xc0\xaf\"}",
		"surrogate in UTF-8":      "{\"a\":\"\xed\xa0\x80\"}",
		"half a surrogate":        `{"a":"\ud800"}`,
		"half a surrogate, text":  `{"a":"\ud800x12345"}`,
		"surrogates in disorder":  `{"a":"\udc00\ud800"}`,
		"two first halves":        `{"a":"\ud800\ud800"}`,
		"control character":       "{\"a\":\"\x01\"}",
		"bad escape":              `{"a":"\x41"}`,
		"short escape":            `{"a":"\u12"}`,
		"signed escape":           `{"a":"\u+123"}`,
		"string without end":      `{"a":"`,
		"escape without end":      `{"a":"\`,
		"single quotes":           `{'a':1}`,
		"bare name":               `{a:1}`,
		"no colon":                `{"a" 1}`,
		"no value":                `{"a":}`,
		"comma at the end":        `{"a":1,}`,
		"comma at the start":      `{,"a":1}`,
		"comma in an array's end": `{"a":[1,]}`,
		"no comma in an array":    `{"a":[1 2]}`,
		"array without end":       `{"a":[1`,
		"leading zero":            `{"a":01}`,
		"plus":                    `{"a":+1}`,
		"a dot without digits":    `{"a":1.}`,
		"a dot first":             `{"a":.5}`,
		"exponent without digits": `{"a":1e}`,
		"hexadecimal":             `{"a":0x10}`,
		"infinity":                `{"a":Infinity}`,
		"minus alone":             `{"a":-}`,
		"a word cut off":          `{"a":tru}`,
		"a word in capitals":      `{"a":True}`,
		"a comment":               `{"a":1/**/}`,
		"vertical tab as space":   "{\v\"a\":1}",
		"no-break space":          "{\u00a0\"a\":1}",
		"33 arrays":               `{"a":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + `}`,
		"33 objects":              strings.Repeat(`{"a":`, 33) + "1" + strings.Repeat("}", 33),
		"a million open brackets": `{"a":` + strings.Repeat("[", 1<<20),
	} {
		if o, err := parseObject(text); err == nil {
			t.Errorf("%s is taken: %d members", name, len(o.members))
		}
	}
}

func TestStrictJSONTakes(t *testing.T) {
	for _, text := range []string{
		`{}`, " {\t\r\n} ", `{"a":1,"A":2}`, `{"":""}`, `{"a":"\ud83d\ude00\"\\\/\b\f\n\r\t\u0000\uD83D\uDE00"}`,
		`{"a":[[],{},[{}],"",0,-0,-0.5e+10,1E-2,true,false,null]}`, `{` + manyNames(100) + `"z":1}`,
		`{"a":` + strings.Repeat("[", 31) + strings.Repeat("]", 31) + `}`,
		`{"x":{"a":1},"y":{"a":1},"a":{"a":{"a":1}}}`,
	} {
		o, err := parseObject(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		sameAsStandard(t, &o)
	}
}

// sameAsStandard compares every member with what encoding/json reads.
func sameAsStandard(t testing.TB, o *object) {
	t.Helper()
	var want map[string]json.RawMessage
	if err := json.Unmarshal([]byte(o.raw), &want); err != nil {
		t.Fatalf("%q is taken, and encoding/json says %v", o.raw, err)
	}
	if len(want) != len(o.members) {
		t.Fatalf("%q: %d members, encoding/json finds %d", o.raw, len(o.members), len(want))
	}
	for _, m := range o.members {
		if string(want[m.name]) != string(m.value) {
			t.Fatalf("%q: member %q is %s, encoding/json finds %s", o.raw, m.name, m.value, want[m.name])
		}
		var text string
		if err := json.Unmarshal(want[m.name], &text); err == nil && m.value[0] == '"' {
			if got, ok := m.value.text(); !ok || got != text {
				t.Fatalf("%s is %q, encoding/json finds %q", m.value, got, text)
			}
		}
		var list []json.RawMessage
		if values, ok := m.value.elements(); ok {
			if err := json.Unmarshal(want[m.name], &list); err != nil || len(list) != len(values) {
				t.Fatalf("%s has %d elements, encoding/json finds %d", m.value, len(values), len(list))
			}
		}
	}
}

// A hostile object costs time in proportion to its size.
func TestManyNamesCostLittle(t *testing.T) {
	text := `{` + manyNames(200_000) + `"z":1}`
	if o, err := parseObject(text); err != nil || len(o.members) != 200_001 {
		t.Errorf("%d members, %v", len(o.members), err)
	}
}

func manyNames(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"n%d":1,`, i)
	}
	return b.String()
}

func TestWords(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "less than 1 s", 999 * time.Millisecond: "less than 1 s", time.Second: "1 s", 61 * time.Second: "1 min 1 s",
		2*time.Hour + 5*time.Minute + 7*time.Second: "2 h 5 min", 24 * time.Hour: "1 d", 49*time.Hour + time.Second: "2 d 1 h",
	} {
		if got := words(d); got != want {
			t.Errorf("%d ns: %q, expected %q", d, got, want)
		}
	}
}
