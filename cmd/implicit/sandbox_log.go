package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/implicit-cli/implicit/internal/render"
	"github.com/implicit-cli/implicit/internal/sandbox"
	"github.com/implicit-cli/implicit/internal/words"
)

// A user who debugs an application wants to see what it sends, and what the sandbox
// answers.

func sandboxLogs() []string { return []string{"text", "json", "none"} }

// sandboxLog writes to standard error, a line at a time.
type sandboxLog struct {
	a      *app
	format string
	style  render.Style
	mu     sync.Mutex
}

func newSandboxLog(a *app, format string, panel bool) (*sandboxLog, error) {
	switch {
	case format == "" && panel && !a.global.quiet:
		format = "text"
	case format == "":
		format = "none"
	case !slices.Contains(sandboxLogs(), format):
		return nil, usagef("--log: expected %s; found %q%s", strings.Join(sandboxLogs(), ", "), format, words.DidYouMean(format, sandboxLogs()))
	}
	return &sandboxLog{a: a, format: format, style: a.errStyle()}, nil
}

// begin is the heading of a readable log.
func (l *sandboxLog) begin() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.format == "text" {
		fmt.Fprintf(l.a.errOut, "\n%s\n", l.style.Bold("Requests, until Ctrl-C"))
	}
}

func (l *sandboxLog) request(e sandbox.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch l.format {
	case "json":
		_ = words.JSON(l.a.errOut, e)
	case "text":
		l.line(e)
	}
}

// sent shows a passcode or code, whatever the log is: nothing else delivers it.
func (l *sandboxLog) sent(m sandbox.Message) {
	text := messageText(m)
	l.mu.Lock()
	defer l.mu.Unlock()
	switch l.format {
	case "json":
		_ = words.JSON(l.a.errOut, sandbox.Event{Time: l.a.now(), Outcome: text})
	case "text":
		l.line(sandbox.Event{Time: l.a.now(), Outcome: text})
	default:
		l.a.sayMessage(m)
	}
}

// sayMessage shows what PingOne would have sent to a user.
func (a *app) sayMessage(m sandbox.Message) { a.say("%s", messageText(m)) }

func messageText(m sandbox.Message) string {
	return fmt.Sprintf("%s for %s, %s %s: %s", m.Kind, m.Username, m.By, m.To, m.Code)
}

func (l *sandboxLog) line(e sandbox.Event) {
	at := l.style.Dim(e.Time.Format(time.TimeOnly))
	outcome := l.a.secrets.Clean(short(e.Outcome, "flow "))
	if e.Method == "" {
		fmt.Fprintf(l.a.errOut, "%s  %s\n", at, outcome)
		return
	}
	status := l.style.Good(fmt.Sprint(e.Status))
	if e.Status >= 400 {
		status = l.style.Bad(fmt.Sprint(e.Status))
	}
	path := l.a.secrets.Clean(short(e.Path, "/flows/"))
	if e.EnvironmentID != "" {
		path = short("/"+e.EnvironmentID, "/") + path
	}
	fill := ""
	if outcome != "" {
		fill = strings.Repeat(" ", max(2, 24-utf8.RuneCountInString(path)))
		if l.style.Width > 0 && l.style.Width < 60 {
			fill = "\n" + strings.Repeat(" ", 10)
		}
	}
	_, _ = io.WriteString(l.a.errOut, strings.Join([]string{at, status, fmt.Sprintf("%-4s", e.Method), path + fill + outcome}, "  ")+"\n")
}

// short leaves the first digits of the flow ID that follows before, by which two can
// be told apart.
func short(text, before string) string {
	if id, ok := strings.CutPrefix(text, before); ok && len(id) > 8 {
		return before + id[:8] + "…"
	}
	return text
}
