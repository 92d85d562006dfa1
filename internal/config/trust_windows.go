package config

import "os"

func openFile(path string) (*os.File, error) { return os.Open(path) }

// checkTrust refuses a file that is not regular. The access list of the user's
// directory decides who can write it.
func (f *File) checkTrust(file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return f.problem("%w", err)
	}
	if !info.Mode().IsRegular() {
		return f.problem("expected a regular file, found %s", info.Mode().Type())
	}
	return nil
}
