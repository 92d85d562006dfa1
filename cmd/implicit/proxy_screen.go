package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/implicit-cli/implicit/internal/proxy"
	"github.com/implicit-cli/implicit/internal/render"
	"github.com/implicit-cli/implicit/internal/words"
)

// A user who sets up a program wants to copy what it needs, and then to see what it
// sends.

// headerOf is the header of the key; empty where the path has it.
func headerOf(o proxy.Options) string {
	if o.KeyInPath {
		return ""
	}
	return proxy.KeyHeader
}

// proxyPanel shows a user at a terminal what to set where. Lines to be copied are not
// wrapped. The key is not an argument of curl, which other users can read.
func (a *app) proxyPanel(p *proxy.Proxy, o proxy.Options) {
	style := a.style()
	heading := func(text string) { fmt.Fprintf(a.out, "\n%s\n", style.Bold(text)) }
	fmt.Fprintf(a.out, "%s %s\n", style.Bold("Proxy to"), words.Text(o.To.String()))
	rows := [][2]string{{"address", p.URL()}, {"header", headerOf(o)}, {"key", p.Key().Reveal()}}
	curl := fmt.Sprintf(`echo "%s: %s" | curl -H @- %s/`, proxy.KeyHeader, p.Key().Reveal(), p.URL())
	setUp := [][2]string{{"variables", "address and key"}, {"URL", "{{address}}/…"}, {"auth", "API key: " + proxy.KeyHeader + " with {{key}}, in the header"}}
	if o.KeyInPath {
		curl = fmt.Sprintf(`echo "url = %s/" | curl -K -`, p.URL())
		rows, setUp = rows[:1], [][2]string{{"variable", "address"}, setUp[1], {"auth", "none"}}
	}
	style.Rows(a.out, rows)
	heading("In another terminal")
	fmt.Fprintln(a.out, "  "+curl)
	heading("In Postman and Bruno")
	style.Rows(a.out, setUp)
}

// oneByOne is a writer for many goroutines.
type oneByOne struct {
	mu sync.Mutex
	w  io.Writer
}

func (o *oneByOne) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.w.Write(p)
}

// proxyLog writes a line for each request to standard error.
type proxyLog struct {
	a      *app
	format string
	style  render.Style
}

func newProxyLog(a *app, format string, panel bool) (*proxyLog, error) {
	l, err := newSandboxLog(a, format, panel)
	if err != nil {
		return nil, err
	}
	return &proxyLog{a, l.format, l.style}, nil
}

// begin is the heading of a readable log.
func (l *proxyLog) begin() {
	if l.format == "text" {
		fmt.Fprintf(l.a.errOut, "\n%s\n", l.style.Bold("Requests, until Ctrl-C"))
	}
}

func (l *proxyLog) request(e proxy.Event) {
	e.Method, e.Path, e.Outcome = l.a.secrets.Clean(e.Method), l.a.secrets.Clean(e.Path), l.a.secrets.Clean(e.Outcome)
	switch l.format {
	case "json":
		_ = words.JSON(l.a.errOut, e)
	case "text":
		l.line(e)
	}
}

func (l *proxyLog) line(e proxy.Event) {
	status := l.style.Good(fmt.Sprint(e.Status))
	switch {
	case e.Status == 0:
		status = l.style.Bad("  -")
	case e.Status >= 400:
		status = l.style.Bad(fmt.Sprint(e.Status))
	}
	begin := fmt.Sprintf("%s  %s  %-4s  ", l.style.Dim(e.Time.Format(time.TimeOnly)), status, e.Method)
	var parts []string
	for _, part := range []string{e.Path, e.Outcome} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	var lines strings.Builder // in one write
	indent := strings.Repeat(" ", len("15:04:05  200    ")+max(4, len(e.Method)))
	l.style.Hanging(&lines, begin, indent, strings.Join(append(parts, l.style.Dim(fmt.Sprintf("%d ms", e.Millis))), "  "))
	_, _ = io.WriteString(l.a.errOut, lines.String())
}
