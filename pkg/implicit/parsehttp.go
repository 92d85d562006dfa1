package implicit

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/implicit-cli/implicit/pkg/internal/web"
)

// ErrNoResponse says that an HTTP response holds no authorization response.
var ErrNoResponse = errors.New("no authorization response found")

// ParseHTTPResponse finds the authorization response in a provider's HTTP
// response: a redirect to the redirect URI, or a page with a form that posts to
// it. It is for programs that make the call themselves; see [Request.Send] and
// [Client.Do]. The body can be read again afterwards.
//
// The error is [ErrNoResponse], or a [*ParseError] for a malformed response and
// for tokens that are sent to another address. A refusal is a [Response] with
// Error set.
func ParseHTTPResponse(resp *http.Response, redirectURI string) (*Response, error) {
	resp.Body = http.MaxBytesReader(nil, resp.Body, web.MaxBody)
	reply, err := web.ReadReply(resp, time.Time{})
	if err != nil {
		return nil, parseErrorf("read the HTTP response: %v", err)
	}
	if to, ok := reply.Redirect(); ok {
		return parseRedirect(to, redirectURI)
	}
	if _, ok := web.ResponseForm(reply.Body); ok && reply.Status == http.StatusOK && reply.MediaType() == "text/html" {
		return parseFormPage(reply.Body, redirectURI)
	}
	return nil, ErrNoResponse
}

func parseRedirect(to, redirectURI string) (*Response, error) {
	if redirectURI == "" {
		return nil, ErrNoResponse
	}
	if _, err := matchRedirect(to, redirectURI); err != nil {
		if carriesTokens(to) { // someone else is being given them
			return nil, err
		}
		return nil, ErrNoResponse
	}
	return ParseURL(to, redirectURI)
}

func carriesTokens(address string) bool {
	resp, err := ParseURL(address, "")
	return err == nil && !(resp.AccessToken.Empty() && resp.IDToken.Empty())
}

// ParseFormRequest reads the request by which a browser posts a response to a
// server's redirect URI: OAuth 2.0 Form Post Response Mode section 2. The error
// is a [*ParseError] for any method but POST, another content type and a body of
// more than 1 MiB. How long the body may take is the server's ReadTimeout.
func ParseFormRequest(r *http.Request) (*Response, error) {
	if r.Method != http.MethodPost {
		return nil, parseErrorf("expected a POST, found %s", quote(r.Method))
	}
	const form = "application/x-www-form-urlencoded"
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != form {
		return nil, parseErrorf("expected the content type %s, found %s", form, quote(r.Header.Get("Content-Type")))
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, web.MaxBody))
	if err != nil {
		return nil, parseErrorf("read the form: %v", err)
	}
	return parsePairs(ChannelForm, string(body))
}

// parseJSON reads a response that is a JSON object of texts and numbers. Members of
// other types are ignored.
func parseJSON(text string) (*Response, error) {
	o, err := parseObject(text)
	if err != nil {
		return nil, parseErrorf("not the JSON expected: %v", err)
	}
	var params []Param
	for _, m := range o.members {
		value, isText := m.value.text()
		if c := m.value[0]; !isText && c != '-' && (c < '0' || c > '9') {
			continue
		} else if !isText {
			value = string(m.value)
		}
		params = append(params, Param{m.name, value})
	}
	return newResponse(ChannelFlow, params)
}
