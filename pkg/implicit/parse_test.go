package implicit

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/implicit-cli/implicit/pkg/internal/web"
)

func TestParseAccepts(t *testing.T) {
	const uri = "https://app.example.com/callback"
	rows := []struct {
		name, input, redirectURI string
		channel                  string
		want                     map[string]string
	}{
		{"whole URL", uri + "#access_token=a&state=s", uri, ChannelFragment, map[string]string{"access_token": "a", "state": "s"}},
		{"query", uri + "?id_token=a", uri, ChannelQuery, map[string]string{"id_token": "a"}},
		{"error in the query", uri + "?error=x&error_description=a+b", uri, ChannelQuery, map[string]string{"error_description": "a b"}},
		{"fragment", "#id_token=a", uri, ChannelFragment, map[string]string{"id_token": "a"}},
		{"question mark", "?id_token=a", uri, ChannelQuery, map[string]string{"id_token": "a"}},
		{"form", "id_token=a&state=s", uri, ChannelForm, map[string]string{"state": "s"}},
		{"white space", " \r\n\t" + uri + "#id_token=a \n", uri, ChannelFragment, map[string]string{"id_token": "a"}},
		{"byte order mark", "\ufeff#id_token=a", "", ChannelFragment, map[string]string{"id_token": "a"}},
		{"wrapped by a terminal", uri + "#id_tok\n  en=aa\r\n  bb", uri, ChannelFragment, map[string]string{"id_token": "aabb"}},
		{"double quotes", `"` + uri + `#id_token=a"`, uri, ChannelFragment, map[string]string{"id_token": "a"}},
		{"single quotes", `'#id_token=a'`, "", ChannelFragment, map[string]string{"id_token": "a"}},
		{"angle brackets of a mail", "<" + uri + "#id_token=a>", uri, ChannelFragment, map[string]string{"id_token": "a"}},
		{"backquotes", "`" + uri + "#id_token=a`", uri, ChannelFragment, map[string]string{"id_token": "a"}},
		{"Location line", "Location: " + uri + "#id_token=a", uri, ChannelFragment, map[string]string{"id_token": "a"}},
		{"location among headers", "HTTP/1.1 302 Found\r\nX: y\r\nLOCATION:\t" + uri + "#id_token=a\r\nZ: z\r\n\r\n", uri, ChannelFragment, map[string]string{"id_token": "a"}},
		{"no scheme", "app.example.com/callback#access_token=a&state=s", uri, ChannelFragment, map[string]string{"access_token": "a", "state": "s"}},
		{"no scheme, no redirect URI", "app.example.com/callback#access_token=a&state=s", "", ChannelFragment, map[string]string{"access_token": "a"}},
		{"no scheme, a query", "app.example.com/callback?error=x", uri, ChannelQuery, map[string]string{"error": "x"}},
		{"no scheme, a query passed over", "app.example.com/callback?x=1#access_token=a&state=s", uri, ChannelFragment, map[string]string{"access_token": "a"}},
		{"no scheme, a port", "localhost:7464/cb#access_token=a&state=s", "http://localhost:7464/cb", ChannelFragment, map[string]string{"access_token": "a"}},
		{"no scheme, an IPv4 address", "127.0.0.1:7464/cb#access_token=a&state=s", "http://127.0.0.1:7464/cb", ChannelFragment, map[string]string{"access_token": "a"}},
		{"no scheme, an IPv6 address", "[::1]:7464/cb#access_token=a&state=s", "http://[::1]:7464/cb", ChannelFragment, map[string]string{"access_token": "a"}},
		{"no scheme, no path", "app.example.com#access_token=a&state=s", "https://app.example.com", ChannelFragment, map[string]string{"access_token": "a"}},
		{"slashes without a scheme", "//app.example.com/callback#access_token=a&state=s", uri, ChannelFragment, map[string]string{"access_token": "a"}},
		{"slashes, no redirect URI", "//app.example.com/callback#access_token=a&state=s", "", ChannelFragment, map[string]string{"access_token": "a"}},
		{"path alone", "/callback#access_token=a&state=s", uri, ChannelFragment, map[string]string{"access_token": "a"}},
		{"path alone, no redirect URI", "/callback#access_token=a&state=s", "", ChannelFragment, map[string]string{"access_token": "a"}},
		{"JSON string", `"` + uri + `#access_token=a\u0026state=s\u003dt"`, uri, ChannelFragment, map[string]string{"access_token": "a", "state": "s=t"}},
		{"JSON string with escaped slashes", `"https:\/\/app.example.com\/callback#access_token=a&state=s"`, uri, ChannelFragment, map[string]string{"access_token": "a"}},
		{"inside of a JSON string", uri + `#access_token=a\u0026state=s`, uri, ChannelFragment, map[string]string{"access_token": "a"}},
		{"curl -v", "* Connected\n> GET / HTTP/2\n< HTTP/2 302 \r\n< date: x\r\n< location: " + uri + "#access_token=a\r\n< \r\n", uri, ChannelFragment, map[string]string{"access_token": "a"}},
		{"curl -v, its answer alone", "< HTTP/2 302 \n< location: " + uri + "#access_token=a\n", uri, ChannelFragment, map[string]string{"access_token": "a"}},
		{"the last of several locations", "< location: https://login.example.com/?a=b\n< location: " + uri + "#access_token=a\n", uri, ChannelFragment, map[string]string{"access_token": "a"}},
		{"a relative location", "Location: /callback#access_token=a&state=s", uri, ChannelFragment, map[string]string{"access_token": "a"}},
		{"padding", "#access_token=a&state=YWI=&x==", "", ChannelFragment, map[string]string{"state": "YWI=", "x": "="}},
		{"plus, and an escaped plus, once", "#access_token=a&scope=a+b%2Bc%2520", "", ChannelFragment, map[string]string{"scope": "a b+c%20"}},
		{"empty pairs", "#&&id_token=a&", "", ChannelFragment, map[string]string{"id_token": "a"}},
		{"escaped names", "#id%5Ftoken=a", "", ChannelFragment, map[string]string{"id_token": "a"}},
		{"escaped semicolon", "#id_token=a&x=1%3Bb=2", "", ChannelFragment, map[string]string{"x": "1;b=2"}},
		{"a colon in a form", "state=a:b&id_token=x", "", ChannelForm, map[string]string{"state": "a:b"}},
		{"the alias", "#token=a", "", ChannelFragment, map[string]string{"token": "a"}},
		{"own query kept", uri + "?a=1&b=2#id_token=x", uri + "?a=1&b=2", ChannelFragment, map[string]string{"id_token": "x"}},
		{"own query before the answer", uri + "?a=1&id_token=x", uri + "?a=1", ChannelQuery, map[string]string{"id_token": "x"}},
		{"query of somebody else", uri + "?utm=1#id_token=x", uri, ChannelFragment, map[string]string{"id_token": "x"}},
		{"fragment of somebody else", uri + "?error=x#_=_", uri, ChannelQuery, map[string]string{"error": "x"}},
		{"default port", "https://app.example.com:443/callback#id_token=a", uri, ChannelFragment, map[string]string{"id_token": "a"}},
		{"case of scheme and host", "HTTPS://APP.Example.COM/callback#id_token=a", uri, ChannelFragment, map[string]string{"id_token": "a"}},
		{"loopback with its port", "http://127.0.0.1:7464/cb#id_token=a", "http://127.0.0.1:7464/cb", ChannelFragment, map[string]string{"id_token": "a"}},
		{"loopback of IPv6", "http://[::1]:7464/cb#id_token=a", "http://[::1]:7464/cb", ChannelFragment, map[string]string{"id_token": "a"}},
		{"own scheme", "com.example.app:/cb#id_token=a", "com.example.app:/cb", ChannelFragment, map[string]string{"id_token": "a"}},
		{"no path is the root", "https://app.example.com/#id_token=a", "https://app.example.com", ChannelFragment, map[string]string{"id_token": "a"}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			r, err := Parse(row.input, row.redirectURI)
			if err != nil {
				t.Fatal(err)
			}
			if r.Channel != row.channel {
				t.Errorf("the channel is %s", r.Channel)
			}
			for name, want := range row.want {
				if got := r.Get(name).Reveal(); got != want {
					t.Errorf("%s is %q, expected %q", name, got, want)
				}
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	const uri = "https://app.example.com/callback"
	rows := []struct{ name, input, redirectURI, says string }{
		{"nothing", " \n ", "", "empty"},
		{"empty quotes", `""`, "", "empty"},
		{"a token twice", "#id_token=a&id_token=b", "", "more than once"},
		{"a state twice, the same", "#id_token=a&state=s&state=s", "", "more than once"},
		{"an unknown parameter twice", "#id_token=a&x=1&x=2", "", "more than once"},
		{"twice in two spellings", "#id_token=a&id%5ftoken=b", "", "more than once"},
		{"both channels", uri + "?state=s#id_token=a", uri, "found both"},
		{"error and tokens in two channels", uri + "?error=x#id_token=a", uri, "found both"},
		{"both names of the access token", "#access_token=a&token=b", "", "both"},
		{"semicolon", "#id_token=a;state=s", "", "semicolon"},
		{"bad escape", "#id_token=%zz", "", "percent-escape"},
		{"cut escape", "#id_token=a%4", "", "percent-escape"},
		{"bad escape in a name", "#id_token=a&%zz=b", "", "percent-escape"},
		{"NUL", "#id_token=a%00", "", "NUL"},
		{"NUL in a name", "#id_token=a&x%00=b", "", "NUL"},
		{"a character cut in two", "#id_token=a&x%c3=%a9", "", "UTF-8"},
		{"not UTF-8", "#id_token=%ff", "", "UTF-8"},
		{"overlong UTF-8", "#id_token=%c0%80", "", "UTF-8"},
		{"NUL in a query that is passed over", uri + "?x=%00#id_token=a", uri, "NUL"},
		{"the fragment was lost", uri, "", "is missing"},
		{"the fragment was lost, a redirect URI is known", uri, uri, "is missing"},
		{"the fragment was lost, only its own query is left", uri + "?a=1", uri + "?a=1", "is missing"},
		{"the fragment is empty", uri + "#", uri, "is missing"},
		{"the fragment was lost, no scheme", "app.example.com/callback", "", "is missing"},
		{"the fragment was lost, path alone", "/callback", "", "is missing"},
		{"the fragment was lost in a header", "location: " + uri, "", "is missing"},
		{"no scheme, another host", "evil.example/callback#access_token=a", uri, "evil.example"},
		{"slashes, another host", "//evil.example/callback#access_token=a", uri, "evil.example"},
		{"path alone, another path", "/other#access_token=a", uri, "/other"},
		{"no scheme, a token twice", "app.example.com/cb#access_token=a&access_token=b", "", "more than once"},
		{"JSON string with a NUL", `"` + uri + `#access_token=a\u0000"`, uri, "NUL"},
		{"a code", uri + "?code=a&state=s", uri, "authorization code"},
		{"JARM", "#response=a.b.c", "", "JARM"},
		{"nothing known", uri + "#a=b", uri, "neither"},
		{"companions alone", "#state=s&token_type=Bearer", "", "neither"},
		{"an empty token", "#access_token=&id_token=", "", "neither"},
		{"capitals", "#ID_TOKEN=a", "", "neither"},
		{"prose", "hello world", "", "neither"},
		{"longer host", "https://app.example.com.evil.example/callback#id_token=a", uri, "evil.example"},
		{"our host as the user", "https://app.example.com@evil.example/callback#id_token=a", uri, "evil.example"},
		{"a user at our host", "https://me@app.example.com/callback#id_token=a", uri, "expected the redirect URI"},
		{"our address as a query", "https://evil.example/?" + uri + "#id_token=a", uri, "evil.example"},
		{"another port", "https://app.example.com:8443/callback#id_token=a", uri, "expected the redirect URI"},
		{"another scheme", "http://app.example.com/callback#id_token=a", uri, "expected the redirect URI"},
		{"trailing slash", uri + "/#id_token=a", uri, "expected the redirect URI"},
		{"longer path", uri + "s#id_token=a", uri, "expected the redirect URI"},
		{"path with dots", "https://app.example.com/x/../callback#id_token=a", uri, "expected the redirect URI"},
		{"path in capitals", "https://app.example.com/Callback#id_token=a", uri, "expected the redirect URI"},
		{"path escaped", "https://app.example.com/c%61llback#id_token=a", uri, "expected the redirect URI"},
		{"backslash", `https://app.example.com\@evil.example/callback#id_token=a`, uri, ""},
		{"loopback with a port, another port", "http://127.0.0.1:1/cb#id_token=a", "http://127.0.0.1:2/cb", "expected the redirect URI"},
		{"localhost is not 127.0.0.1", "http://localhost:1/cb#id_token=a", "http://127.0.0.1/cb", "expected the redirect URI"},
		{"a host that begins like loopback", "http://127.0.0.1.evil.example/cb#id_token=a", "http://127.0.0.1/cb", "evil.example"},
		{"own query missing", uri + "#id_token=a", uri + "?a=1", "own query"},
		{"own query longer", uri + "?a=12#id_token=a", uri + "?a=1", "own query"},
		{"own query changed", uri + "?a=2#id_token=a", uri + "?a=1", "own query"},
		{"no address", "javascript:alert(1)#id_token=a", uri, ""},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			r, err := Parse(row.input, row.redirectURI)
			var refused *ParseError
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), row.says) {
				t.Errorf("%+v, %v; expected one that says %q", r, err, row.says)
			}
		})
	}
}

// No error shows the value of a parameter: it may be a token.
func TestParseErrorsHoldNoToken(t *testing.T) {
	for _, input := range []string{"#access_token=SECRET&access_token=SECRET", "#access_token=SECRET%zz", "#access_token=SECRET%ff", "#access_token=SECRET%00",
		"#access_token=SECRET;state=s", "#token=SECRET&access_token=SECRET", "https://a.example/?access_token=SECRET#id_token=SECRET",
		"https://evil.example/cb#access_token=SECRET", "https://app.example.com/cb#code=SECRET", "https://evil.example/cb?access_token=SECRET", "access_token SECRET"} {
		if _, err := Parse(input, "https://app.example.com/cb"); err == nil || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%s: %v", input, err)
		}
	}
}

func TestLifetime(t *testing.T) {
	for raw, want := range map[string]time.Duration{"3600": time.Hour, "0": 0} {
		r, err := Parse("access_token=a&expires_in="+raw, "")
		if err != nil {
			t.Fatal(err)
		}
		if got, ok, err := r.lifetime(); got != want || !ok || err != nil {
			t.Errorf("%s: %v, %v, %v", raw, got, ok, err)
		}
	}
	for _, raw := range []string{"-1", "1.5", "1e3", "0x10", "soon", "%2B5x", "99999999999999999999", "9999999999999"} {
		r, err := Parse("access_token=a&expires_in="+raw, "")
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := r.lifetime(); err == nil {
			t.Errorf("expires_in=%s is taken", raw)
		}
	}
}

func TestFormPage(t *testing.T) {
	const uri = "https://app.example.com/callback"
	form := func(attributes, inputs string) string {
		return "<html><body><form " + attributes + ">" + inputs + "</form></body></html>"
	}
	token := `<input type="hidden" name="id_token" value="a&amp;b">`
	rows := []struct {
		name, page string
		ok         bool
	}{
		{"as the standard has it", form(`method="post" action="`+uri+`"`, token), true},
		{"capitals", strings.ToUpper("<FORM METHOD=POST") + ` ACTION="` + uri + `"><INPUT TYPE=HIDDEN NAME="id_token" VALUE="a&amp;b"></FORM>`, true},
		{"beside another form", form(`method="post" action="/search"`, `<input type="hidden" name="q" value="x">`) + form(`method="post" action="`+uri+`"`, token), true},
		{"in a noscript", "<noscript>x</noscript>" + form(`method="post" action="`+uri+`"`, token), true},
		{"posts elsewhere", form(`method="post" action="https://evil.example/"`, token), false},
		{"posts to a relative address", form(`method="post" action="/callback"`, token), false},
		{"no action", form(`method="post"`, token), false},
		{"by GET", form(`method="get" action="`+uri+`"`, token), false},
		{"no method", form(`action="`+uri+`"`, token), false},
		{"two answers", form(`method="post" action="`+uri+`"`, token) + form(`method="post" action="`+uri+`"`, token), false},
		{"a token that is shown", form(`method="post" action="`+uri+`"`, `<input type="text" name="id_token" value="a">`), false},
		{"a token twice", form(`method="post" action="`+uri+`"`, token+token), false},
		{"in a comment", "<!-- " + form(`method="post" action="`+uri+`"`, token) + " -->", false},
		{"in a script", "<script>" + form(`method="post" action="`+uri+`"`, token) + "</script>", false},
		{"an empty token", form(`method="post" action="`+uri+`"`, `<input type="hidden" name="id_token" value="">`), false},
		{"a log-in form", form(`method="post"`, `<input name="user"><input type="hidden" name="csrf" value="x">`), false},
		{"nothing", "", false},
	}
	for _, row := range rows {
		r, err := parseFormPage([]byte(row.page), uri)
		if ok := err == nil; ok != row.ok || ok && r.IDToken.Reveal() != "a&b" {
			t.Errorf("%s: %v", row.name, err)
		}
	}
}

// What was built is what is read, in every channel.
func FuzzBuildAndParse(f *testing.F) {
	f.Add("https://app.example.com/cb#access_token=a&state=b%20c", "a.b.c", "st+ate=")
	f.Add("Location: https://app.example.com/cb?error=x", "ü&=#?;", "\n")
	f.Add("<form method=post><input type=hidden name=id_token value=x></form>", "%", "%00")
	f.Add(`"#token=a&token=b"`, "a;b=c", " ")
	f.Add("A:", "a", "\x00")
	f.Add("?%", "\x93", "a")
	f.Add(" ", "a", "\u030e")
	f.Add("<", "\xc7", "a")
	f.Fuzz(func(t *testing.T, raw, token, state string) {
		if r, err := Parse(raw, ""); err == nil && r.Error == nil && r.AccessToken.Empty() && r.IDToken.Empty() {
			t.Errorf("%q is an answer without tokens and error", raw)
		}
		if _, err := Parse(raw, "https://app.example.com/cb"); err != nil && !errors.As(err, new(*ParseError)) {
			t.Errorf("%T: %v", err, err)
		}
		if token == "" {
			return
		}
		built := encode([]Param{{"access_token", token}, {"state", state}}, "%20")
		for _, text := range []string{"https://app.example.com/cb#" + built, "https://app.example.com/cb?" + built, "#" + built, built} {
			r, err := Parse(text, "https://app.example.com/cb")
			if err != nil {
				if strings.Contains(token+state, "\x00") || !utf8.ValidString(token) || !utf8.ValidString(state) {
					continue
				}
				t.Fatalf("%q: %v", text, err)
			}
			if r.AccessToken.Reveal() != token || r.State != state {
				t.Errorf("%q is read as %q, %q", text, r.AccessToken.Reveal(), r.State)
			}
		}
	})
}

func FuzzFormPage(f *testing.F) {
	f.Add([]byte(`<form method=post action=https://app.example.com/cb><input type=hidden name=id_token value=x></form>`))
	f.Add([]byte("<form method=post><form method=post><input type=hidden name=error value=x></table>"))
	f.Add([]byte("<title>\x00</title><svg><form method=post>"))
	f.Fuzz(func(t *testing.T, page []byte) {
		r, err := parseFormPage(page, "")
		if err == nil && r.Channel != ChannelForm {
			t.Errorf("the channel is %s", r.Channel)
		}
		web.Title(page)
	})
}
