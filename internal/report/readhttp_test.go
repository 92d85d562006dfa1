package report

import (
	"errors"
	"testing"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

const (
	locationAnswer = "HTTP/1.1 302 Found\r\nDate: x\r\nLocation: https://app.example.com/cb#access_token=a&state=b\r\n\r\n"
	pageAnswer     = "<html><form method=post action=\"https://app.example.com/cb\">\r\n<input type=hidden name=access_token value=a>\r\n<input type=hidden name=state value=b></form></html>\n"
)

func TestReadHTTP(t *testing.T) {
	for what, c := range map[string]struct {
		text    string
		channel string
	}{
		"curl -i":               {locationAnswer, "fragment"},
		"curl -i -L":            {locationAnswer + "HTTP/1.1 302 Found\r\nLocation: /home\r\n\r\nHTTP/1.1 200 OK\r\n\r\n<html>hello</html>", "fragment"},
		"curl -v":               {"* Connected to host\n> GET /as/resume HTTP/2\n> Cookie: ST=x\n> \n< HTTP/2 302 \n< location: https://app.example.com/cb#access_token=a&state=b\n< \n* Connection #0 to host left intact\n", "fragment"},
		"the last of two":       {"HTTP/1.1 302 Found\nLocation: https://app.example.com/cb#error=login_required&state=b\n\n" + locationAnswer, "fragment"},
		"a page":                {"HTTP/2 200 \r\ncontent-type: text/html\r\n\r\n" + pageAnswer, "form"},
		"a page in curl -v":     {"< HTTP/2 200 \n< content-type: text/html\n< \n{ [10 bytes data]\n" + pageAnswer + "* Connection left\n", "form"},
		"a flow":                {"HTTP/1.1 200 OK\nContent-Type: application/json\n\n{\"id\":\"x\",\n\"authorizeResponse\":{\"access_token\":\"a\",\"state\":\"b\"}}\n", "flow"},
		"a browser's form post": {"POST /cb HTTP/1.1\r\nHost: app.example.com\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\naccess_token=a&state=b", "form"},
	} {
		if !LooksLikeHTTP(c.text) {
			t.Errorf("%s: not recognised", what)
		}
		r, err := ReadHTTP(c.text).LastResponse("")
		if err != nil || r.Channel != c.channel || r.AccessToken.Reveal() != "a" || r.State != "b" {
			t.Errorf("%s: %v, %v", what, r, err)
		}
	}
}

func TestReadHTTPRefuses(t *testing.T) {
	var malformed *implicit.ParseError
	for _, text := range []string{
		"HTTP/1.1 302 Found\nLocation: https://app.example.com/cb#access_token=a&access_token=b\n\n",
		"HTTP/1.1 302 Found\nLocation: https://app.example.com/cb?access_token=a#id_token=b\n\n",
	} {
		if _, err := ReadHTTP(text).LastResponse(""); !errors.As(err, &malformed) {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, text := range []string{locationAnswer, "HTTP/1.1 200 OK\nContent-Type: text/html\n\n" + pageAnswer} {
		if _, err := ReadHTTP(text).LastResponse("https://app.example.com/other"); !errors.As(err, &malformed) || malformed.Elsewhere == "" {
			t.Errorf("sent elsewhere: %v", err)
		}
		if _, err := ReadHTTP(text).LastResponse("https://app.example.com/cb"); err != nil {
			t.Errorf("sent to the redirect URI: %v", err)
		}
	}
	if _, err := ReadHTTP("HTTP/1.1 400 Bad Request\n\n{\"error\":\"x\"}").LastResponse(""); !errors.Is(err, implicit.ErrNoResponse) {
		t.Errorf("no response: %v", err)
	}
	for _, text := range []string{"access_token=a", "https://app.example.com/cb#access_token=a", `"HTTP/1.1"`} {
		if LooksLikeHTTP(text) {
			t.Errorf("%q is taken for HTTP", text)
		}
	}
}

func FuzzReadHTTP(f *testing.F) {
	f.Add(locationAnswer)
	f.Add("< HTTP/2 200 \n< content-type: text/html\n< \n" + pageAnswer)
	f.Add("POST / HTTP/1.1\n\nid_token=x.y.z&state=1")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ReadHTTP(text).LastResponse("")
		if (r == nil) == (err == nil) {
			t.Errorf("response %v, error %v", r, err)
		}
	})
}
