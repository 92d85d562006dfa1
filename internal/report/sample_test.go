package report

import (
	"encoding/base64"
	"net/url"
	"time"

	"github.com/implicit-cli/implicit/internal/wire"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

const (
	sampleBase   = "https://auth.pingone.eu/8f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e5"
	sampleClient = "1a2b3c4d-5e6f-4a1b-8c2d-3e4f5a6b7c8d"
	sampleTarget = "https://app.example.com/callback"
	stateMark    = "«4f1c8e02d7a9b310»"
	nonceMark    = "«77d0a1b2c3d4e5f6»"
)

var sampleStart = time.Date(2026, 11, 25, 14, 3, 7, 120e6, time.UTC)

// recordedToken is a JWT as a recording has it.
func recordedToken(header, claims string) string {
	enc := base64.RawURLEncoding.EncodeToString
	return enc([]byte(header)) + "." + enc([]byte(claims)) + ".«0011223344556677»"
}

const (
	sampleHeader      = `{"kid":"11111111-2222-11ee-8888-000000000001","alg":"RS256"}`
	sampleIDClaims    = `{"iss":"` + sampleBase + `/as","sub":"9d2f","aud":"` + sampleClient + `","iat":1795615388,"exp":1795618988,"acr":"Single_Factor","amr":["pwd"],"auth_time":1795615387,"nonce":"` + nonceMark + `","at_hash":"8xyzABCDEFGHIJKLMNOPQR","preferred_username":"jane","env":"E","org":"O"}`
	sampleAccessClaim = `{"client_id":"` + sampleClient + `","iss":"` + sampleBase + `/as","iat":1795615388,"exp":1795618988,"aud":["https://api.pingone.eu"],"scope":"openid","sub":"9d2f","env":"E","org":"O"}`
)

func call(after time.Duration, leg, method, address string, form []wire.Field, answer *wire.Message) wire.Entry {
	ms := time.Millisecond
	return wire.Entry{
		Kind: wire.KindExchange, Leg: leg, Started: sampleStart.Add(after),
		Timings:    wire.Timings{DNS: 8 * ms, Connect: 14 * ms, TLS: 21 * ms, Send: ms, Wait: 63 * ms, Receive: 2 * ms, Total: 110 * ms},
		Connection: wire.Connection{Address: "192.0.2.7:443", Protocol: "HTTP/2.0", TLSVersion: "TLS 1.3", CipherSuite: "TLS_AES_128_GCM_SHA256", Certificates: []wire.Certificate{{Subject: "CN=auth.pingone.eu", Issuer: "CN=Example CA", NotBefore: sampleStart, NotAfter: sampleStart.AddDate(0, 3, 0)}}},
		Request:    &wire.Message{Method: method, URL: address, Proto: "HTTP/1.1", Header: []wire.Field{{Name: "User-Agent", Value: "implicit/1.0"}, {Name: "Cookie", Value: "ST=«aa11bb22cc33dd44»"}}, Body: wire.Body{Form: form, Size: -1}},
		Response:   answer,
	}
}

func jsonAnswer(status int, text string) *wire.Message {
	return &wire.Message{Status: status, Proto: "HTTP/2.0",
		Header: []wire.Field{{Name: "Content-Type", Value: "application/hal+json;charset=UTF-8"}, {Name: "Correlation-Id", Value: "c0ffee00-1111-4222-8333-444455556666"}, {Name: "Set-Cookie", Value: "ST=«aa11bb22cc33dd44»; Path=/; Secure; HttpOnly"}},
		Body:   wire.Body{MediaType: "application/hal+json", Size: int64(len(text)), Text: text}}
}

func redirect(location string) *wire.Message {
	return &wire.Message{Status: 302, Proto: "HTTP/2.0", Header: []wire.Field{{Name: "Location", Value: location}}, Body: wire.Body{Size: 0}}
}

// sampleRun is a valid login in the terminal, with an opened browser as well.
func sampleRun() Run {
	query := url.Values{"client_id": {sampleClient}, "response_type": {"token id_token"}, "scope": {"openid profile"}, "redirect_uri": {sampleTarget},
		"state": {stateMark}, "nonce": {nonceMark}, "response_mode": {"fragment"}}.Encode()
	fragment := "access_token=" + recordedToken(sampleHeader, sampleAccessClaim) + "&token_type=Bearer&expires_in=3600&scope=openid&id_token=" +
		recordedToken(sampleHeader, sampleIDClaims) + "&state=" + stateMark
	ms := time.Millisecond
	return Run{
		Version: "1.4.0", Command: "login", Ended: sampleStart.Add(1400 * ms),
		Recording: &wire.Recording{Started: sampleStart, Entries: []wire.Entry{
			call(0, implicit.LegAuthorize, "GET", sampleBase+"/as/authorize?"+query, nil, redirect("https://apps.pingone.eu/8f1c/signon/?flowId=f10w")),
			call(120*ms, implicit.LegKeys, "GET", sampleBase+"/as/jwks", nil, jsonAnswer(200, `{"keys":[]}`)),
			call(240*ms, implicit.LegFlow, "GET", sampleBase+"/flows/f10w", nil, jsonAnswer(200, `{"id":"f10w","status":"USERNAME_PASSWORD_REQUIRED","_links":{"self":{"href":"x"}}}`)),
			call(360*ms, implicit.LegAction, "POST", sampleBase+"/flows/f10w", nil, jsonAnswer(200, `{"id":"f10w","status":"COMPLETED"}`)),
			call(480*ms, implicit.LegResume, "GET", sampleBase+"/as/resume?flowId=f10w", nil, redirect(sampleTarget+"#"+fragment)),
		}},
		Settings: []Setting{{"environment-id", "8f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e5", "profile default"}, {"region", "EU", "IMPLICIT_REGION"},
			{"client-id", sampleClient, "flag"}, {"redirect-uri", sampleTarget, "flag"}, {"scope", "openid profile", "default"}},
		Checks: []implicit.Check{
			{Name: "channel", Status: implicit.StatusPass, Detail: "fragment, each parameter once"},
			{Name: "state", Status: implicit.StatusPass, Detail: "is that of the request"},
			{Name: "signature", Status: implicit.StatusPass, Detail: "RS256, kid 11111111-2222-11ee-8888-000000000001"},
			{Name: "at_hash", Status: implicit.StatusPass, Detail: "is the access token's"},
			{Name: "iss_parameter", Status: implicit.StatusSkip, Detail: "the provider does not send it"},
		},
		Warnings: []implicit.Warning{{Code: "scope_narrowed", Message: `not granted: "profile"`}},
	}
}
