package batch

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// verify calls tokens that begin with "good" valid, after a while of its own,
// and names the token in the check.
func verify(_ context.Context, token string, _ bool) (*implicit.Result, error) {
	if rand.IntN(10) == 0 {
		time.Sleep(time.Millisecond)
	}
	if strings.HasPrefix(token, "broken") {
		return nil, errors.New("no keys")
	}
	result := new(implicit.Result)
	if strings.HasPrefix(token, "good") {
		var err error
		if result, err = validResult(); err != nil {
			return nil, err
		}
	}
	result.Checks = []implicit.Check{{Name: "format", Status: implicit.StatusPass, Detail: token}}
	return result, nil
}

func newVerify() Verify { return verify }

// validResult is that of an opaque token of which nothing is required.
func validResult() (*implicit.Result, error) {
	keys, err := implicit.NewStaticKeySet([]byte(`{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`))
	if err != nil {
		return nil, err
	}
	v := &implicit.Verifier{Issuer: "https://login.example.com/as", ClientID: "app", Keys: keys}
	return v.VerifyAccessToken(context.Background(), implicit.NewSecret("opaque"), implicit.Expected{})
}

func TestRunKeepsTheOrder(t *testing.T) {
	var in, out strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&in, "%s %d\n", []string{"good", "bad"}[i%2], i)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(8))
	n, err := Run(t.Context(), Options{In: strings.NewReader(in.String()), Out: &out, NewVerify: newVerify})
	if err != nil || n != (Counts{3000, 1500}) {
		t.Fatalf("%+v, %v", n, err)
	}
	i := 0
	for line := range strings.Lines(out.String()) {
		var got struct {
			Line   int
			Valid  bool
			Checks []implicit.Check
		}
		err := json.Unmarshal([]byte(line), &got)
		if err != nil || got.Line != i+1 || got.Valid != (i%2 == 0) || !strings.HasSuffix(got.Checks[0].Detail, fmt.Sprint(" ", i)) {
			t.Fatalf("line %d: %s, %v", i+1, line, err)
		}
		i++
	}
	if i != 3000 {
		t.Errorf("%d lines", i)
	}
}

func TestRunThatEndsEarly(t *testing.T) {
	for name, c := range map[string]struct {
		in    io.Reader
		out   io.Writer
		fails string
		total int
	}{
		"no input":     {strings.NewReader(""), io.Discard, "", 0},
		"input breaks": {io.MultiReader(strings.NewReader("good\ngood\ngo"), iotest.ErrReader(errors.New("bad sector"))), io.Discard, "bad sector", 2},
		"a full disk":  {strings.NewReader("good\n"), fullDisk{}, "no space left", 0},
		"no keys":      {strings.NewReader("broken\n"), io.Discard, "no keys", 0},
	} {
		n, err := Run(t.Context(), Options{In: c.in, Out: c.out, NewVerify: newVerify})
		if (err != nil) != (c.fails != "") || err != nil && !strings.Contains(err.Error(), c.fails) || n.Total != c.total {
			t.Errorf("%s: %+v, %v", name, n, err)
		}
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestRunEndsWithTheContext(t *testing.T) {
	stopped := errors.New("stopped")
	ctx, cancel := context.WithCancelCause(t.Context())
	in, lines := io.Pipe()
	defer in.Close()
	time.AfterFunc(10*time.Millisecond, func() { cancel(stopped) })
	go func() { _, _ = io.WriteString(lines, "good\n") }()
	if _, err := Run(ctx, Options{In: in, Out: io.Discard, NewVerify: newVerify}); !errors.Is(err, stopped) {
		t.Errorf("found %v", err)
	}
}

// A line reaches Verify without the spaces around it, or byte for byte, and never
// cut off to what would be a token.
func TestLines(t *testing.T) {
	header := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	long := strings.Repeat("A", MaxLine)
	for _, c := range []struct {
		line    string
		exact   bool
		want    string
		idToken bool
	}{
		{" \tgood \r", false, "good", false},
		{" good ", true, " good ", false},
		{"", false, "", false},
		{long, false, long, false},
		{long + "AAAA", false, long + "AAA", false},
		{strings.Repeat(" ", MaxLine) + "good", false, strings.Repeat(" ", MaxLine) + "goo", false},
		{header(`{"alg":"RS256"}`) + ".e30.", false, header(`{"alg":"RS256"}`) + ".e30.", true},
		{header(`{"alg":"RS256"}`) + ".e30.", true, header(`{"alg":"RS256"}`) + ".e30.", false},
		{header(`{"typ":"at+jwt"}`) + ".e30.", false, header(`{"typ":"at+jwt"}`) + ".e30.", false},
		{header(`{"typ":"at\u002bjwt"}`) + ".e30.", false, header(`{"typ":"at\u002bjwt"}`) + ".e30.", false},
		{header(`{"kid":"`+strings.Repeat("k", 600)+`"}`) + ".e30.", false, header(`{"kid":"`+strings.Repeat("k", 600)+`"}`) + ".e30.", false},
	} {
		_, err := Run(t.Context(), Options{In: strings.NewReader(c.line + "\n"), Out: io.Discard, Exact: c.exact,
			NewVerify: func() Verify {
				return func(_ context.Context, token string, idToken bool) (*implicit.Result, error) {
					if token != c.want || idToken != c.idToken {
						t.Errorf("%.40q, exact %v: Verify gets %.40q (%d bytes), ID token %v", c.line, c.exact, token, len(token), idToken)
					}
					return &implicit.Result{}, nil
				}
			}})
		if err != nil {
			t.Error(err)
		}
	}
}

func TestProgress(t *testing.T) {
	var ticks atomic.Int64
	var shown bytes.Buffer
	_, err := Run(t.Context(), Options{In: strings.NewReader(strings.Repeat("good\n", 200)), Out: io.Discard, NewVerify: newVerify,
		Progress: &shown, Now: func() time.Time { return time.Unix(ticks.Add(2), 0) }})
	if err != nil || !strings.Contains(shown.String(), " tokens, 0 failed") || !strings.HasSuffix(shown.String(), "\r\x1b[K") {
		t.Errorf("%q, %v", shown.String(), err)
	}
}

// gauge notes how far the input is ahead of the output.
type gauge struct {
	line    string
	left    int
	read    atomic.Int64
	written int64
	ahead   int64
}

func (g *gauge) Read(p []byte) (int, error) {
	if g.left == 0 {
		return 0, io.EOF
	}
	n := 0
	for g.left > 0 && n+len(g.line) <= len(p) {
		n += copy(p[n:], g.line)
		g.left--
	}
	g.read.Add(int64(n))
	return n, nil
}

func (g *gauge) Write(p []byte) (int, error) {
	g.ahead = max(g.ahead, g.read.Load()-g.written*int64(len(g.line)))
	g.written += int64(bytes.Count(p, []byte("\n")))
	return len(p), nil
}

// However long the input is, no more of it is in memory than all chunks can hold.
func TestRunHoldsLittle(t *testing.T) {
	for name, line := range map[string]string{"tokens": strings.Repeat("a", 950) + "\n", "long lines": strings.Repeat("A", 60<<10) + "\n"} {
		g := &gauge{line: line, left: 2000}
		if _, err := Run(t.Context(), Options{In: g, Out: g, NewVerify: newVerify}); err != nil {
			t.Fatal(err)
		}
		chunks := int64(runtime.GOMAXPROCS(0) * chunksPerCore)
		if limit := (chunks + 1) * (chunkBytes + MaxLine); g.written != 2000 || g.ahead > limit {
			t.Errorf("%s: %d lines; %d bytes were held at once, expected at most %d", name, g.written, g.ahead, limit)
		}
	}
}
