package config

import (
	"strings"
	"testing"
)

// TestRedirectURI: what a browser would change is refused, and the error has the
// form that it sends.
func TestRedirectURI(t *testing.T) {
	for _, row := range []struct{ raw, says string }{
		{"https://app.example.com/cb", ""},
		{"https://app.example.com", ""},
		{"https://app.example.com:8443/a/b;c=1/~me/?x=a%20b&y=(1)*!$", ""},
		{"http://127.0.0.1/callback", ""},
		{"http://[::1]:8080/cb", ""},
		{"http://localhost/", ""},
		{"com.example.app:/cb", ""},
		{"com.example.app:cb", ""},
		{"myapp://", "absolute"},
		{"myapp://callback", ""},
		{"https://xn--bcher-kva.example/cb", ""},
		{"https://app.example.com/it's", ""},
		{"https://app.example.com/a..b/.c", ""},

		{"https://app.example.com/ü", `"https://app.example.com/%C3%BC"`},
		{"https://app.example.com/a/../cb", `"https://app.example.com/cb"`},
		{"https://app.example.com/a/%2E%2e/cb", `"https://app.example.com/cb"`},
		{"https://app.example.com/./cb/.", `"https://app.example.com/cb/"`},
		{"https://app.example.com/../../cb", `"https://app.example.com/cb"`},
		{"https://app.example.com/cb?a='b'", `"https://app.example.com/cb?a=%27b%27"`},
		{`https://app.example.com\cb`, `"https://app.example.com/cb"`},
		{`https://app.example.com/a\b`, `"https://app.example.com/a/b"`},
		{"https://app.example.com/a b", `"https://app.example.com/a%20b"`},
		{"https://app.example.com/cb?a=b c", `"https://app.example.com/cb?a=b%20c"`},
		{`https://app.example.com/{a}"<b>`, `"https://app.example.com/%7Ba%7D%22%3Cb%3E"`},
		{"https://app.example.com:443/cb", `"https://app.example.com/cb"`},
		{"http://localhost:080/cb", `"http://localhost/cb"`},
		{"https://App.Example.com/cb", `"https://app.example.com/cb"`},
		{"HTTPS://app.example.com/cb", `"https://app.example.com/cb"`},
		{"https:///app.example.com/cb", `"https://app.example.com/cb"`},
		{"http://[0:0:0:0:0:0:0:1]/cb", `"http://[::1]/cb"`},
		{"https://bücher.example/cb", "xn--"},
		{"https://b%C3%BCcher.example/cb", "xn--"},
		{"http://127.1/cb", "a host"},
		{"http://127.0.0.01/cb", "a host"},
		{"http://0x7f000001/cb", "a host"},
		{"com.example.app:/ü", `"com.example.app:/%C3%BC"`},

		{"https://app.example.com/cb#x", "no fragment"},
		{"https://app.example.com/cb#", "no fragment"},
		{"app.example.com/cb", "absolute"},
		{"/cb", "absolute"},
		{"https://", "absolute"},
		{"https:///", "a host"},
		{"https://:8443/cb", "a host"},
		{"https://me:pw@app.example.com/cb", "no user name"},
		{"https://app.example.com:x/cb", "a host"},
		{"https://app.example.com/%zz", "expected a URL"},
	} {
		err := checkRedirectURI(row.raw)
		if (err == nil) != (row.says == "") || err != nil && !strings.Contains(err.Error(), row.says) {
			t.Errorf("%s: got %v, want %q", row.raw, err, row.says)
		}
		if err != nil && strings.Contains(err.Error(), "pw@") {
			t.Errorf("the password is in the error: %v", err)
		}
	}
}

// FuzzRedirectURI: what the error tells the user to write is then accepted.
func FuzzRedirectURI(f *testing.F) {
	for _, seed := range []string{"//A.example.com:443/a/../ü?'", `\\127.0.0.1\.\x`, "//[::0]:0/", "::"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, rest string) {
		sent, err := browserForm("http", rest)
		if err != nil || strings.ContainsAny(rest, "#@") {
			return
		}
		if again, err := browserForm("http", strings.TrimPrefix(sent, "http:")); err != nil || again != sent {
			t.Fatalf("%q becomes %q, then %q, %v", rest, sent, again, err)
		}
	})
}
