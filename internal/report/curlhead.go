package report

import (
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// head is all before the first step.
func (s *script) head() string {
	first := &s.entries[0]
	var b strings.Builder
	fmt.Fprintf(&b, "#!/bin/sh\n# What implicit %s sent, as curl commands (implicit %s). Needs curl and jq.\n", printable(s.run.Command), printable(s.run.Version))
	b.WriteString("# State and nonce are new in each run. The last answer goes to standard output.\n")
	if s.tokens {
		b.WriteString("#   sh FILE | implicit verify -\n")
	}
	b.WriteString("set -eu\numask 077\n")
	if len(s.needs) > 0 {
		b.WriteString("\n# Secrets come from the environment.\n")
	}
	for _, name := range s.needs {
		if name == "IMPLICIT_PASSWORD" || name == "IMPLICIT_NEW_PASSWORD" {
			fmt.Fprintf(&b, "[ -z \"${%[1]s_FILE:-}\" ] || %[1]s=$(cat \"$%[1]s_FILE\")\n: \"${%[1]s:?expected in the environment, or in the file %[1]s_FILE}\"\n", name)
		} else {
			fmt.Fprintf(&b, ": \"${%s:?expected in the environment}\"\n", name)
		}
		fmt.Fprintf(&b, "export %s\n", name)
	}
	base, flow := s.base()
	fmt.Fprintf(&b, "\nAUTH=%s\nFLOW=%s\nexport FLOW\n", words.QuoteSh(base), words.QuoteSh(flow))
	b.WriteString(`
# Cookies are in a file that is removed at the end. JAR=FILE keeps them for the next script.
if [ -z "${JAR:-}" ]; then
  JAR=$(mktemp)
  trap 'rm -f "$JAR"' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
`)
	if u, err := url.Parse(base); err == nil && first.Request.Get("Cookie") != "" {
		fmt.Fprintf(&b, `  : "${IMPLICIT_SESSION_TOKEN:?expected in the environment}"
  printf '%%s\tFALSE\t/\tTRUE\t0\t%%s\t%%s\n' %[1]s ST "$IMPLICIT_SESSION_TOKEN" %[1]s ST-NO-SS "$IMPLICIT_SESSION_TOKEN" >"$JAR"
`, words.QuoteSh(u.Hostname()))
	}
	b.WriteString("fi\n")
	b.WriteString(s.functions())
	return b.String()
}

func (s *script) functions() string {
	text := "\ncall() { curl -sS --max-time 30 -b \"$JAR\" -c \"$JAR\"" + s.options() + " \"$@\"; }\n"
	body := s.body.String()
	if strings.Contains(body, "flow_of") {
		text += `
# flow_of prints the ID of a flow, or stops where the answer is none.
flow_of() {
  printf '%s' "$1" | jq -er 'select(.status) | .id // env.FLOW' ||
    { printf 'the answer is not a flow:\n%s\n' "$1" >&2; exit 3; }
}
`
	}
	if strings.Contains(body, "\nat ") || strings.Contains(body, "$(status)") {
		text += `
# status is that of the flow; at stops where it is not the recorded one.
status() { printf '%s' "$ANSWER" | jq -r .status; }
at() {
  [ "$(status)" = "$1" ] || {
    printf 'the sign-on is at %s; the recorded one was at %s\n' "$(status)" "$1" >&2
    exit 4
  }
}
`
	}
	if strings.Contains(body, "$(code ") {
		text += `
# code prints a code that the user has from now on: what a command prints, or is typed.
code() {
  if [ -n "${2:-}" ]; then
    CODE=$(sh -c "$2" | head -n 1)
  else
    printf '%s: ' "$1" >&2
    IFS= read -r CODE || CODE=
  fi
  [ -n "$CODE" ] || { printf 'no %s\n' "$1" >&2; exit 4; }
  printf '%s' "$CODE"
}
`
	}
	if strings.Contains(body, "$(quoted") {
		text += `
# quoted escapes a value for curl's configuration.
quoted() { printf '%s' "$1" | sed 's/[\\"]/\\&/g'; }
`
	}
	for _, name := range []string{"STATE", "NONCE"} {
		if strings.Contains(body, `"$`+name+`"`) {
			text += name + "=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \\n')\n"
		}
	}
	return text
}

// options are those of every call.
func (s *script) options() string {
	text := ""
	for _, setting := range s.run.Settings {
		if setting.Name == "ca-cert" && setting.Value != "" {
			text += " --cacert " + words.QuoteSh(setting.Value)
		}
	}
	m := s.entries[0].Request
	if u, err := url.Parse(m.URL); err == nil {
		if ip := net.ParseIP(u.Hostname()); u.Hostname() == "localhost" || ip != nil && ip.IsLoopback() {
			text += " --noproxy '*'"
		}
	}
	if id := m.Get("X-Ping-External-Transaction-ID"); id != "" {
		text += " -H " + words.QuoteSh("X-Ping-External-Transaction-ID: "+id)
	}
	return text
}

// base is the address of the environment, and the flow that the first step knows.
func (s *script) base() (base, flow string) {
	e := s.entries[0]
	address, list := parts(e.Request.URL)
	switch e.Leg {
	case implicit.LegFlow, implicit.LegAction:
		base, flow, _ = strings.Cut(address, "/flows/")
		return base, flow
	case implicit.LegResume:
		for _, p := range list {
			if p.Name == "flowId" {
				flow = p.Value
			}
		}
	}
	base, _, _ = strings.Cut(address, "/as/")
	return base, flow
}

// jq is a program of jq that makes a body: hidden values are read from the environment.
func (s *script) jq(v any) string {
	switch v := v.(type) {
	case object:
		var list []string
		for _, m := range v {
			list = append(list, literal(m.name)+": "+s.member(m))
		}
		return "{" + strings.Join(list, ", ") + "}"
	case []any:
		var list []string
		for _, e := range v {
			list = append(list, s.jq(e))
		}
		return "[" + strings.Join(list, ", ") + "]"
	}
	return literal(v)
}

func (s *script) member(m member) string {
	if text, ok := m.value.(string); !ok || !hidden(text) {
		return s.jq(m.value)
	}
	switch m.name {
	case "otp":
		s.line(`CODE=$(code 'one-time passcode' "${IMPLICIT_OTP_COMMAND:-}")`)
	case "recoveryCode", "verificationCode":
		s.line(`CODE=$(code '%s code')`, strings.TrimSuffix(m.name, "Code"))
	default:
		return "env." + strings.TrimPrefix(s.need(variable(m.name)), "$")
	}
	s.line("export CODE")
	return "env.CODE"
}

// literal writes a value as JSON, which is jq too.
func literal(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return "null"
	}
	return string(text)
}
