package implicit

import (
	"slices"
	"strings"
)

// response makes the checks of the response around the tokens.
func (v *verification) response(resp *Response) {
	v.add(v.channel(resp))
	v.add(v.state(resp))
	v.add(v.issuerParameter(resp))
	v.add(v.tokens(resp))
	v.add(v.tokenType(resp))
}

func pass(name, detail string) Check { return Check{Name: name, Status: StatusPass, Detail: detail} }
func skip(name, detail string) Check { return Check{Name: name, Status: StatusSkip, Detail: detail} }

// channel refuses tokens in a query that was not requested: they end up in logs,
// histories and Referer headers. [Parse] has refused a parameter that appears
// more than once or in two places. A query with the parameter "token" is how some
// of PingOne's pages print the response of resume, in whatever mode.
func (v *verification) channel(resp *Response) Check {
	if resp.Channel == ChannelQuery && v.expect.ResponseMode != "query" && !resp.TokenAlias {
		expected := v.expect.ResponseMode
		if expected == "" {
			expected = "fragment"
		}
		return Check{CheckChannel, StatusFail, "the tokens are in the query, which was not requested", expected, "query", "OAuth 2.0 Multiple Response Types section 3.0"}
	}
	if resp.Channel == ChannelQuery && v.expect.ResponseMode == "query" {
		v.warn(WarnQueryMode, "tokens in a query end up in logs and histories")
	}
	detail := "in one place, the " + resp.Channel
	if asked := v.expect.ResponseMode; asked != "" && asked != responseMode(resp.Channel) {
		detail += ", though " + asked + " was requested"
	}
	return pass(CheckChannel, detail)
}

func responseMode(c string) string {
	switch c {
	case ChannelForm:
		return "form_post"
	case ChannelFlow:
		return "pi.flow"
	}
	return c
}

// state ties the response to the request: RFC 6749 section 10.12. A response in a
// flow was received on the connection of the request, which ties it as well.
// Neither value is shown whole.
func (v *verification) state(resp *Response) Check {
	c := Check{Name: CheckState, Status: StatusFail, Expected: beginning(v.expect.State, resp.State), Clause: "RFC 6749 section 4.2.2"}
	switch {
	case v.expect.State == "" && !v.expect.Partial:
		c.Detail, c.Expected = "the request had no state, so a forged response could not be recognised", ""
	case v.expect.State == "":
		return skip(CheckState, "the request's state is not known")
	case resp.State == "" && resp.Channel == ChannelFlow:
		return skip(CheckState, "state is absent; the response was received on the connection of the request")
	case resp.State == "":
		c.Detail, c.Found = "the response has no state", "none"
	case !equalConstantTime(resp.State, v.expect.State):
		c.Detail, c.Found = "the state does not match the request", beginning(resp.State, v.expect.State)
	default:
		return pass(CheckState, "the request's")
	}
	return c
}

// issuerParameter compares the iss parameter of a response, an error response
// included, with the issuer: RFC 9207 section 2.4. Its absence fails only where
// the provider promises it and no ID token names the issuer.
func (v *Verifier) issuerParameter(resp *Response) Check {
	const name, clause = CheckIssuerParameter, "RFC 9207 section 2.4"
	switch {
	case resp.Issuer == v.Issuer && v.Issuer != "":
		return pass(name, v.Issuer)
	case resp.Issuer != "":
		return Check{name, StatusFail, "the response is from a different issuer", quote(v.Issuer), quote(resp.Issuer), clause}
	case v.IssuerInResponse && resp.IDToken.Empty():
		return Check{name, StatusFail, "iss is absent, which the provider promises in every response", quote(v.Issuer), "none", clause}
	}
	return skip(name, "iss is absent")
}

// tokens compares the response with the response type: OpenID Connect Core section
// 3.2.2.5, RFC 6749 section 4.2.2.
func (v *verification) tokens(resp *Response) Check {
	const name = CheckTokens
	found := tokenNames(resp)
	fail := func(detail string) Check {
		return Check{name, StatusFail, detail, v.expect.ResponseType, strings.Join(found, " "), "OpenID Connect Core section 3.2.2.5"}
	}
	for _, surplus := range [...]string{"code", "refresh_token", "response"} {
		if resp.has(surplus) {
			return fail("the response contains " + surplus + ", which was not requested")
		}
	}
	asked := strings.Fields(v.expect.ResponseType)
	for _, kind := range [...]string{"token", "id_token"} {
		switch has := slices.Contains(found, kind); {
		case len(asked) == 0:
		case has && !slices.Contains(asked, kind):
			return fail("the response contains " + kind + ", which was not requested")
		case !has && slices.Contains(asked, kind):
			return fail("the response lacks " + kind + ", which was requested")
		}
	}
	if len(found) == 0 {
		return fail("the response has no token")
	}
	if _, _, err := resp.lifetime(); err != nil {
		raw := resp.Get("expires_in").Reveal()
		return Check{name, StatusFail, "expires_in is malformed", "whole seconds", quote(raw), "RFC 6749 section 4.2.2"}
	}
	detail := strings.Join(found, " ")
	if resp.TokenAlias {
		detail += `; warning: the access token is named "token" and not "access_token"`
	}
	return pass(name, detail)
}

// tokenNames returns the tokens of resp, in the words of response_type.
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
// 6749 section 7.1 compares without case. PingOne's pages show none in a flow.
func (v *verification) tokenType(resp *Response) Check {
	const name = CheckTokenType
	switch {
	case resp.AccessToken.Empty():
		return skip(name, "the response has no access token")
	case strings.EqualFold(resp.TokenType, "Bearer"):
		return pass(name, "Bearer")
	case resp.TokenType == "" && resp.Channel == ChannelFlow:
		return skip(name, "token_type is absent, which is allowed in a flow")
	}
	found := "none"
	if resp.TokenType != "" {
		found = quote(resp.TokenType)
	}
	return Check{name, StatusFail, "the access token cannot be used as a bearer token", "Bearer", found, "OpenID Connect Core section 3.2.2.5"}
}
