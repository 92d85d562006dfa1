package report

import (
	"fmt"
	"slices"
	"strings"
)

func (l *linter) lintResponse() {
	if l.channel == "" {
		return
	}
	access, id, refused := value(l.response, "access_token"), value(l.response, "id_token"), value(l.response, "error")
	if l.channel == "query" && access+id != "" {
		l.add(LintTokensInQuery, "OAuth 2.0 Multiple Response Types section 3.0", "the tokens are in logs, histories and Referer headers; treat them as known to others",
			"the tokens are in the query of the redirect")
	}
	if refused != "" {
		l.lintError(refused, access+id != "")
	}
	if access != "" && value(l.response, "token_type") == "" {
		l.add(LintTokenTypeMissing, "RFC 6749 section 4.2.2", "a client cannot know how to use the token; strict ones refuse it",
			"the response has an access token without token_type")
	}
	l.lintScope(access)
}

// lintError checks where the error of an authorize request is.
func (l *linter) lintError(code string, withTokens bool) {
	if withTokens {
		l.add(LintErrorPlace, "RFC 6749 section 4.2.2.1", "clients differ in which of the two they believe", "the response has the error %q and tokens", code)
	}
	expected := map[string]string{"": "fragment", "form_post": "form", "pi.flow": "flow"}[value(l.request, "response_mode")]
	if mode := value(l.request, "response_mode"); expected == "" {
		expected = mode
	}
	if l.endpoint != "" && l.channel != expected && expected != "flow" {
		l.add(LintErrorPlace, "RFC 6749 section 4.2.2.1; OAuth 2.0 Multiple Response Types section 2.1", "a client that looks only in the right place finds neither tokens nor an error",
			"the error %q is in the %s, expected in the %s", code, l.channel, expected)
	}
}

// lintScope compares what was asked for with what was granted: by the response, or by
// the access token's own scope.
func (l *linter) lintScope(access string) {
	granted := strings.Fields(value(l.response, "scope"))
	if len(granted) == 0 {
		if claims := token(access); claims != nil {
			granted = strings.Fields(claims.Text("scope"))
		}
	}
	var missing []string
	for _, scope := range strings.Fields(value(l.request, "scope")) {
		if len(granted) > 0 && !slices.Contains(granted, scope) {
			missing = append(missing, fmt.Sprintf("%q", scope))
		}
	}
	if len(missing) > 0 {
		l.add(LintScopeNarrowed, "RFC 6749 section 3.3", "calls that need these scopes are refused later; grant them to the application",
			"requested and not granted: %s", strings.Join(missing, ", "))
	}
}
