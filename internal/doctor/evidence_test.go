package doctor

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/internal/report"
	"github.com/implicit-cli/implicit/internal/wire"
)

func TestEvidenceShowsNoOwner(t *testing.T) {
	encode := base64.RawURLEncoding.EncodeToString
	jwt := encode([]byte(`{"alg":"RS256","kid":"11111111-2222-4333-8444-555555555555"}`)) + "." +
		encode([]byte(`{"iss":"https://login.acme.example/as","org":"`+testEnvironment+`"}`)) + ".«0123456789abcdef»"
	exchange := wire.Entry{
		Kind: wire.KindExchange, Started: time.Unix(1e9, 0),
		Connection: wire.Connection{Address: "203.0.113.7:443", Proxy: "proxy.acme.example:3128", Protocol: "HTTP/2.0",
			Certificates: []wire.Certificate{{Subject: "CN=*.acme.example", Names: []string{"*.acme.example"}}}},
		Request: &wire.Message{Method: "GET", URL: "https://login.acme.example/as/authorize?client_id=acme-shop&redirect_uri=https%3A%2F%2Fapp%2Fcallback",
			Header: []wire.Field{{Name: "Host", Value: "login.acme.example"}, {Name: "Accept", Value: "application/json"}}},
		Response: &wire.Message{Status: 302, Header: []wire.Field{
			{Name: "Location", Value: "https://app/callback#id_token=" + jwt}, {Name: "Set-Cookie", Value: "ST=«0»; Domain=.acme.example; Path=/"}},
			Body: wire.Body{MediaType: "application/json", Text: `{"keys":[{"kid":"k","n":"modulus","x5c":["MIIacme"]}]}`}},
		Err: `dial tcp [2001:db8::1]:443: lookup login.acme.example`,
	}
	run := report.Run{Recording: &wire.Recording{Started: time.Unix(1e9, 0), Entries: []wire.Entry{exchange}},
		Settings: []report.Setting{{Name: "client-id", Value: "acme-shop", Source: "profile acme"}, {Name: "auth-url", Value: "https://login.acme.example"},
			{Name: "profile", Value: "acme"}, {Name: "scope", Value: "openid", Source: "profile acme"}},
		Verdict: report.Verdict{Exit: 6, Message: "login.acme.example at 203.0.113.7 did not answer"},
		Scrub:   func(text string) string { return strings.ReplaceAll(text, "modulus", "") },
	}
	var b bytes.Buffer
	if err := Evidence(&b, run, nil); err != nil {
		t.Fatal(err)
	}
	if !json.Valid(b.Bytes()) {
		t.Errorf("no JSON: %s", b.String())
	}
	text := b.String()
	for part := range strings.FieldsFuncSeq(text, func(c rune) bool { return !strings.ContainsRune("-_", c) && (c < '0' || c > 'z') }) {
		if raw, err := base64.RawURLEncoding.DecodeString(part); err == nil {
			text += string(raw)
		}
	}
	for _, hidden := range []string{"acme", "203.0.113.7", "2001:db8", testEnvironment, "11111111-2222", "https://app/", "%2Fapp%2F", "modulus", "MII"} {
		if strings.Contains(text, hidden) {
			t.Errorf("the evidence shows %q:\n%s", hidden, b.String())
		}
	}
	for _, kept := range []string{"application/json", "/as/authorize", "did not answer", "/callback", `"openid"`, EvidenceAt} {
		if !strings.Contains(text, kept) {
			t.Errorf("the evidence lacks %q", kept)
		}
	}
	if run.Recording.Entries[0].Connection.Proxy == "" || !strings.Contains(run.Recording.Entries[0].Request.URL, "acme") {
		t.Error("the recording itself was changed")
	}
}
