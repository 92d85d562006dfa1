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

// maxAnswer bounds the output of a helper, in bytes: a list of a thousand
// entries, or one entry in base64.
const maxAnswer = 4 << 20

func (h *helper) installed() error {
	if _, err := exec.LookPath(h.program); err != nil {
		return &HelperError{Helper: h.program, Err: errors.Unwrap(err)}
	}
	return nil
}

// run gives one action to the program and returns what it printed. It may ask
// the user for a passphrase, so it has minutes, and what is waited for is said.
// It inherits none of our secrets.
func (h *helper) run(ctx context.Context, action, input string) ([]byte, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, h.timeout, &timeoutError{h.timeout})
	defer cancel()
	defer say(h.progress, fmt.Sprintf("waiting for %s %s; it may be asking for a passphrase elsewhere", h.program, action))()
	cmd := exec.CommandContext(ctx, h.program, action)
	cmd.Env = h.env
	cmd.WaitDelay = time.Second // a daemon it started may hold its output open
	cmd.Stdin = strings.NewReader(input)
	out, errOut := &capped{max: maxAnswer, full: cancel}, &capped{max: 4096, full: func() {}}
	cmd.Stdout, cmd.Stderr = out, errOut
	err := cmd.Run()
	failed := &HelperError{Helper: h.program, Action: action, Err: err}
	switch {
	case out.over:
		failed.Err = fmt.Errorf("it printed more than %d bytes", maxAnswer)
	case err == nil, errors.Is(err, exec.ErrWaitDelay):
		return out.buf.Bytes(), nil
	case ctx.Err() != nil:
		failed.Err = context.Cause(ctx)
	default:
		failed.Said = said(out, errOut)
	}
	return nil, failed
}

// said is the first line that a failed helper printed. The helper itself prints
// to stdout, the programs below it (gpg, pass) to stderr. Runs of base64 are cut
// out: a helper may quote its input, and our Secrets have 24 characters or more.
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
