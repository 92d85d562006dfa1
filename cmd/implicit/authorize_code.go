package main

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/pflag"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// An application that is to leave the implicit grant: its owner sees what the same
// request is as authorization code with PKCE, and what to change in PingOne.

// asCode is the value of --as.
const asCode = "code"

// checkAs refuses what has no meaning with --as.
func (o authorizeOptions) checkAs(fs *pflag.FlagSet) error {
	mode, _ := fs.GetString("response-mode")
	switch {
	case fs.Changed("as") && o.as != asCode:
		return usagef("--as: expected code; found %q", o.as)
	case o.as == asCode && mode == "query":
		return usagef("--response-mode query cannot be used with --as code: a code is returned in the query anyway")
	}
	return nil
}

// change is a parameter that differs between the two requests.
type change struct {
	Name     string `json:"name"`
	Implicit string `json:"implicit,omitempty"` // empty: not sent
	Code     string `json:"code,omitempty"`     // empty: not sent
}

// setting is one that the application needs for the code grant.
type setting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// moving is what changes with the grant.
type moving struct {
	Parameters  []change  `json:"parameters"`
	Application []setting `json:"application"`
	Gains       []string  `json:"gains"`
	Costs       []string  `json:"costs"`
}

// showCode prints what changes, or with --dry-run the request itself.
func (a *app) showCode(req *implicit.Request, s *config.Settings, dryRun bool) error {
	p, err := codeRequest(req, a.random)
	settings := inPingOne()
	if a.otherProvider {
		settings = elsewhere()
	}
	switch {
	case err != nil:
		return err
	case dryRun:
		return a.printRequest(p, s.CACert)
	case a.json():
		return words.JSON(a.out, movingFrom(req, p, settings))
	}
	return a.showMoving(movingFrom(req, p, settings))
}

// codeRequest is req as authorization code with PKCE: RFC 7636 section 4. The
// verifier is the text of 32 random bytes, as section 4.1 recommends.
func codeRequest(req *implicit.Request, random io.Reader) (p printedRequest, err error) {
	secret := make([]byte, 32)
	if _, err := io.ReadFull(random, secret); err != nil {
		return p, fmt.Errorf("make a code verifier: %w", err)
	}
	p = printedRequest{Request: req, verifier: base64.RawURLEncoding.EncodeToString(secret)}
	for _, q := range req.Parameters() {
		switch {
		case q.Name == "response_type":
			q.Value = asCode
		case q.Name == "response_mode" && q.Value == "fragment":
			continue // the default of a code is the query
		case q.Name == "code_challenge" || q.Name == "code_challenge_method":
			return p, usagef("--param %s cannot be used with --as code, which makes it", q.Name)
		}
		p.parameters = append(p.parameters, q)
	}
	hash := sha256.Sum256([]byte(p.verifier))
	p.parameters = append(p.parameters, implicit.Param{Name: "code_challenge", Value: base64.RawURLEncoding.EncodeToString(hash[:])},
		implicit.Param{Name: "code_challenge_method", Value: "S256"})
	return p, nil
}

// inPingOne are the settings by their names in the console, elsewhere by those of
// RFC 7591 section 2.
func inPingOne() []setting {
	return []setting{{"Response Type", "Code"}, {"Grant Type", "Authorization Code"}, {"PKCE Enforcement", "S256_REQUIRED"}, {"Token Endpoint Authentication Method", "None"}}
}

func elsewhere() []setting {
	return []setting{{"response_types", "code"}, {"grant_types", "authorization_code"}, {"PKCE (RFC 7636)", "required, with S256"}, {"token_endpoint_auth_method", "none"}}
}

func movingFrom(req *implicit.Request, p printedRequest, application []setting) moving {
	m := moving{
		Application: application,
		Gains: []string{
			"no token is in an address, where history, logs and scripts can see it (RFC 9700 section 2.1.2)",
			"a code that is stolen is useless without its verifier, and one of another sign-on is refused (RFC 7636)",
			"with the grant type of refresh tokens the application can renew its tokens without a user",
		},
		Costs: []string{
			"one request more: the application sends code, redirect URI and verifier to the token endpoint",
			"state, nonce and verifier must be kept between the two requests, bound to this browser",
			"the ID token is verified as before, but at_hash may be absent (OpenID Connect Core section 3.1.3.6)",
			"implicit cannot sign on to the application once the grant type Implicit is off: it exchanges no code",
		},
	}
	value := func(list []implicit.Param, name string) string {
		i := slices.IndexFunc(list, func(q implicit.Param) bool { return q.Name == name })
		if i < 0 {
			return ""
		}
		return list[i].Value
	}
	for _, name := range []string{"response_type", "response_mode", "code_challenge", "code_challenge_method"} {
		c := change{name, value(req.Parameters(), name), value(p.parameters, name)}
		if name == "code_challenge" {
			c.Code = "the hash of a fresh verifier"
		}
		if c.Implicit != c.Code {
			m.Parameters = append(m.Parameters, c)
		}
	}
	return m
}

func (a *app) showMoving(m moving) error {
	style := a.style()
	var request, application [][2]string
	for _, c := range m.Parameters {
		text := c.Code
		switch {
		case c.Code == "":
			text = "not sent, in place of " + c.Implicit + ": a code is returned in the query"
		case c.Implicit != "":
			text += ", in place of " + c.Implicit
		}
		request = append(request, [2]string{c.Name, text})
	}
	for _, s := range m.Application {
		application = append(application, [2]string{s.Name, s.Value})
	}
	where := "At the provider, for the application"
	if !a.otherProvider {
		where = "PingOne console: Applications, the application, Configuration tab"
	}
	style.Paragraph(a.out, style.Bold("In the request"))
	style.Rows(a.out, request)
	style.Paragraph(a.out, "\n"+style.Bold(where))
	style.Rows(a.out, application)
	for _, list := range []struct {
		title, mark string
		lines       []string
	}{{"What it gains", "+", m.Gains}, {"What it costs", "-", m.Costs}} {
		style.Paragraph(a.out, "\n"+style.Bold(list.title))
		for _, line := range list.lines {
			style.Message(a.out, "  "+list.mark+" ", line)
		}
	}
	_, err := fmt.Fprintf(a.out, "\nNext: %s\n", style.Bold("implicit authorize --as code --dry-run"))
	return err
}
