// Package wire records what a run sends and receives: each exchange once, with its
// times, its connection, its headers and its bodies. It decides nothing.
//
// Values are redacted as they are recorded, by an allow-list: the value of a header,
// cookie, parameter or JSON member that is not known to be harmless is replaced by a
// fingerprint such as «4f1c8e02d7a9b310»: 64 bits of an HMAC under a random key of the
// recording, so that equal secrets look equal. A recording holds no secret.
package wire

import "time"

// Kind says what an [Entry] is.
type Kind string

// The kinds of an entry.
const (
	KindExchange Kind = "exchange" // a call of ours: request, and response or Err
	KindOpened   Kind = "opened"   // the address that a browser was sent to; Request only
	KindReceived Kind = "received" // the response, as the listener received it; Request only
	KindPasted   Kind = "pasted"   // an address that the user pasted; Request only
	KindStray    Kind = "stray"    // a request to the listener that was not the response; Request only, Err says why
)

// Recording is what one run sent and received. All values in it are redacted.
type Recording struct {
	Started time.Time
	Entries []Entry // in the order in which they began
}

// Entry is one hop.
type Entry struct {
	Kind       Kind
	Leg        string // what the call was for: one of the Leg constants of pkg/implicit; empty where unknown
	Started    time.Time
	Timings    Timings
	Connection Connection
	Request    *Message
	Response   *Message // nil where none was received
	Err        string   // why there is no response, or not all of its body; may hold foreign text
}

// Unknown is the duration that was not measured, or does not apply.
const Unknown time.Duration = -1

// Timings are the parts of an exchange, in its order. Each is [Unknown] where it did
// not happen, such as DNS on a reused connection.
type Timings struct {
	DNS     time.Duration // name resolution
	Connect time.Duration // TCP, and the proxy's answer
	TLS     time.Duration
	Send    time.Duration // from a connection to the end of the request
	Wait    time.Duration // from there to the first byte of the response
	Receive time.Duration // from there to its end
	Total   time.Duration // from the start of the call to its end; never Unknown in an exchange
}

// Connection is what an exchange went over.
type Connection struct {
	Address      string // IP address and port of the other end: the server, or the proxy
	Proxy        string // host and port of the proxy; empty: none
	Protocol     string // "HTTP/1.1", "HTTP/2.0"
	TLSVersion   string // "TLS 1.3"; empty: no TLS
	CipherSuite  string
	Certificates []Certificate // as the server sent them, its own first
	Reused       bool          // the connection had been used before
}

// Certificate is one of a server's chain.
type Certificate struct {
	Subject, Issuer     string // distinguished names (RFC 2253); foreign text
	NotBefore, NotAfter time.Time
	SHA256              string // of the certificate, in hexadecimal
	Names               []string
}

// Message is a request or a response.
type Message struct {
	Method string // of a request
	URL    string // of a request, with query and fragment
	Status int    // of a response
	Proto  string // "HTTP/1.1"
	Header []Field
	Body   Body
}

// Get returns the value of the first header of this name, in any case; empty where
// there is none.
func (m *Message) Get(name string) string {
	if m == nil {
		return ""
	}
	return get(m.Header, name)
}

// Body is the body of a message.
type Body struct {
	MediaType string  // without parameters, lower case
	Size      int64   // in bytes, before redaction; -1 where it would tell something of a secret, or is unknown
	Text      string  // redacted; JSON keeps its shape
	Form      []Field // of a form, and of a page whose form posts the response to us
	Action    string  // where the form of such a page posts to
	Omitted   string  // why Text and Form are empty although there is a body, in words of ours
	Truncated bool    // Text or Form ends at the limit
}

// Field is a name and a value: a header, a cookie, a parameter.
type Field struct{ Name, Value string }
