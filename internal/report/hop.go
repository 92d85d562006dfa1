package report

import (
	"cmp"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/implicit-cli/implicit/internal/wire"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// The parties of a sign-on, in addition to the servers.
const (
	partyBrowser = "Browser"
	partyUs      = "implicit"
	partyUser    = "You"
)

// pageHop is an entry as it is shown. Its texts may be foreign.
type pageHop struct {
	wire.Entry
	number   int    // from 1
	from, to string // parties
	what     string // what is asked, in words
	answer   string // what was answered, or brought, in words; may be empty
	failed   bool
}

func (r Run) hops() (hops []pageHop) {
	for i, e := range r.entries() {
		h := pageHop{Entry: e, number: i + 1, from: partyUs, to: partyBrowser}
		if r.Browsers {
			h.from = partyBrowser
		}
		switch e.Kind {
		case wire.KindExchange:
			h.exchange()
		case wire.KindOpened:
			h.what = "opens the sign-on page"
		case wire.KindPasted:
			h.from, h.to, h.what, h.answer = partyUser, partyUs, "pastes an address", contents(e)
		case wire.KindStray:
			h.from, h.to, h.what, h.answer, h.failed = partyBrowser, partyUs, "a request, not the response", e.Err, true
		default:
			h.from, h.to, h.what, h.answer = partyBrowser, partyUs, "delivers the response", contents(e)
		}
		if e.Kind != wire.KindExchange {
			_, params := authorizeResponse(e)
			h.failed = h.failed || e.Err != "" || value(params, "error") != ""
		}
		hops = append(hops, h)
	}
	return hops
}

func (h *pageHop) exchange() {
	h.to, h.what = serverOf(h.Request), cmp.Or(h.Leg, "call")
	if h.Request != nil {
		h.what += " " + h.Request.Method
	}
	if h.Response == nil {
		h.answer, h.failed = cmp.Or(h.Err, "no answer"), true
		return
	}
	status := h.Response.Status
	h.answer = strings.TrimSpace(strconv.Itoa(status) + " " + cmp.Or(meaning(h.Entry), http.StatusText(status)))
	h.failed = status >= http.StatusBadRequest || h.Err != "" || refused(h.Entry)
}

// meaning is what an answer says: the flow's status, an error's code, the response.
func meaning(e wire.Entry) string {
	if text := cmp.Or(contents(e), hostedError(e)); text != "" {
		return text
	}
	body := objectOf(e.Response.Body.Text)
	code := body.text("error")
	if o, ok := body.get("error").(object); ok {
		code = o.text("code")
	}
	return strings.TrimSpace(cmp.Or(body.text("code"), body.text("status")) + " " + code)
}

// contents names the parameters of a response to an authorize request.
func contents(e wire.Entry) string {
	channel, params := authorizeResponse(e)
	if channel == "" {
		return ""
	}
	if code := value(params, "error"); code != "" {
		return "error " + code + " in the " + channel
	}
	var names []string
	for _, p := range params {
		if p.Name == "access_token" || p.Name == "id_token" {
			names = append(names, p.Name)
		}
	}
	return strings.Join(names, ", ") + " in the " + channel
}

// hostedError is the error that PingOne shows on its own page, which the Location has
// as JSON: it does not go to an application that it does not know.
func hostedError(e wire.Entry) string {
	a := splitAddress(e.Response.Get("Location"))
	text := value(a.query, "error")
	if !isHosted(a) || text == "" {
		return ""
	}
	return strings.TrimSpace("error on the provider's page " + objectOf(text).text("code"))
}

// isHosted reports whether an address is PingOne's sign-on page, on whatever domain.
func isHosted(a address) bool { return strings.HasSuffix(a.base, "/signon/") }

func refused(e wire.Entry) bool {
	_, params := authorizeResponse(e)
	return value(params, "error") != "" || hostedError(e) != "" || strings.HasPrefix(meaning(e), "FAILED")
}

// serverOf is the server that a request goes to.
func serverOf(m *wire.Message) string {
	if m == nil {
		return "?"
	}
	u, err := url.Parse(splitAddress(m.URL).base)
	if err != nil || u.Host == "" {
		return "?"
	}
	return u.Host
}

// parties returns who takes part, from left to right.
func parties(hops []pageHop) (all []string) {
	takesPart := func(name string) bool {
		for _, h := range hops {
			if h.from == name || h.to == name {
				return true
			}
		}
		return false
	}
	for _, name := range []string{partyUser, partyBrowser, partyUs} {
		if takesPart(name) || name == partyUs && len(hops) == 0 {
			all = append(all, name)
		}
	}
	seen := map[string]bool{}
	for _, h := range hops {
		if h.Kind == wire.KindExchange && !seen[h.to] {
			seen[h.to] = true
			all = append(all, h.to)
		}
	}
	return all
}

// culprit is the hop at which a run failed: the last one that did, and where none did
// the one with the response, or else the last. The keys are fetched in the background,
// which is cut short when something else fails; strays end no run. nil: no hop.
func culprit(hops []pageHop) *pageHop {
	for _, isIt := range []func(pageHop) bool{
		func(h pageHop) bool { return h.failed && h.Leg != implicit.LegKeys && h.Kind != wire.KindStray },
		func(h pageHop) bool { return h.failed && h.Kind != wire.KindStray },
		func(h pageHop) bool { return contents(h.Entry) != "" },
		func(h pageHop) bool { return h.Leg != implicit.LegKeys },
		func(pageHop) bool { return true },
	} {
		for i := len(hops) - 1; i >= 0; i-- {
			if isIt(hops[i]) {
				return &hops[i]
			}
		}
	}
	return nil
}
