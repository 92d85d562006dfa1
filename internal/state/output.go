package state

import (
	"errors"
	"io/fs"
	"os"
)

// Output is a file for the user, which is opened before its content is known, so that
// one that cannot be written is noticed in time.
type Output struct {
	f       *os.File
	created bool // by OpenOutput, and nothing is written to it yet
}

// OpenOutput opens path, or creates it, with mode 0600. What is in it stays until Write.
func OpenOutput(path string) (*Output, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	created := err == nil
	if errors.Is(err, fs.ErrExist) {
		f, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o600)
	}
	if err != nil {
		return nil, err
	}
	o := &Output{f, created}
	if o.regular() {
		err = f.Chmod(0o600)
	}
	if err != nil {
		return nil, errors.Join(err, o.Close())
	}
	return o, nil
}

// regular is false for a pipe, a terminal and other devices.
func (o *Output) regular() bool {
	info, err := o.f.Stat()
	return err == nil && info.Mode().IsRegular()
}

// Same reports whether both are one file, by whatever names. Devices are never.
func (o *Output) Same(other *Output) bool {
	a, err := o.f.Stat()
	b, otherErr := other.f.Stat()
	return err == nil && otherErr == nil && a.Mode().IsRegular() && os.SameFile(a, b)
}

// Write makes data the content of the file, and closes it. A file that OpenOutput
// created and that cannot be written is removed. The error names the file.
func (o *Output) Write(data []byte) error {
	if o.regular() {
		if err := o.f.Truncate(0); err != nil {
			return errors.Join(err, o.Close())
		}
	}
	if _, err := o.f.Write(data); err != nil {
		return errors.Join(err, o.Close())
	}
	o.created = false
	return o.f.Close()
}

// Close leaves the content as it was before OpenOutput, or after Write.
func (o *Output) Close() error {
	err := o.f.Close()
	if o.created {
		err = errors.Join(err, os.Remove(o.f.Name()))
	}
	return err
}
