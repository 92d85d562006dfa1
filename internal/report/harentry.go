package report

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/implicit-cli/implicit/internal/wire"
)

type harEntry struct {
	PageRef  string      `json:"pageref"`
	Started  string      `json:"startedDateTime"`
	Time     float64     `json:"time"`
	Request  harRequest  `json:"request"`
	Response harResponse `json:"response"`
	Cache    struct{}    `json:"cache"`
	Timings  harTimings  `json:"timings"`
	ServerIP string      `json:"serverIPAddress,omitempty"`
	Comment  string      `json:"comment,omitempty"`
	Hop      harHop      `json:"_implicit"`
}

// harHop is what the format has no place for.
type harHop struct {
	Kind       wire.Kind       `json:"kind"`
	Leg        string          `json:"leg,omitempty"`
	URL        string          `json:"url,omitempty"` // as recorded, with the fragment
	Error      string          `json:"error,omitempty"`
	Connection *harConnection  `json:"connection,omitempty"`
	Omitted    *harOmittedBody `json:"omitted,omitempty"`
	Form       []harField      `json:"form,omitempty"` // of a page that posts the response
}

type harConnection struct {
	Address      string             `json:"address,omitempty"`
	Proxy        string             `json:"proxy,omitempty"`
	Protocol     string             `json:"protocol,omitempty"`
	TLSVersion   string             `json:"tls_version,omitempty"`
	CipherSuite  string             `json:"cipher_suite,omitempty"`
	Reused       bool               `json:"reused"`
	Certificates []wire.Certificate `json:"certificates,omitempty"`
}

// harOmittedBody says why a body is not in the file.
type harOmittedBody struct {
	Request  string `json:"request,omitempty"`
	Response string `json:"response,omitempty"`
}

type harRequest struct {
	Method      string     `json:"method"`
	URL         string     `json:"url"`
	HTTPVersion string     `json:"httpVersion"`
	Cookies     []harField `json:"cookies"`
	Headers     []harField `json:"headers"`
	Query       []harField `json:"queryString"`
	Post        *harPost   `json:"postData,omitempty"`
	HeadersSize int        `json:"headersSize"`
	BodySize    int64      `json:"bodySize"`
}

type harPost struct {
	MimeType string     `json:"mimeType"`
	Params   []harField `json:"params,omitempty"`
	Text     string     `json:"text"`
	Comment  string     `json:"comment,omitempty"`
}

type harResponse struct {
	Status      int        `json:"status"`
	StatusText  string     `json:"statusText"`
	HTTPVersion string     `json:"httpVersion"`
	Cookies     []harField `json:"cookies"`
	Headers     []harField `json:"headers"`
	Content     harContent `json:"content"`
	RedirectURL string     `json:"redirectURL"`
	HeadersSize int        `json:"headersSize"`
	BodySize    int64      `json:"bodySize"`
	Error       string     `json:"_error,omitempty"` // where Chrome shows it
}

type harContent struct {
	Size     int64  `json:"size"`
	MimeType string `json:"mimeType"`
	Text     string `json:"text,omitempty"`
	Comment  string `json:"comment,omitempty"`
}

type harField struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type harTimings struct {
	Blocked float64 `json:"blocked"`
	DNS     float64 `json:"dns"`
	Connect float64 `json:"connect"` // with ssl, as the format has it
	SSL     float64 `json:"ssl"`
	Send    float64 `json:"send"`
	Wait    float64 `json:"wait"`
	Receive float64 `json:"receive"`
}

func (h harWriter) entry(e wire.Entry) harEntry {
	out := harEntry{
		PageRef: pageID, Started: harTime(e.Started), Timings: timingsOf(e.Timings), ServerIP: serverIP(e.Connection), Comment: comment(e),
		Request: h.request(e), Response: h.response(e),
		Hop: harHop{Kind: e.Kind, Leg: e.Leg, Error: h.run.scrub(e.Err), Connection: connectionOf(e), Omitted: omittedOf(e)},
	}
	if e.Request != nil {
		out.Hop.URL = h.run.scrub(e.Request.URL)
	}
	if e.Response != nil && len(e.Response.Body.Form) > 0 {
		out.Hop.Form = h.fields(e.Response.Body.Form)
	}
	out.Time = out.Timings.total()
	return out
}

// total is the sum of the phases, as the format wants it: ssl is a part of connect.
func (t harTimings) total() (total float64) {
	for _, phase := range []float64{t.Blocked, t.DNS, t.Connect, t.Send, t.Wait, t.Receive} {
		total += max(phase, 0)
	}
	return total
}

// timingsOf gives send, wait and receive a value where they are unknown: they may not
// be -1. What the call took besides its phases is blocked.
func timingsOf(t wire.Timings) harTimings {
	out := harTimings{
		Blocked: -1, DNS: milliseconds(t.DNS), SSL: milliseconds(t.TLS), Connect: milliseconds(t.Connect),
		Send: max(milliseconds(t.Send), 0), Wait: max(milliseconds(t.Wait), 0), Receive: max(milliseconds(t.Receive), 0),
	}
	if t.TLS >= 0 {
		out.Connect = milliseconds(max(t.Connect, 0) + t.TLS)
	}
	if rest := blocked(t); rest > 0 {
		out.Blocked = milliseconds(rest)
	}
	return out
}

// noAddress is that of a stray, of which no address is recorded: importers want a URL.
const noAddress = "about:blank"

func (h harWriter) request(e wire.Entry) harRequest {
	m := cmp.Or(e.Request, &wire.Message{})
	address, _, _ := strings.Cut(m.URL, "#")
	out := harRequest{
		Method: cmp.Or(m.Method, "GET"), URL: cmp.Or(asURI(h.run.scrub(address)), noAddress), HTTPVersion: cmp.Or(m.Proto, "HTTP/1.1"),
		Cookies: []harField{}, Headers: h.fields(m.Header), Query: h.fields(splitAddress(m.URL).query), HeadersSize: -1, BodySize: m.Body.Size,
	}
	for _, pair := range strings.Split(m.Get("Cookie"), ";") {
		out.Cookies = append(out.Cookies, h.cookie(pair)...)
	}
	if b := m.Body; b.Text != "" || len(b.Form) > 0 || b.Omitted != "" {
		out.Post = &harPost{MimeType: h.run.scrub(b.MediaType), Params: h.fields(b.Form), Text: h.run.scrub(b.Text), Comment: b.Omitted}
	} else if b.Size < 0 {
		out.BodySize = 0
	}
	return out
}

func (h harWriter) response(e wire.Entry) harResponse {
	none := harResponse{Cookies: []harField{}, Headers: []harField{}, Content: harContent{MimeType: "x-unknown"}, HeadersSize: -1, BodySize: -1}
	m := e.Response
	if m == nil {
		none.Error = h.run.scrub(e.Err)
		return none
	}
	out := harResponse{
		Status: m.Status, StatusText: statusText(m), HTTPVersion: cmp.Or(m.Proto, "HTTP/1.1"), Cookies: []harField{}, Headers: h.fields(m.Header),
		Content:     harContent{Size: max(m.Body.Size, 0), MimeType: h.run.scrub(m.Body.MediaType), Text: h.run.scrub(m.Body.Text), Comment: m.Body.Omitted},
		RedirectURL: asURI(h.run.scrub(m.Get("Location"))), HeadersSize: -1, BodySize: m.Body.Size, Error: h.run.scrub(e.Err),
	}
	for _, f := range m.Header {
		if strings.EqualFold(f.Name, "Set-Cookie") {
			pair, _, _ := strings.Cut(f.Value, ";")
			out.Cookies = append(out.Cookies, h.cookie(pair)...)
		}
	}
	return out
}

func (h harWriter) fields(fields []wire.Field) []harField {
	out := []harField{}
	for _, f := range fields {
		out = append(out, harField{h.run.scrub(f.Name), h.run.scrub(f.Value)})
	}
	return out
}

func (h harWriter) cookie(pair string) []harField {
	name, v, ok := strings.Cut(strings.TrimSpace(pair), "=")
	if !ok {
		return nil
	}
	return []harField{{h.run.scrub(name), h.run.scrub(v)}}
}

func connectionOf(e wire.Entry) *harConnection {
	c := e.Connection
	if c.Address == "" && c.Proxy == "" {
		return nil
	}
	return &harConnection{c.Address, c.Proxy, c.Protocol, c.TLSVersion, c.CipherSuite, c.Reused, c.Certificates}
}

func omittedOf(e wire.Entry) *harOmittedBody {
	var o harOmittedBody
	if e.Request != nil {
		o.Request = e.Request.Body.Omitted
	}
	if e.Response != nil {
		o.Response = e.Response.Body.Omitted
	}
	if o == (harOmittedBody{}) {
		return nil
	}
	return &o
}

// asURI escapes what may not be in a URI (RFC 3986 section 2), such as the marks of a
// fingerprint. It leaves what is escaped already.
func asURI(text string) string {
	var b strings.Builder
	for i := range len(text) {
		if c := text[i]; c > ' ' && c < 0x7f && !strings.ContainsRune("\"<>\\^`{|}", rune(c)) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
