package implicit

import (
	"slices"
	"strings"
)

// response makes the checks of the answer around the tokens.
func (v *verification) response(resp *Response) {
	v.Add(v.channel(resp))
	v.Add(v.state(resp))
	v.Add(v.CheckIssuerParameter(resp))
	v.Add(v.tokens(resp))
	v.Add(v.tokenType(resp))
}

func pass(name, detail string) Check { return Check{Name: name, Status: StatusPass, Detail: detail} }
func skip(name, detail string) Check { return Check{Name: name, Status: StatusSkip, Detail: detail} }

// channel refuses tokens in a query that was not asked for: they end up in
// logs, histories and Referer headers. That no parameter stands there twice or
// in two places, [Parse] has seen to. A query with the parameter "token" is how
// some PingOne pages print the answer of resume, whatever mode was asked for.
func (v *verification) channel(resp *Response) Check {
	if resp.Channel == ChannelQuery && v.expect.ResponseMode != "query" && !resp.TokenAlias {
		expected := v.expect.ResponseMode
		if expected == "" {
			expected = "fragment"
		}
		return Check{CheckChannel, StatusFail, "tokens came in the query", expected, "query", "OAuth 2.0 Multiple Response Types section 3.0"}
	}
	detail := "in one place, the " + string(resp.Channel)
	if asked := v.expect.ResponseMode; asked != "" && asked != responseMode(resp.Channel) {
		detail += ", though " + asked + " was asked for"
	}
	return pass(CheckChannel, detail)
}

func responseMode(c Channel) string {
	switch c {
	case ChannelForm:
		return "form_post"
	case ChannelFlow:
		return "pi.flow"
	}
	return string(c)
}

// state ties the answer to the request: RFC 6749 section 10.12. An answer in a
// flow came on the connection that asked for it, which ties it as well. Neither
// value is shown.
func (v *verification) state(resp *Response) Check {
	c := Check{Name: CheckState, Status: StatusFail, Expected: "the request's state", Found: "another one", Clause: "RFC 6749 section 4.2.2"}
	switch {
	case v.expect.State == "" && v.expect.complete:
		c.Detail, c.Expected, c.Found = "the request carried no state, so that a forged answer could not be told", "", ""
	case v.expect.State == "":
		return skip(CheckState, "the request's state is not known")
	case resp.State == "" && resp.Channel == ChannelFlow:
		return skip(CheckState, "state is absent; the answer came on the connection that asked for it")
	case resp.State == "":
		c.Detail, c.Found = "the answer is not tied to the request", "none"
	case !equalConstantTime(resp.State, v.expect.State):
		c.Detail = "this is the answer to another request"
	default:
		return pass(CheckState, "the request's")
	}
	return c
}

// CheckIssuerParameter compares the iss parameter of an answer, an error answer
// included, with the issuer: RFC 9207 section 2.4. Its absence is a fault only
// where the provider promised it and no ID token names the issuer.
func (v *Verifier) CheckIssuerParameter(resp *Response) Check {
	const name, clause = CheckIssuerParameter, "RFC 9207 section 2.4"
	switch {
	case resp.Issuer == v.Issuer && v.Issuer != "":
		return pass(name, v.Issuer)
	case resp.Issuer != "":
		return Check{name, StatusFail, "another issuer sent this answer", quote(v.Issuer), quote(resp.Issuer), clause}
	case v.IssuerInResponse && resp.IDToken.Empty():
		return Check{name, StatusFail, "iss is absent, which the provider promises in every answer", quote(v.Issuer), "none", clause}
	}
	return skip(name, "iss is absent")
}

// tokens compares what came with what was asked for: OpenID Connect Core section
// 3.2.2.5, RFC 6749 section 4.2.2.
func (v *verification) tokens(resp *Response) Check {
	const name = CheckTokens
	came := tokenNames(resp)
	fail := func(detail string) Check {
		return Check{name, StatusFail, detail, v.expect.ResponseType, strings.Join(came, " "), "OpenID Connect Core section 3.2.2.5"}
	}
	for _, surplus := range [...]string{"code", "refresh_token", "response"} {
		if resp.Has(surplus) {
			return fail(surplus + " came, which nobody asked for")
		}
	}
	asked := strings.Fields(v.expect.ResponseType)
	for _, kind := range [...]string{"token", "id_token"} {
		switch has := slices.Contains(came, kind); {
		case len(asked) == 0:
		case has && !slices.Contains(asked, kind):
			return fail(kind + " came, which nobody asked for")
		case !has && slices.Contains(asked, kind):
			return fail(kind + " was asked for and did not come")
		}
	}
	if len(came) == 0 {
		return fail("no token came")
	}
	if _, _, err := resp.Lifetime(); err != nil {
		raw := resp.Get("expires_in").Reveal()
		return Check{name, StatusFail, "expires_in is malformed", "whole seconds", quote(raw), "RFC 6749 section 4.2.2"}
	}
	detail := strings.Join(came, " ")
	if resp.TokenAlias {
		detail += `; warning: the access token stood under the name "token" and not "access_token"`
	}
	return pass(name, detail)
}

// tokenNames returns what came, in the words of response_type.
func tokenNames(resp *Response) (names []string) {
	if !resp.AccessToken.Empty() {
		names = append(names, "token")
	}
	if !resp.IDToken.Empty() {
		names = append(names, "id_token")
	}
	return names
}

// tokenType: OpenID Connect Core section 3.2.2.5 allows Bearer only, which RFC
// 6749 section 7.1 compares without regard to case. PingOne's pages show none in
// a flow.
func (v *verification) tokenType(resp *Response) Check {
	const name = CheckTokenType
	switch {
	case resp.AccessToken.Empty():
		return skip(name, "no access token came")
	case strings.EqualFold(resp.TokenType, "Bearer"):
		return pass(name, "Bearer")
	case resp.TokenType == "" && resp.Channel == ChannelFlow:
		return skip(name, "token_type is absent, as it may be in a flow")
	}
	found := "none"
	if resp.TokenType != "" {
		found = quote(resp.TokenType)
	}
	return Check{name, StatusFail, "the access token cannot be used as a bearer token", "Bearer", found, "OpenID Connect Core section 3.2.2.5"}
}
