package web

import "testing"

func TestWithoutQuery(t *testing.T) {
	for address, want := range map[string]string{
		"https://u:p@a.example/x@y?state=s#f": "https://a.example/x@y",
		"https://u:p@q@a.example":             "https://a.example",
		"//u@a.example/":                      "//a.example/",
		"/path?x":                             "/path",
		"not a URL":                           "not a URL",
		"":                                    "",
	} {
		if got := WithoutQuery(address); got != want {
			t.Errorf("%q: found %q, expected %q", address, got, want)
		}
	}
}
