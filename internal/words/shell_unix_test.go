//go:build unix

package words

import (
	"os/exec"
	"strings"
	"testing"
)

// readSh lets the system's shell say what an assignment gave a variable.
func readSh(t *testing.T, line string) string {
	t.Helper()
	out, err := exec.Command("sh", "-c", line+"\nprintf %s \"$V\"").CombinedOutput()
	if err != nil {
		t.Fatalf("sh read %q: %v: %s", line, err, out)
	}
	return string(out)
}

func TestShReadsAssignments(t *testing.T) {
	for _, value := range awkward() {
		if got := readSh(t, Assignment("sh", "V", value)); got != value {
			t.Errorf("sh reads %q as %q", value, got)
		}
	}
}

// FuzzQuoting compares what each reader makes of a quoted value with the value.
func FuzzQuoting(f *testing.F) {
	for _, value := range awkward() {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		value = strings.ReplaceAll(value, "\x00", "") // no shell keeps NUL; a token with one is refused
		for reader, got := range map[string]string{
			"sh":         readSh(t, Assignment("sh", "V", value)),
			"fish":       readFish(t, quoteFish(value)),
			"powershell": readPowerShell(t, quotePowerShell(value)),
			"curl":       readCurl(t, QuoteCurl(value)),
		} {
			if got != value {
				t.Errorf("%s reads %q as %q", reader, value, got)
			}
		}
	})
}
