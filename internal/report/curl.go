package report

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/implicit-cli/implicit/internal/wire"
	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// Curl writes what a run sent as a shell script of curl commands, in the order and
// style of PingOne's documentation. What is a fingerprint in the recording is read from
// the environment, or made anew in each run: the script holds no secret, and puts none
// into an argument list.
func Curl(w io.Writer, run *Run) error {
	s := &script{run: run}
	for _, e := range run.Recording.Entries {
		if s.wants(e) {
			s.entries = append(s.entries, e)
		}
	}
	if len(s.entries) == 0 {
		return errors.New("nothing was sent")
	}
	for i := range s.entries {
		s.step(&s.entries[i], i == len(s.entries)-1)
	}
	_, err := io.WriteString(w, s.head()+s.body.String())
	return err
}

// script is a script that is being written.
type script struct {
	run     *Run
	entries []wire.Entry // the steps
	needs   []string     // variables with a secret
	body    strings.Builder
	number  int
	status  string // of the flow in the last answer
	tokens  bool   // an answer with tokens was received
}

// wants reports whether an entry is a step: not what is fetched aside, and no further
// look at the same flow.
func (s *script) wants(e wire.Entry) bool {
	switch {
	case e.Request == nil || e.Kind != wire.KindExchange && e.Kind != wire.KindOpened:
		return false
	case e.Kind == wire.KindExchange && !slices.Contains([]string{implicit.LegAuthorize, implicit.LegFlow, implicit.LegAction, implicit.LegResume, implicit.LegUserInfo}, e.Leg):
		return false
	}
	n := len(s.entries)
	if n == 0 || e.Leg != implicit.LegFlow || s.entries[n-1].Leg != implicit.LegFlow {
		return true
	}
	s.entries[n-1].Response = e.Response
	return false
}

func (s *script) line(format string, args ...any) { fmt.Fprintf(&s.body, format+"\n", args...) }

// comment begins a step.
func (s *script) comment(text string) {
	s.number++
	s.line("\n# %d. %s", s.number, text)
}

// need returns how the value of a variable with a secret is used in double quotes.
func (s *script) need(variable string) string {
	if !slices.Contains(s.needs, variable) {
		s.needs = append(s.needs, variable)
	}
	return "$" + variable
}

func (s *script) step(e *wire.Entry, last bool) {
	switch {
	case e.Kind == wire.KindOpened:
		s.opened(e)
	case e.Leg == implicit.LegAuthorize:
		s.authorize(e, last)
	case e.Leg == implicit.LegFlow:
		s.read(e, last)
	case e.Leg == implicit.LegAction:
		s.action(e, last)
	case e.Leg == implicit.LegResume:
		s.comment("Exchange the completed flow for the tokens")
		include := " -i"
		if holdsResponse(e) {
			include = ""
		}
		s.line(`ANSWER=$(call%s "$AUTH/as/resume?flowId=$FLOW")`, include)
		s.print(e)
	case e.Leg == implicit.LegUserInfo:
		s.userInfo(e)
	}
}

// read reads the flow; again and again where the user was answering on a phone.
func (s *script) read(e *wire.Entry, last bool) {
	look := []string{`ANSWER=$(call "$AUTH/flows/$FLOW")`, `FLOW=$(flow_of "$ANSWER")`}
	if s.status != "PUSH_CONFIRMATION_REQUIRED" {
		s.comment("Read the flow")
		s.line("%s", look[0])
		s.flow(e, last)
		return
	}
	s.comment("Wait for the confirmation on the phone")
	s.line("WAITED=0\nwhile [ \"$(status)\" = %s ]; do", s.status)
	s.line(`  [ "$WAITED" -lt 300 ] || { echo 'the sign-on was not confirmed' >&2; exit 6; }`)
	s.line("  sleep 3\n  WAITED=$((WAITED + 3))\n  %s\n  %s\ndone", look[0], look[1])
	s.after(e, last)
}

// flow reads the ID of the flow out of an answer: it may change from step to step.
func (s *script) flow(e *wire.Entry, last bool) {
	s.line(`FLOW=$(flow_of "$ANSWER")`)
	s.after(e, last)
}

// after prints the last answer. Another one must be at the status that the next step is
// for: it may be another at another time, as after a password was changed.
func (s *script) after(e *wire.Entry, last bool) {
	if s.status = flowStatus(e); last {
		s.print(e)
	} else if s.status != "" {
		s.line("at %s", words.QuoteSh(s.status))
	}
}

// flowStatus is the status of the flow that an answer is; empty for any other answer.
func flowStatus(e *wire.Entry) string {
	if e.Response == nil {
		return ""
	}
	return objectOf(e.Response.Body.Text).text("status")
}

// print prints the answer: the response of a redirect or a page as it is, that of a
// flow's JSON (pi.flow) as a form.
func (s *script) print(e *wire.Entry) {
	flow := e.Leg == implicit.LegFlow || e.Leg == implicit.LegAction
	if holdsResponse(e) {
		s.line(`printf '%%s' "$ANSWER" | jq -r '.authorizeResponse | to_entries | map("\(.key)=\(.value | tostring | @uri)") | join("&")'`)
	} else {
		s.line(`printf '%%s\n' "$ANSWER"`)
	}
	s.tokens = s.tokens || !flow || holdsResponse(e)
}

// holdsResponse reports whether the answer is a flow with the response inside.
func holdsResponse(e *wire.Entry) bool {
	if e.Response == nil {
		return false
	}
	response, _ := objectOf(e.Response.Body.Text).get("authorizeResponse").(object)
	return len(response) > 0
}

func (s *script) authorize(e *wire.Entry, last bool) {
	s.comment("Authorize")
	endpoint, arguments := s.parameters(e)
	method := "-G"
	if e.Request.Method == http.MethodPost {
		method = "-X POST"
	}
	include := " -i"
	if e.Response != nil && e.Response.Body.Text != "" && e.Response.Get("Location") == "" {
		include = "" // the answer is a flow
	}
	s.line(`ANSWER=$(%scall%s %s -K - %s%s)`, s.config(e), include, method, words.QuoteSh(endpoint), arguments)
	switch {
	case last:
		s.print(e)
	case include == "":
		s.flow(e, false)
	default:
		s.line(`FLOW=$(printf '%%s\n' "$ANSWER" | sed -n 's/^[Ll]ocation:.*[?&]flowId=\([0-9A-Za-z-]*\).*/\1/p')`)
		s.line(`[ -n "$FLOW" ] || { printf 'authorize did not lead to a sign-on:\n%%s\n' "$ANSWER" >&2; exit 3; }`)
	}
}

// parameters returns the endpoint, and the arguments for what is no secret.
func (s *script) parameters(e *wire.Entry) (endpoint, arguments string) {
	endpoint, list := parts(e.Request.URL)
	for _, p := range append(list, e.Request.Body.Form...) {
		if !hidden(p.Value) {
			arguments += " \\\n  --data-urlencode " + words.QuoteSh(p.Name+"="+p.Value)
		}
	}
	return endpoint, arguments
}

// config pipes the parameters with secrets to curl, which reads them with -K.
func (s *script) config(e *wire.Entry) string {
	_, list := parts(e.Request.URL)
	format, values := "", ""
	for _, p := range append(list, e.Request.Body.Form...) {
		if !hidden(p.Value) || !plainName().MatchString(p.Name) {
			continue
		}
		format += `data-urlencode = "` + p.Name + `=%s"\n`
		switch p.Name {
		case "state", "nonce":
			values += ` "$` + strings.ToUpper(p.Name) + `"`
		default:
			values += ` "$(quoted "` + s.need(variable(p.Name)) + `")"`
		}
	}
	return "printf '" + format + "'" + values + " |\n  "
}

func (s *script) opened(e *wire.Entry) {
	s.comment("Authorize, in a browser: no script can do this step")
	endpoint, list := parts(e.Request.URL)
	endpoint = strings.ReplaceAll(endpoint, "'", "%27")
	for i, p := range list {
		value := url.QueryEscape(p.Value)
		if hidden(p.Value) && (p.Name == "state" || p.Name == "nonce") {
			value = "'\"$" + strings.ToUpper(p.Name) + "\"'"
		} else if hidden(p.Value) {
			continue
		}
		endpoint += map[bool]string{true: "?", false: "&"}[i == 0] + url.QueryEscape(p.Name) + "=" + value
	}
	s.line(`printf '%%s\n' 'The sign-on continues in a browser. Open this address; then validate the address it ends on`)
	s.line(`with "implicit verify -":' '%s' >&2`, endpoint)
	s.line("exit 4")
}

func (s *script) action(e *wire.Entry, last bool) {
	media := e.Request.Get("Content-Type")
	name := strings.TrimSuffix(strings.TrimPrefix(media, "application/vnd.pingidentity."), "+json")
	s.comment("Send the action " + printable(name))
	program := words.QuoteSh(s.jq(objectOf(e.Request.Body.Text)))
	s.line(`ANSWER=$(jq -cn %s |`, program)
	s.line(`  call -X POST -H %s -d @- "$AUTH/flows/$FLOW")`, words.QuoteSh("Content-Type: "+media))
	s.flow(e, last)
}

func (s *script) userInfo(e *wire.Entry) {
	s.comment("Ask userinfo")
	to := ""
	if s.tokens {
		s.line(`ACCESS_TOKEN=$(printf '%%s\n' "$ANSWER" | sed -n 's/.*access_token["=:]*\( value="\)*\([A-Za-z0-9._~+/=-]*\).*/\2/p')`)
		to = " >&2"
	} else {
		s.need("ACCESS_TOKEN")
	}
	s.line(`printf 'header = "Authorization: Bearer %%s"\n' "$ACCESS_TOKEN" |`)
	s.line(`  call -K - %s%s`, words.QuoteSh(e.Request.URL), to)
}

// plainName is a name that needs no quoting in a configuration file of curl.
var plainName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9_.-]+$`) })

var fingerprint = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`«[0-9a-f]{16}»`) })

// hidden reports whether a recorded value is not the one that was sent.
func hidden(value string) bool { return fingerprint().MatchString(value) }

// variable is the name of the variable for a value: the one that this program reads.
func variable(name string) string {
	if name == "currentPassword" {
		name = "password"
	}
	var b strings.Builder
	for i, c := range name {
		switch {
		case c >= 'A' && c <= 'Z' && i > 0:
			b.WriteString("_" + string(c))
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9':
			b.WriteRune(c)
		default:
			b.WriteByte('_')
		}
	}
	return "IMPLICIT_" + strings.ToUpper(b.String())
}

// printable keeps a comment on its line.
func printable(text string) string {
	return strings.Map(func(c rune) rune {
		if words.Drives(c) {
			return '?'
		}
		return c
	}, text)
}
