package report

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/internal/wire"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// Archive is a HAR 1.2 file: ours, or one that a browser exported.
type Archive struct {
	Creator string // name and version of the program that wrote it; foreign text

	// Recording has the values as the file has them: those of a browser's file
	// are in clear. Redact it before it is shown.
	Recording wire.Recording

	Own *Own // what this program added to its file; nil for another's
}

// Own is what a file of --har holds in addition to HAR 1.2. Anyone can write such a
// file: nothing in it decides a replay.
type Own struct {
	Checks []implicit.Check `json:"checks"`
}

// MaxArchive bounds a HAR file, in bytes.
const MaxArchive = 128 << 20

// maxEntries bounds the entries of a file, and maxText a body that is looked into.
const (
	maxEntries = 20_000
	maxText    = 4 << 20
)

// HARError says why a file is not a HAR that can be read.
type HARError struct{ Problem string }

func (e *HARError) Error() string { return "recording: " + e.Problem }

// Kind is "usage": another file must be given.
func (e *HARError) Kind() string { return "usage" }

// Hint says how to get such a file.
func (e *HARError) Hint() string {
	return `give a file that --har wrote, or "Save all as HAR" of a browser's network panel`
}

type harFile struct {
	Log *struct {
		Creator harProgram   `json:"creator"`
		Entries *[]readEntry `json:"entries"`
		Own     *Own         `json:"_implicit"`
	} `json:"log"`
}

type harProgram struct{ Name, Version string }

type readEntry struct {
	Started  string       `json:"startedDateTime"`
	Time     float64      `json:"time"`
	Request  readMessage  `json:"request"`
	Response *readMessage `json:"response"`
	Address  string       `json:"serverIPAddress"`
	Error    string       `json:"_error"`
	Own      *readHop     `json:"_implicit"`
}

// readHop is what a file of --har says of an entry: URL has the fragment too, and Form is
// of a page that posts the response.
type readHop struct {
	Kind, Leg, URL, Error string
	Form                  []wire.Field
}

type readMessage struct {
	Method      string       `json:"method"`
	URL         string       `json:"url"`
	Status      int          `json:"status"`
	HTTPVersion string       `json:"httpVersion"`
	Headers     []wire.Field `json:"headers"`
	RedirectURL string       `json:"redirectURL"`
	PostData    *readBody    `json:"postData"`
	Content     *readBody    `json:"content"`
	Error       string       `json:"_error"` // Chrome's and WebKit's
}

// readBody is a request's postData or a response's content.
type readBody struct {
	MimeType string       `json:"mimeType"`
	Text     string       `json:"text"`
	Encoding string       `json:"encoding"`
	Size     int64        `json:"size"`
	Params   []wire.Field `json:"params"`
}

// LooksLikeHAR reports whether a text is a JSON object with the outline of a HAR.
func LooksLikeHAR(text []byte) bool {
	var outline struct {
		Log *struct {
			Entries *json.RawMessage `json:"entries"`
		} `json:"log"`
	}
	return json.Unmarshal(text, &outline) == nil && outline.Log != nil && outline.Log.Entries != nil
}

// ReadHAR reads a HAR 1.2 file. The error is a [*HARError].
func ReadHAR(text []byte) (*Archive, error) {
	if len(text) > MaxArchive {
		return nil, &HARError{fmt.Sprintf("expected at most %d bytes", MaxArchive)}
	}
	var file harFile
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, &HARError{"not the JSON of a HAR: " + jsonProblem(err)}
	}
	switch {
	case file.Log == nil || file.Log.Entries == nil:
		return nil, &HARError{"expected a HAR, which has log.entries; found other JSON"}
	case len(*file.Log.Entries) > maxEntries:
		return nil, &HARError{fmt.Sprintf("expected at most %d entries, found %d", maxEntries, len(*file.Log.Entries))}
	}
	a := &Archive{Creator: strings.TrimSpace(file.Log.Creator.Name + " " + file.Log.Creator.Version), Own: file.Log.Own}
	for i := range *file.Log.Entries {
		a.Recording.Entries = append(a.Recording.Entries, (*file.Log.Entries)[i].entry())
	}
	list := a.Recording.Entries
	sort.SliceStable(list, func(i, j int) bool { return list[i].Started.Before(list[j].Started) })
	if len(a.Recording.Entries) > 0 {
		a.Recording.Started = a.Recording.Entries[0].Started
	}
	return a, nil
}

// jsonProblem says what is wrong, and where, without what is in the file.
func jsonProblem(err error) string {
	var syntax *json.SyntaxError
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Sprintf("%v at byte %d", syntax, syntax.Offset)
	case errors.As(err, &wrong):
		return fmt.Sprintf("%s at byte %d is of another type", wrong.Field, wrong.Offset)
	}
	return "it cannot be read"
}

func (e *readEntry) entry() wire.Entry {
	started, _ := time.Parse(time.RFC3339, e.Started)
	out := wire.Entry{Kind: wire.KindExchange, Started: started, Err: e.Error}
	const unknown = wire.Unknown
	out.Timings = wire.Timings{DNS: unknown, Connect: unknown, TLS: unknown, Send: unknown, Wait: unknown, Receive: unknown, Total: spanOf(e.Time)}
	out.Connection.Address = e.Address
	out.Request = e.Request.message()
	if r := e.Response; r != nil {
		if r.Status > 0 { // browsers write 0 where none was received
			out.Response = r.message()
		}
		if out.Err == "" {
			out.Err = r.Error
		}
	}
	if own := e.Own; own != nil {
		out.Kind, out.Leg, out.Err = wire.Kind(cmp.Or(own.Kind, string(out.Kind))), own.Leg, cmp.Or(own.Error, out.Err)
		if own.URL != "" {
			out.Request.URL = own.URL
		}
		if out.Response != nil {
			out.Response.Body.Form = own.Form
		}
	}
	return out
}

func spanOf(ms float64) time.Duration {
	if !(ms > 0 && ms < 1e9) {
		return 0
	}
	return time.Duration(ms * float64(time.Millisecond))
}

func (m *readMessage) message() *wire.Message {
	out := &wire.Message{Method: m.Method, URL: m.URL, Status: m.Status, Proto: m.HTTPVersion, Header: m.Headers}
	if m.RedirectURL != "" && out.Get("Location") == "" {
		out.Header = append(slices.Clip(out.Header), wire.Field{Name: "Location", Value: m.RedirectURL})
	}
	body := m.Content
	if m.PostData != nil {
		body = m.PostData
	}
	if body != nil {
		out.Body = body.body()
	}
	return out
}

func (b *readBody) body() wire.Body {
	mediaType, _, _ := strings.Cut(strings.ToLower(b.MimeType), ";")
	out := wire.Body{MediaType: strings.TrimSpace(mediaType), Size: b.Size, Text: b.Text}
	if strings.EqualFold(b.Encoding, "base64") {
		decoded, err := base64.StdEncoding.DecodeString(b.Text)
		if out.Text = string(decoded); err != nil {
			out.Text, out.Omitted = "", "its base64 is malformed"
		}
	}
	if out.Text == "" {
		out.Text = encodeForm(b.Params)
	}
	if len(out.Text) > maxText {
		out.Text, out.Omitted = "", "it is too large to be inspected"
	}
	return out
}

// encodeForm undoes what an exporter did that gives a form's parameters and not its
// text. Some leave the parameters as they were sent: an escape is then escaped.
func encodeForm(params []wire.Field) string {
	pairs := make([]string, len(params))
	for i, p := range params {
		pairs[i] = encoded(p.Name) + "=" + encoded(p.Value)
	}
	return strings.Join(pairs, "&")
}

func encoded(s string) string {
	if decoded, err := url.QueryUnescape(s); err == nil && decoded != s && strings.Contains(s, "%") {
		return s
	}
	return url.QueryEscape(s)
}
