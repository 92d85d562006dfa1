package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/implicit-cli/implicit/internal/render"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// verifyBatch validates one token a line on all cores and writes one line each,
// in order, in constant memory.
func (a *app) verifyBatch(ctx context.Context, v *implicit.Verifier, o verifyOptions, e implicit.Expected) error {
	return errors.New("not yet")
}

var _ = bufio.ErrTooLong
var _ = fmt.Sprint
var _ = io.EOF
var _ = runtime.NumCPU
var _ = time.Now
var _ = render.JSON
