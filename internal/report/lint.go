package report

import (
	"fmt"

	"github.com/implicit-cli/implicit/internal/wire"
)

// Finding is what a lint found in a request or a response: nothing that makes a token
// invalid, but something likely to cause trouble later. The codes never change.
type Finding struct {
	Code        string `json:"code"`
	Message     string `json:"message"`     // what was found; text from the wire is quoted
	Consequence string `json:"consequence"` // what follows from it
	Clause      string `json:"clause"`      // where a standard, or PingOne, says so
}

// The codes of the lints.
const (
	LintNoNonce          = "no_nonce"
	LintNoOpenID         = "no_openid"
	LintPlainHTTP        = "plain_http"
	LintHeaderSize       = "header_size"
	LintTokensInQuery    = "tokens_in_query"
	LintErrorPlace       = "error_place"
	LintTokenTypeMissing = "token_type_missing"
	LintExpiresIn        = "expires_in"
	LintScopeNarrowed    = "scope_narrowed"
	LintAuthTime         = "auth_time"
	LintCaseVariant      = "case_variant"
	LintAccessTokenType  = "access_token_type"
	LintOtherAPI         = "other_api"
)

// Lint returns what is worth a look in a recorded sign-on, in the order of request,
// response and tokens. It needs no key, and looks at recorded values alone.
func Lint(entries []wire.Entry) []Finding {
	l := &linter{signOn: findSignOn(entries)}
	l.lintRequest()
	l.lintEntries(entries)
	l.lintResponse()
	l.lintTokens()
	return l.found
}

type linter struct {
	signOn
	found []Finding
}

func (l *linter) add(code, clause, consequence, format string, args ...any) {
	l.found = append(l.found, Finding{Code: code, Message: fmt.Sprintf(format, args...), Consequence: consequence, Clause: clause})
}
