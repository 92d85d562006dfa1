package login

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/implicit-cli/implicit/internal/loopback"
	"github.com/implicit-cli/implicit/internal/wire"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// What is not an HTTP call of implicit is recorded here: the browser makes those.

// noteOpened records the authorize request that a browser sends.
func (s *Service) noteOpened(req *implicit.Request) {
	if s.Recorder == nil {
		return
	}
	m := &wire.Message{Method: http.MethodGet}
	if address, err := req.URL(); err == nil && !Posts(req) {
		m.URL = address
	} else {
		m.Method, m.URL = http.MethodPost, req.Endpoint
		m.Body = formBody(req.Parameters())
	}
	s.Recorder.Note(wire.KindOpened, implicit.LegAuthorize, m, "")
}

// noteResponse records a response that was received or pasted.
func (s *Service) noteResponse(kind wire.Kind, req *implicit.Request, resp *implicit.Response) {
	if s.Recorder == nil {
		return
	}
	var params []implicit.Param
	for _, name := range resp.Names() {
		params = append(params, implicit.Param{Name: name, Value: resp.Get(name).Reveal()})
	}
	m := &wire.Message{Method: http.MethodGet, URL: req.RedirectURI}
	switch body := formBody(params); resp.Channel {
	case implicit.ChannelForm:
		m.Method, m.Body = http.MethodPost, body
	case implicit.ChannelQuery:
		m.URL += "?" + body.Text
	default:
		m.URL += "#" + body.Text
	}
	s.Recorder.Note(kind, implicit.LegResume, m, "")
}

func formBody(params []implicit.Param) wire.Body {
	var pairs []string
	for _, p := range params {
		pairs = append(pairs, url.QueryEscape(p.Name)+"="+url.QueryEscape(p.Value))
	}
	text := strings.Join(pairs, "&")
	return wire.Body{MediaType: "application/x-www-form-urlencoded", Text: text, Size: int64(len(text))}
}

// noteUnreadable records that a response of the browser could not be read.
func (s *Service) noteUnreadable(req *implicit.Request) {
	s.Recorder.Note(wire.KindReceived, implicit.LegResume, &wire.Message{URL: req.RedirectURI}, "it cannot be read")
}

func (s *Service) noteStrays(strays []loopback.Stray) {
	for _, stray := range strays {
		why := string(stray.Kind)
		if stray.Detail != "" {
			why += " (" + stray.Detail + ")"
		}
		s.Recorder.Note(wire.KindStray, "", &wire.Message{}, fmt.Sprintf("%d × %s", stray.Count, why))
	}
}
