package report

import (
	"slices"
	"strings"

	"github.com/implicit-cli/implicit/internal/wire"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// signOn is the last authorize request of a recording and the last response to one.
type signOn struct {
	endpoint string       // the address of the request, without query; empty: none was found
	request  []wire.Field // its parameters

	channel  string       // fragment, query, form or flow; empty: no response was found
	response []wire.Field // its parameters
}

// findSignOn looks for the sign-on among the entries: for what was tried before it
// only where there was no other.
func findSignOn(entries []wire.Entry) signOn {
	isTrial := func(e wire.Entry) bool { return e.Leg == implicit.LegPreflight }
	if s := lastSignOn(slices.DeleteFunc(slices.Clone(entries), isTrial)); s.endpoint != "" {
		return s
	}
	return lastSignOn(entries)
}

func lastSignOn(entries []wire.Entry) (s signOn) {
	for _, e := range entries {
		if endpoint, params := authorizeRequest(e); endpoint != "" {
			s.endpoint, s.request = endpoint, params
		}
		if channel, params := authorizeResponse(e); channel != "" {
			s.channel, s.response = channel, params
		}
	}
	return s
}

// authorizeRequest returns the parameters of an authorize request: RFC 6749 section
// 4.2.1 names the two that each has.
func authorizeRequest(e wire.Entry) (endpoint string, params []wire.Field) {
	if e.Request == nil || (e.Kind != wire.KindExchange && e.Kind != wire.KindOpened) {
		return "", nil
	}
	a := splitAddress(e.Request.URL)
	for _, params := range [][]wire.Field{a.query, e.Request.Body.Form} {
		if value(params, "client_id") != "" && value(params, "response_type") != "" {
			return a.base, params
		}
	}
	return "", nil
}

// authorizeResponse returns the parameters of a response to an authorize request and
// where they were.
func authorizeResponse(e wire.Entry) (channel string, params []wire.Field) {
	switch {
	case (e.Kind == wire.KindReceived || e.Kind == wire.KindPasted) && e.Request != nil:
		return responseIn(e.Request, e.Request.URL)
	case e.Kind == wire.KindExchange && e.Response != nil:
		if location := e.Response.Get("Location"); isHosted(splitAddress(location)) {
			return "", nil
		} else if location != "" {
			return responseIn(nil, location)
		}
		if channel, params = responseIn(e.Response, ""); channel == "" {
			channel, params = responseInJSON(e.Response.Body.Text)
		}
	}
	return channel, params
}

func responseIn(m *wire.Message, address string) (channel string, params []wire.Field) {
	a := splitAddress(address)
	places := map[string][]wire.Field{"fragment": a.fragment, "query": a.query}
	if m != nil {
		places["form"] = m.Body.Form
	}
	for _, channel := range []string{"fragment", "query", "form"} {
		if params = places[channel]; value(params, "access_token")+value(params, "id_token")+value(params, "error") != "" {
			return channel, params
		}
	}
	return "", nil
}

// responseInJSON reads the answer of pi.flow: the response is an object of its own in it,
// or the answer itself.
func responseInJSON(text string) (channel string, params []wire.Field) {
	whole := objectOf(text)
	inner, _ := whole.get("authorizeResponse").(object)
	for _, o := range []object{inner, whole} {
		if o.text("access_token")+o.text("id_token") != "" {
			return "flow", flatten("", o)
		}
	}
	return "", nil
}

// address is a URL in its parts.
type address struct {
	base            string // without query and fragment
	query, fragment []wire.Field
}

func splitAddress(text string) address {
	rest, fragment, _ := strings.Cut(text, "#")
	base, query, _ := strings.Cut(rest, "?")
	return address{base, pairs(query), pairs(fragment)}
}

// objectOf reads a JSON object; nil where there is none.
func objectOf(text string) object {
	v, _ := decodeJSON(text)
	o, _ := v.(object)
	return o
}

func value(params []wire.Field, name string) string {
	for _, p := range params {
		if p.Name == name {
			return p.Value
		}
	}
	return ""
}

// token reads a recorded JWT, whose signature is a fingerprint; nil where the text is
// none. Nothing of it is verified.
func token(recorded string) *implicit.Claims {
	parts := strings.Split(recorded, ".")
	if len(parts) != 3 {
		return nil
	}
	claims, err := implicit.DecodeUnverified(parts[0] + "." + parts[1] + ".AA")
	if err != nil {
		return nil
	}
	return claims
}
