package credstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"time"
)

// maxAnswer bounds what a helper may say, in bytes: a list of a thousand
// entries, or one entry in base64.
const maxAnswer = 4 << 20

// HelperError says that the program of a helper is missing or failed.
type HelperError struct {
	Helper string // the program
	Action string // get, store, erase or list; empty: it could not be found
	Said   string // the start of what it said
	Err    error
}

func (e *HelperError) Error() string {
	switch {
	case e.Action == "":
		return fmt.Sprintf("%s was not found: %v", e.Helper, e.Err)
	case e.Said == "":
		return fmt.Sprintf("%s %s: %v", e.Helper, e.Action, e.Err)
	}
	return fmt.Sprintf("%s %s: %v: %q", e.Helper, e.Action, e.Err, e.Said)
}

func (e *HelperError) Unwrap() error { return e.Err }

func (h *helper) installed() error {
	if _, err := exec.LookPath(h.program); err != nil {
		return &HelperError{Helper: h.program, Err: errors.Unwrap(err)}
	}
	return nil
}

// run gives one action to the program and returns what it printed. It may ask
// a person for a passphrase, so only ctx bounds the time it takes.
func (h *helper) run(ctx context.Context, action, input string) ([]byte, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cmd := exec.CommandContext(ctx, h.program, action)
	cmd.WaitDelay = time.Second // a daemon it started may hold its output open
	cmd.Stdin = strings.NewReader(input)
	out, errOut := &capped{max: maxAnswer, full: cancel}, &capped{max: 4096, full: func() {}}
	cmd.Stdout, cmd.Stderr = out, errOut
	err := cmd.Run()
	failed := &HelperError{Helper: h.program, Action: action, Err: err}
	switch {
	case out.over:
		failed.Err = fmt.Errorf("more than %d bytes came", maxAnswer)
	case err == nil, errors.Is(err, exec.ErrWaitDelay):
		return out.buf.Bytes(), nil
	case ctx.Err() != nil:
		failed.Err = context.Cause(ctx)
	default:
		failed.Said = said(out, errOut)
	}
	return nil, failed
}

// said is the first line of a failed helper's words. Protocol answers go to
// stdout, the programs below it (gpg, pass) talk on stderr. Runs of base64 are
// cut out: a helper may quote what it was given, and no Secret of ours is
// shorter than 24 characters.
func said(outputs ...*capped) string {
	run := regexp.MustCompile(`[A-Za-z0-9+/=]{24,}`)
	for _, o := range outputs {
		line, _, _ := strings.Cut(strings.TrimSpace(o.buf.String()), "\n")
		if line = run.ReplaceAllString(line, "[...]"); line != "" {
			return line[:min(len(line), 200)]
		}
	}
	return ""
}

// capped keeps the first max bytes and drops the others.
type capped struct {
	buf  bytes.Buffer
	max  int
	over bool   // some were dropped
	full func() // called then
}

func (c *capped) Write(p []byte) (int, error) {
	keep := min(len(p), c.max-c.buf.Len())
	c.buf.Write(p[:keep])
	if keep < len(p) {
		c.over = true
		c.full()
	}
	return len(p), nil
}
