package implicit_test

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// FuzzParse: what is taken for an answer holds each parameter once, has
// something to say, and reads the same when it is written again.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"https://app.example.com/cb#access_token=a.b-c_d&token_type=Bearer&expires_in=3600&scope=openid%20email&state=s&id_token=x",
		"Location: https://app.example.com/cb?error=access_denied&error_description=No+%28Correlation+ID%3A+1%29\r\n",
		"#access_token=a&state=%C3%A9", "?error=x#_=_", "id_token=a;b=c", "token=a&token=b", "id_token=%ff", "id_token=%00", "=&id_token=a%",
		`<form method="post" action="https://app.example.com/cb"><input type="hidden" name="id_token" value="a&amp;b"></form>`,
		"  \"https://app.example.com/cb#id_token=a\n b\"  ", "\ufeff<https://app.example.com/cb?x=1&id_token=a>", "code=a", "response=a", "",
		"#error=x&error_description=100%+%FC%4", "#error_description=%&id_token=a",
		"app.example.com/cb#access_token=a", "//app.example.com/cb?error=x", "/cb#id_token=a", "app.example.com:1/cb", `"\u0023id_token=a\u0026state=b"`,
		"< HTTP/2 302\r\n< location: https://a.example/\r\n< location: /cb#id_token=a\r\n",
		"A:", "A:// 0", "?#%", "<", "<form \x00=\"\">", "token= a", "token=a=b",
	} {
		f.Add(text, "https://app.example.com/cb")
		f.Add(text, "")
	}
	f.Fuzz(func(t *testing.T, text, redirectURI string) {
		resp, err := implicit.Parse(text, redirectURI)
		if err != nil {
			var malformed *implicit.ParseError
			if resp != nil || !errors.As(err, &malformed) {
				t.Fatalf("%v beside %T %v", resp, err, err)
			}
			return
		}
		if resp.AccessToken.Empty() && resp.IDToken.Empty() && resp.Error == nil {
			t.Fatalf("%q is taken, and says nothing", text)
		}
		names := resp.Names()
		var pairs []string
		for i, name := range names {
			if slices.Contains(names[:i], name) {
				t.Fatalf("%q holds %q twice", text, name)
			}
			pairs = append(pairs, url.QueryEscape(name)+"="+url.QueryEscape(resp.Get(name).Reveal()))
		}
		again, err := implicit.Parse("?"+strings.Join(pairs, "&"), "")
		if err != nil || !slices.Equal(again.Names(), names) {
			t.Fatalf("%q, written again: %v %v", text, err, names)
		}
		for _, name := range names {
			if again.Get(name).Reveal() != resp.Get(name).Reveal() {
				t.Fatalf("%q: %s is another when written again", text, name)
			}
		}
	})
}
