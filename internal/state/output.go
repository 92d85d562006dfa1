package state

import (
	"errors"
	"os"
)

// Output is a file for the user, which is opened before its content is known, so that
// one that cannot be written is noticed in time.
type Output struct{ f *os.File }

// OpenOutput opens path, or creates it, with mode 0600. What is in it stays until Write.
func OpenOutput(path string) (*Output, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.Mode().IsRegular() { // not a pipe or a terminal
		err = f.Chmod(0o600)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &Output{f}, nil
}

// Write makes data the content of the file, and closes it.
func (o *Output) Write(data []byte) error {
	if info, err := o.f.Stat(); err == nil && info.Mode().IsRegular() {
		if err := o.f.Truncate(0); err != nil {
			return errors.Join(err, o.f.Close())
		}
	}
	_, err := o.f.Write(data)
	return errors.Join(err, o.f.Close())
}

// Close leaves the content as it is.
func (o *Output) Close() error { return o.f.Close() }
