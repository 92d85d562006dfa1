package state

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// TakenError says that every number that was asked for is taken.
type TakenError struct {
	Path string
	Free int64 // the first that is not
}

func (e *TakenError) Error() string {
	return fmt.Sprintf("reserve in %s: the first free number is %d", e.Path, e.Free)
}

// Kind is "unreachable": later there may be one.
func (e *TakenError) Kind() string { return "unreachable" }

// Hint says how to start anew.
func (e *TakenError) Hint() string {
	return "try again later; if this machine's clock was wrong, delete " + quote(e.Path)
}

// Reserve takes a number for this process alone: the first from lowest to highest
// that is above all that were taken before. When it returns, no other process gets
// the number, even after a crash. The file at path holds the last one. The error is
// a [*TakenError], a [*LockError] or the system's.
func Reserve(ctx context.Context, path string, lowest, highest int64) (int64, error) {
	unlock, err := Lock(ctx, path+".lock")
	if err != nil {
		return 0, err
	}
	defer unlock()
	number := lowest
	if data, err := ReadFile(path, 64); err == nil {
		// What is not a number was not written here.
		if last, err := strconv.ParseInt(strings.TrimSpace(string(data)), 10, 64); err == nil {
			number = max(lowest, last+1)
		}
	}
	if number > highest {
		return 0, &TakenError{path, number}
	}
	return number, WriteFile(path, []byte(strconv.FormatInt(number, 10)+"\n"))
}
