//go:build unix

package bench

import (
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// What costs time is counted here: a count is the same on every machine, however busy.
// A change that raises one says why, and raises it here.
func TestCounts(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the command")
	}
	m := newMachine(t, 0)
	t.Run("requests", func(t *testing.T) { countRequests(t, m) })
	t.Run("start", func(t *testing.T) { countStart(t, m) })
}

const (
	maxBytes       = 14_850_000 // of the stripped binary for linux/amd64
	maxInitObjects = 1410       // allocated before main begins
)

func countStart(t *testing.T, m *machine) {
	info, err := os.Stat(m.program)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes", info.Size())
	if info.Size() > maxBytes {
		t.Errorf("the binary has %d bytes, expected at most %d", info.Size(), maxBytes)
	}
	cmd := exec.CommandContext(t.Context(), m.program, "version")
	cmd.Env = append(m.env, "GODEBUG=inittrace=1")
	trace, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	sum := 0
	for _, found := range regexp.MustCompile(`(?m)^init .* (\d+) allocs$`).FindAllStringSubmatch(string(trace), -1) {
		n, _ := strconv.Atoi(found[1])
		sum += n
	}
	t.Logf("%d allocations before main", sum)
	if sum == 0 || sum > maxInitObjects {
		t.Errorf("%d allocations before main begins, expected at most %d; GODEBUG=inittrace=1 lists them:\n%s", sum, maxInitObjects, trace)
	}
}

func countRequests(t *testing.T, m *machine) {
	keys := "GET /as/jwks"
	signOn := []string{"GET /as/authorize", "GET /flows/", "POST /flows/", "GET /as/resume"}
	for _, row := range []struct {
		name string
		args []string
		want []string
	}{
		{"the first login, keys not cached", []string{"login"}, append(signOn[:len(signOn):len(signOn)], keys)},
		{"a login", []string{"login"}, signOn},
		{"a login by pi.flow", []string{"login", "--response-mode", "pi.flow"}, []string{"GET /as/authorize", "POST /flows/", "GET /as/resume"}},
		{"a stored token", []string{"token"}, nil},
	} {
		m.implicit(t, row.args...)
		connections, got := m.sent.take()
		if want := min(1, len(row.want)); connections != want {
			t.Errorf("%s: %d connections, expected %d", row.name, connections, want)
		}
		if !same(got, row.want) {
			t.Errorf("%s: sent %q, expected %q", row.name, got, row.want)
		}
	}
}

// same compares requests without the environment and the flow, in any order.
func same(got, want []string) bool {
	count := map[string]int{}
	for _, path := range got {
		path = regexp.MustCompile(`/[0-9a-f-]{36}`).ReplaceAllString(path, "")
		if method, rest, _ := strings.Cut(path, " "); rest == "/flows" {
			path = method + " /flows/"
		}
		count[path]++
	}
	for _, path := range want {
		count[path]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}
