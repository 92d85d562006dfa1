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
	session := first.Request.Get("Cookie") != ""
	if session {
		s.need("IMPLICIT_SESSION_TOKEN")
	}
	if len(s.needs) > 0 {
		b.WriteString("\n# Secrets come from the environment.\n")
	}
	for _, name := range s.needs {
		fmt.Fprintf(&b, ": \"${%s:?expected in the environment}\"\nexport %s\n", name, name)
	}
	base, flow := s.base()
	fmt.Fprintf(&b, "\nAUTH=%s\nFLOW=%s\nexport FLOW\n", words.QuoteSh(base), words.QuoteSh(flow))
	b.WriteString(`JAR=$(mktemp)
trap 'rm -f "$JAR"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
`)
	if session {
		host := ""
		if u, err := url.Parse(base); err == nil {
			host = u.Hostname()
		}
		fmt.Fprintf(&b, "printf '%%s\\tFALSE\\t/\\tTRUE\\t0\\t%%s\\t%%s\\n' %[1]s ST \"$IMPLICIT_SESSION_TOKEN\" %[1]s ST-NO-SS \"$IMPLICIT_SESSION_TOKEN\" >\"$JAR\"\n", words.QuoteSh(host))
	}
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
	if text, ok := m.value.(string); ok && hidden(text) {
		return "env." + strings.TrimPrefix(s.need(variable(m.name)), "$")
	}
	return s.jq(m.value)
}

// literal writes a value as JSON, which is jq too.
func literal(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return "null"
	}
	return string(text)
}
