package report

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/implicit-cli/implicit/internal/wire"
)

func (l *linter) lintRequest() {
	if l.endpoint == "" {
		return
	}
	scopes, types := strings.Fields(value(l.request, "scope")), strings.Fields(value(l.request, "response_type"))
	wantsID := slices.Contains(types, "id_token")
	if wantsID && value(l.request, "nonce") == "" {
		l.add(LintNoNonce, "OpenID Connect Core section 3.2.2.1", "an ID token from another sign-on could pass as the answer to this one",
			"the request asks for an ID token without a nonce")
	}
	if wantsID && !slices.Contains(scopes, "openid") {
		l.add(LintNoOpenID, "OpenID Connect Core section 3.1.2.1", "the provider issues no ID token, or refuses the request",
			"the request asks for an ID token without the scope openid: scope is %q", value(l.request, "scope"))
	}
	if redirect := value(l.request, "redirect_uri"); plainHTTP(redirect) {
		l.add(LintPlainHTTP, "OpenID Connect Core section 3.2.2.1", "anyone on the network can read the tokens",
			"the redirect URI is plain http, and not on this machine: %q", redirect)
	}
}

func (l *linter) lintEntries(entries []wire.Entry) {
	var plain []string
	largest, where := 0, ""
	for _, e := range entries {
		if e.Kind != wire.KindExchange || e.Request == nil {
			continue
		}
		if base := splitAddress(e.Request.URL).base; plainHTTP(base) && !slices.Contains(plain, base) {
			plain = append(plain, base)
		}
		if size := headerSize(e.Request); size > largest {
			largest, where = size, e.Leg
		}
	}
	for _, base := range plain {
		l.add(LintPlainHTTP, "RFC 6749 section 3.1.2.1", "anyone on the network can read and change what is sent", "a call over plain http: %q", base)
	}
	if largest > maxHeader*4/5 {
		l.add(LintHeaderSize, "PingOne platform limits", "PingOne refuses a request whose headers are larger; send authorize with --method POST, ask for fewer claims",
			"the headers of the request %s are at least %s; the limit is %s", quoteLeg(where), kilobytes(largest), kilobytes(maxHeader))
	}
}

// maxHeader is PingOne's limit for the headers of a request, in bytes.
const maxHeader = 6 << 10

// headerSize is the size of a request's head as it is recorded, in bytes. Fingerprints
// are mostly shorter than what they replace.
func headerSize(m *wire.Message) int {
	size := len(m.Method) + len(splitAddress(m.URL).base) + len("  HTTP/1.1\r\n\r\n")
	if _, query, ok := strings.Cut(m.URL, "?"); ok {
		size += 1 + len(query)
	}
	for _, f := range m.Header {
		size += len(f.Name) + len(f.Value) + len(": \r\n")
	}
	return size
}

func quoteLeg(leg string) string {
	if leg == "" {
		return "of an unknown leg"
	}
	return fmt.Sprintf("%q", leg)
}

func kilobytes(n int) string { return fmt.Sprintf("%.1f KB", float64(n)/1024) }

// plainHTTP reports whether an address is http and another machine's.
func plainHTTP(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback())
}
