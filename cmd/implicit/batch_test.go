package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf8"

	"github.com/implicit-cli/implicit/internal/batch"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// many is a bench with the keys of an issuer that is nowhere to be reached, and
// what verifies its tokens line by line.
type many struct {
	*bench
	key  signingKey
	args []string
}

func newMany(t testing.TB) *many {
	t.Helper()
	m := &many{bench: &bench{home: t.TempDir(), env: map[string]string{}, now: time.Now}, key: newRSAKey(t, "k1")}
	m.t, _ = t.(*testing.T)
	set, err := json.Marshal(map[string]any{"keys": []any{m.key.jwk()}})
	if err != nil {
		t.Fatal(err)
	}
	jwks := filepath.Join(m.home, "keys.json")
	if err := os.WriteFile(jwks, set, 0o600); err != nil {
		t.Fatal(err)
	}
	m.args = []string{"verify", "--batch", "--jwks", jwks, "--issuer", "https://login.example.com/as", "--client-id", "app"}
	return m
}

// token is one for the client, of as many bytes as asked where that is possible.
func (m *many) token(subject string, size int) string {
	claims := map[string]any{"iss": "https://login.example.com/as", "aud": "app", "sub": subject,
		"iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix(), "sid": ""}
	token := m.key.jws(nil, claims)
	if missing := size - len(token); missing > 0 {
		claims["sid"] = strings.Repeat("0", missing*3/4)
		token = m.key.jws(nil, claims)
	}
	return token
}

// verdict is a line of output.
type verdict struct {
	Line     int
	Valid    bool
	Checks   []implicit.Check
	Warnings []implicit.Warning
}

// verdicts reads the output: one JSON object on each line and nothing else.
func verdicts(t *testing.T, out string) (list []verdict) {
	t.Helper()
	for line := range strings.Lines(out) {
		var v verdict
		dec := json.NewDecoder(strings.NewReader(line))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&v); err != nil || !strings.HasSuffix(line, "}\n") {
			t.Fatalf("line %d is %q: %v", len(list)+1, line, err)
		}
		list = append(list, v)
		if v.Line != len(list) || len(v.Checks) == 0 {
			t.Fatalf("line %d is reported as line %d with %d checks", len(list), v.Line, len(v.Checks))
		}
	}
	return list
}

func TestBatchLines(t *testing.T) {
	t.Parallel()
	m := newMany(t)
	good := m.token("a-user", 0)
	access := m.key.jws(map[string]any{"typ": "at+JWT"}, map[string]any{"iss": "https://login.example.com/as", "exp": time.Now().Add(time.Hour).Unix()})
	escaped := strings.Replace(access, access[:strings.IndexByte(access, '.')], b64([]byte(`{"alg":"RS256","kid":"k1","typ":"at\u002bjwt"}`)), 1)
	padding := strings.Repeat(" ", batch.MaxLine)
	rows := []struct {
		name  string
		input string
		valid []bool
		fails string // the check, where the input is one line
	}{
		{"one line", good + "\n", []bool{true}, ""},
		{"no newline at the end", good + "\n" + good, []bool{true, true}, ""},
		{"CRLF", good + "\r\n" + good + "\r\n", []bool{true, true}, ""},
		{"spaces around", " \t" + good + " \n", []bool{true}, ""},
		{"blank lines", "\n" + good + "\n\r\n \n", []bool{false, true, false, false}, ""},
		{"nothing but a newline", "\n", []bool{false}, "format"},
		{"junk", "\x00\xff\x1b]0;\n", []bool{false}, "format"},
		{"a spoiled signature", spoil(good), []bool{false}, "signature"},
		{"an access token", access, []bool{true}, ""},
		{"an access token whose type is escaped, and unsigned", escaped, []bool{false}, "access_token.signature"},
		{"an access token that is broken", access[:len(access)/2], []bool{false}, "format"},
		{"a line of 10 MB", good + "\n" + strings.Repeat("A", 10<<20) + "\n" + good, []bool{true, false, true}, ""},
		{"a line of 10 MB at the end", strings.Repeat("A", 10<<20), []bool{false}, "format"},
		{"a token of the largest size", strings.Repeat("A", batch.MaxLine) + "\r\n", []bool{false}, "format"},
		// Cut off where it is too long, each of these would be the token alone.
		{"spaces, the token, and more", padding[len(good)-1:] + good + "AAAA\n", []bool{false}, "format"},
		{"the token, spaces, and more", good + padding + "AAAA\n", []bool{false}, "format"},
		{"the token, carriage returns, and more", good + strings.Repeat("\r", batch.MaxLine) + "AAAA\n", []bool{false}, "format"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			exit := 0
			if slices.Contains(row.valid, false) {
				exit = 5
			}
			r := m.on(t).runInput(row.input, m.args...).exits(exit)
			var valid []bool
			for _, v := range verdicts(t, r.out) {
				valid = append(valid, v.Valid)
				first := slices.IndexFunc(v.Checks, func(c implicit.Check) bool { return c.Status == implicit.StatusFail })
				if (first >= 0) == v.Valid || row.fails != "" && first >= 0 && v.Checks[first].Name != row.fails {
					t.Errorf("line %d: valid %v, the check %d failed", v.Line, v.Valid, first)
				}
			}
			if !slices.Equal(valid, row.valid) {
				t.Errorf("the lines are valid: %v, expected %v", valid, row.valid)
			}
			if !utf8.ValidString(r.out) || strings.ContainsAny(r.out, "\x00\x1b") {
				t.Errorf("raw control characters: %q", r.out)
			}
		})
	}
	m.runInput("", m.args...).exits(2).says("empty")
	m.runInput(good+"\nx\ny\n", m.args...).exits(5).says("2 of 3 tokens failed")
	m.runInput(good, append(m.args, "-o", "json")...).exits(0)
}

// With --type a line is the token to the byte, but for its end.
func TestBatchWithAType(t *testing.T) {
	t.Parallel()
	m := newMany(t)
	good := m.token("a-user", 0)
	args := append(m.args, "--type", "id_token")
	m.runInput(good+"\r\n"+good, args...).exits(0)
	m.runInput(good+" \n", args...).exits(5)
	args = append(m.args, "--type", "access_token")
	m.runInput("opaque\n", args...).exits(0)
	m.runInput("opaque\n\n", args...).exits(5)
}

// The verdicts are in the order of the lines on any number of cores, and each
// is about its own line.
func TestBatchKeepsOrder(t *testing.T) {
	m := newMany(t)
	tokens := make([]string, 50)
	for i := range tokens {
		tokens[i] = m.token(fmt.Sprint("subject-", i), 0)
	}
	var input strings.Builder
	const lines = 3000
	for i := range lines {
		if i%7 == 0 {
			input.WriteString("x\n") // done at once, behind others that take their time
		}
		input.WriteString(tokens[i%len(tokens)] + "\n")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(8))
	i := 0
	for n, v := range verdicts(t, m.runInput(input.String(), m.args...).exits(5).out) {
		if n%8 == 0 && i < lines {
			if v.Valid {
				t.Fatalf("line %d is valid", v.Line)
			}
			continue
		}
		at := slices.IndexFunc(v.Checks, func(c implicit.Check) bool { return c.Name == "subject" })
		if want := fmt.Sprint("subject-", i%len(tokens)); at < 0 || v.Checks[at].Detail != want {
			t.Fatalf("line %d is about another token than %s: %v", v.Line, want, v.Checks)
		}
		i++
	}
	if i != lines {
		t.Errorf("%d verdicts on tokens, expected %d", i, lines)
	}
}

func TestBatchThatEndsEarly(t *testing.T) {
	t.Parallel()
	m := newMany(t)
	good := m.token("a-user", 0) + "\n"
	t.Run("input that breaks", func(t *testing.T) {
		broken := io.MultiReader(strings.NewReader(good+good+good[:40]), iotest.ErrReader(errors.New("bad sector")))
		r := m.on(t).runContext(context.Background(), broken, m.args...).exits(1).says("bad sector")
		if n := len(verdicts(t, r.out)); n != 2 {
			t.Errorf("%d verdicts, expected those on the two whole lines", n)
		}
	})
	t.Run("a full disk", func(t *testing.T) {
		m.full = true
		defer func() { m.full = false }()
		m.on(t).runInput(strings.Repeat(good, 1000), m.args...).exits(1).says("write the output", "no space left")
	})
	t.Run("no client", func(t *testing.T) {
		m.on(t).runInput(good, m.args[:len(m.args)-2]...).exits(2).says("client-id")
	})
	t.Run("keys that cannot be reached", func(t *testing.T) {
		closed := httptest.NewServer(nil)
		closed.Close()
		b := newBench(t)
		b.env = map[string]string{"IMPLICIT_AUTH_URL": closed.URL + "/8f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e5", "IMPLICIT_CLIENT_ID": "app", "IMPLICIT_TIMEOUT": "1s"}
		if r := b.runInput(strings.Repeat(good, 1000), "verify", "--batch").exits(6); r.out != "" {
			t.Errorf("verdicts without keys: %s", r.out)
		}
	})
}

// Ctrl-C ends it although the input is still open, and after the verdicts on
// the lines that were read: a slow writer gets each at once.
func TestBatchInterrupted(t *testing.T) {
	t.Parallel()
	m := newMany(t)
	ctx, cancel := context.WithCancelCause(context.Background())
	in, lines := io.Pipe()
	verdictsIn, out := io.Pipe()
	defer in.Close()
	var errOut bytes.Buffer
	exit := make(chan int)
	go func() {
		exit <- run(ctx, m.app(in, out, &errOut), m.args)
		out.Close()
	}()
	answers := bufio.NewReader(verdictsIn)
	for n := 1; n <= 3; n++ {
		if _, err := io.WriteString(lines, m.token("a-user", 0)+"\n"); err != nil {
			t.Fatal(err)
		}
		if line, err := answers.ReadString('\n'); err != nil || !strings.HasPrefix(line, fmt.Sprintf(`{"line":%d,"valid":true,`, n)) {
			t.Fatalf("%q, %v", line, err)
		}
	}
	cancel(&signalError{syscall.SIGINT})
	if status := <-exit; status != 130 {
		t.Errorf("exit status %d, expected 130: %s", status, errOut.String())
	}
}

// supply gives line again and again, and counts.
type supply struct {
	line string
	left int
	read atomic.Int64
}

func (s *supply) Read(p []byte) (int, error) {
	n := 0
	for s.left > 0 && n+len(s.line) <= len(p) {
		n += copy(p[n:], s.line)
		s.left--
	}
	s.read.Add(int64(n))
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// A user who waits sees how far it is; a file does not.
func TestBatchProgress(t *testing.T) {
	t.Parallel()
	m := newMany(t)
	input := strings.Repeat(m.token("a-user", 0)+"\n", 200)
	for _, row := range []struct{ errTerminal, outTerminal, quiet, shown bool }{
		{true, false, false, true}, {true, true, false, false}, {true, false, true, false}, {false, false, false, false},
	} {
		var out, errOut bytes.Buffer
		a := m.app(strings.NewReader(input), &out, &errOut)
		a.errTerminal, a.outTerminal = row.errTerminal, row.outTerminal
		args := append(slices.Clone(m.args), fmt.Sprintf("--quiet=%v", row.quiet), "--at", fmt.Sprint(time.Now().Unix()))
		var ticks atomic.Int64
		a.now = func() time.Time { return time.Unix(ticks.Add(2), 0) }
		if exit := run(context.Background(), a, args); exit != 0 {
			t.Fatalf("exit status %d: %s", exit, errOut.String())
		}
		if shown := strings.Contains(errOut.String(), " tokens, 0 failed"); shown != row.shown {
			t.Errorf("%+v: standard error: %q", row, errOut.String())
		}
		if row.shown && !strings.HasSuffix(errOut.String(), "\r\x1b[K") {
			t.Errorf("the progress is left on the screen: %q", errOut.String())
		}
	}
}

// BenchmarkBatch is verify --batch over RS256 ID tokens of 950 bytes, from the
// input to the output. That a token costs the same among few and among many, and
// what a second core brings, is read off its tokens/s.
func BenchmarkBatch(b *testing.B) {
	m := newMany(b)
	var tokens strings.Builder
	for i := range 100 {
		tokens.WriteString(m.token(fmt.Sprint("subject-", i), 950) + "\n")
	}
	for _, count := range []int{1000, 100_000} {
		for _, cores := range []int{1, 2} {
			b.Run(fmt.Sprintf("tokens=%d/cores=%d", count, cores), func(b *testing.B) {
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
				for b.Loop() {
					var errOut bytes.Buffer
					in := &supply{line: tokens.String(), left: count / 100}
					if exit := run(context.Background(), m.app(bufio.NewReaderSize(in, len(in.line)), io.Discard, &errOut), m.args); exit != 0 {
						b.Fatalf("exit status %d: %s", exit, errOut.String())
					}
				}
				b.ReportMetric(float64(count)*float64(b.N)/b.Elapsed().Seconds(), "tokens/s")
			})
		}
	}
}
