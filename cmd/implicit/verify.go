package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/implicit-cli/implicit/internal/batch"
	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/internal/login"
	"github.com/implicit-cli/implicit/internal/render"
	"github.com/implicit-cli/implicit/internal/state"
	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// For finding out whether a token may be used, and if not, why.

type verifyOptions struct {
	jwks            string
	accessTokenFile string
	at              string
	kind            string
	batch           bool
}

func (o *verifyOptions) addFlags(fs *pflag.FlagSet) {
	fs.StringVar(&o.jwks, "jwks", "", "`FILE` the issuer's keys; nothing is fetched then")
	fs.StringVar(&o.accessTokenFile, "access-token-file", "", "`FILE` the access token issued with the ID token")
	fs.StringVar(&o.at, "at", "", "`TIME` validate as of this time: RFC 3339 or Unix seconds (default now)")
	fs.StringVar(&o.kind, "type", "", "`TYPE` id_token or access_token; the input is then that token, to the byte")
	fs.BoolVar(&o.batch, "batch", false, "one token a line in, one JSON line out, in order")
}

func newVerifyCmd(a *app) *cobra.Command {
	var o verifyOptions
	cmd := &cobra.Command{
		Use:     "verify [<token> | <url> | -]",
		Short:   "Validate a token or a redirect URL, check by check",
		GroupID: "tokens",
		Long: `Validate a token, or a whole redirect URL, check by check, or anything else that
implicit parse reads, such as the output of curl -i or a HAR file. A bare token is
validated as an ID token unless its header says at+jwt. The keys are fetched from the
provider, or read from --jwks FILE; then nothing is sent.

Exit status: 0 valid, 2 wrong settings or nothing given, 3 an error answer,
5 failed validation, 6 keys not reached.`,
		Example: `  $ implicit verify --issuer https://login.example.com/as --client-id 1a2b3c4d-5e6f-4a1b-8c2d-3e4f5a6b7c8d eyJhbGciOi…
  $ implicit verify --jwks keys.json --issuer https://login.example.com/as --client-id app - <token
  $ implicit verify --jwks keys.json --issuer https://login.example.com/as --client-id app -o junit - <token >report.xml
  $ implicit verify --batch --jwks keys.json --issuer https://login.example.com/as --client-id app <tokens`,
		Args:        cobra.MaximumNArgs(1),
		Annotations: map[string]string{formatsAnnotation: "junit sarif"},
		RunE: func(cmd *cobra.Command, args []string) error {
			return runVerify(cmd.Context(), a, cmd.Flags(), args, o)
		},
	}
	fs := cmd.Flags()
	o.addFlags(fs)
	config.AddFlags(fs, config.Environment(), config.Request(), config.Validation(), config.Network())
	a.global.record.addFlags(fs)
	return cmd
}

func runVerify(ctx context.Context, a *app, fs *pflag.FlagSet, args []string, o verifyOptions) error {
	if o.batch && (a.global.output == "junit" || a.global.output == "sarif") {
		return usagef("--batch writes one JSON line a token, not %s", a.global.output)
	}
	now, err := o.clock(a.now)
	if err != nil {
		return err
	}
	src := config.Sources{Flags: fs, Need: config.NeedProvider}
	if o.jwks != "" {
		src.Need, src.AnyIssuer = config.NeedNothing, true
	}
	s, stop, err := a.service(ctx, src)
	if err != nil {
		return err
	}
	defer stop()
	if err := a.readPrivate(s.Settings); err != nil {
		return err
	}
	expected, err := o.expected(a, s.Settings)
	if err != nil {
		return err
	}
	text := ""
	if !o.batch {
		if text, err = a.argument(args); err != nil {
			return err
		}
	}
	v, err := o.verifier(ctx, s, now)
	if err != nil {
		return err
	}
	if o.batch {
		return a.verifyBatch(ctx, v, o, expected)
	}
	result, err := verifyInput(ctx, v, o, expected, text)
	if err != nil {
		return err
	}
	return a.showVerified(v, result, now())
}

// verifyBatch validates one token a line.
func (a *app) verifyBatch(ctx context.Context, v *implicit.Verifier, o verifyOptions, e implicit.Expected) error {
	b := batch.Options{In: a.in, Out: a.out, Exact: o.kind != "", Now: a.now,
		NewVerify: func() batch.Verify {
			own := v.Reusing()
			return func(ctx context.Context, token string, idToken bool) (*implicit.Result, error) {
				if idToken {
					return verifyToken(ctx, own, "id_token", e, token)
				}
				return verifyToken(ctx, own, o.kind, e, token)
			}
		}}
	if a.errTerminal && !a.outTerminal && !a.global.quiet {
		b.Progress = a.errOut
	}
	n, err := batch.Run(ctx, b)
	switch {
	case err != nil:
		return err
	case n.Total == 0:
		return usagef("standard input: empty")
	case n.Failed > 0:
		return fault.As(fault.Invalid, fmt.Errorf("%d of %d tokens failed validation", n.Failed, n.Total))
	}
	return nil
}

// clock returns the time to validate at.
func (o *verifyOptions) clock(now func() time.Time) (func() time.Time, error) {
	if o.at == "" {
		return now, nil
	}
	at, err := time.Parse(time.RFC3339, o.at)
	if seconds, number := strconv.ParseInt(o.at, 10, 64); number == nil && seconds >= 0 && seconds < 1<<40 {
		at, err = time.Unix(seconds, 0), nil
	}
	if err != nil {
		return nil, usagef("--at: expected a time such as 2026-01-02T03:04:05Z or Unix seconds, found %q", o.at)
	}
	return func() time.Time { return at }, nil
}

// expected is what the caller says of the request. Only what was set is
// demanded, not a default.
func (o *verifyOptions) expected(a *app, s *config.Settings) (implicit.Expected, error) {
	e := implicit.Expected{Partial: true, State: s.State, Nonce: s.Nonce, ACRValues: s.ACRValues, MaxAge: s.MaxAge}
	if s.Source("response-type") != "default" {
		e.ResponseType = s.ResponseType
	}
	if s.Source("response-mode") != "default" {
		e.ResponseMode = s.ResponseMode
	}
	if o.kind != "" && o.kind != "id_token" && o.kind != "access_token" {
		return e, usagef("--type: expected id_token or access_token, found %q%s", o.kind, words.DidYouMean(o.kind, []string{"id_token", "access_token"}))
	}
	if o.accessTokenFile == "" {
		return e, nil
	}
	var err error
	if o.accessTokenFile == "-" {
		e.AccessToken, err = a.readSecret("--access-token-file", a.in)
	} else {
		e.AccessToken, err = a.secretFile("--access-token-file", o.accessTokenFile)
	}
	return e, err
}

// verifier has the issuer, client and keys. With --jwks nothing is fetched, and
// --issuer is then a name and not an address.
func (o *verifyOptions) verifier(ctx context.Context, s *login.Service, now func() time.Time) (v *implicit.Verifier, err error) {
	if o.jwks != "" {
		v, err = o.offline(s.Settings)
	} else {
		v, err = s.Verifier(ctx)
	}
	if err != nil {
		return nil, err
	}
	v.Now = now
	if o.at != "" {
		v.ServerTime = nil
	}
	return v, nil
}

func (o *verifyOptions) offline(s *config.Settings) (*implicit.Verifier, error) {
	document, err := state.ReadTextFile(o.jwks, "--jwks", 4<<20)
	if err != nil {
		return nil, err
	}
	keys, err := implicit.NewStaticKeySet(document)
	if err != nil {
		return nil, err
	}
	skew := s.ClockSkew
	if skew == 0 {
		skew = -1
	}
	v := &implicit.Verifier{Issuer: s.Provider.Issuer, ClientID: s.ClientID, Keys: keys, Algorithms: s.Algorithms, Skew: skew}
	login.SetPolicy(v, s)
	if v.Issuer != "" {
		if len(v.Algorithms) == 0 {
			v.Algorithms = implicit.Algorithms()
		}
		return v, nil
	}
	if s.Provider.PingOne == nil {
		return nil, &config.Error{Name: "issuer", Missing: true, Problem: "missing; name the issuer that the token must come from"}
	}
	v.Issuer, v.AccessToken.FromIssuer, v.ACRPromised = s.Provider.PingOne.Issuer(), true, true
	return v, nil
}

var (
	compact   = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9_-]+\.`) })
	addressed = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[^#?]*[#?][^=]+=`) }) // an address without its scheme
)

// verifyInput tells a token from a redirect URL. With --type the input is the
// token, byte for byte but one final newline.
func verifyInput(ctx context.Context, v *implicit.Verifier, o verifyOptions, e implicit.Expected, text string) (*implicit.Result, error) {
	if o.kind != "" {
		return verifyToken(ctx, v, o.kind, e, strings.TrimSuffix(text, "\n"))
	}
	text = bareToken(text)
	if !looksLikeResponse(text) {
		return verifyToken(ctx, v, "", e, text)
	}
	resp, err := readResponse(text, "")
	if err != nil {
		return nil, err
	}
	if resp.Error != nil {
		return nil, refusal(resp.Error)
	}
	return reported(v.VerifyResponse(ctx, e, resp))
}

func looksLikeResponse(text string) bool {
	if compact().MatchString(text) {
		return addressed().MatchString(text)
	}
	return strings.ContainsAny(text, "#?=<{") || strings.Contains(text, "://")
}

func verifyToken(ctx context.Context, v *implicit.Verifier, kind string, e implicit.Expected, token string) (*implicit.Result, error) {
	if kind == "" {
		kind = kindOf(token)
	}
	if kind == implicit.KindAccessToken {
		return reported(v.VerifyAccessToken(ctx, implicit.NewSecret(token), e))
	}
	if v.ClientID == "" {
		return nil, &config.Error{Name: "client-id", Problem: "missing; an ID token is made for one application"}
	}
	return reported(v.VerifyIDToken(ctx, implicit.NewSecret(token), e))
}

// kindOf returns which kind a bare token is, by its header: an access token for the
// type at+jwt (RFC 9068 section 2.1), and an ID token for anything else, which
// leaves it to the verification to refuse it.
func kindOf(token string) string {
	header, _, _ := strings.Cut(token, ".")
	text, err := base64.RawURLEncoding.DecodeString(header)
	if err != nil || !strings.ContainsAny(string(text), `+\`) { // an at+jwt has a plus, or an escape for it
		return implicit.KindIDToken
	}
	claims, err := implicit.DecodeUnverified(token)
	if err != nil {
		return implicit.KindIDToken
	}
	var members map[string]any // by their exact names
	_ = json.Unmarshal(claims.Header(), &members)
	if typ, _ := members["typ"].(string); strings.TrimPrefix(strings.ToLower(typ), "application/") == "at+jwt" {
		return implicit.KindAccessToken
	}
	return implicit.KindIDToken
}

// reported drops the error of a failed check: the result is printed first.
func reported(r *implicit.Result, err error) (*implicit.Result, error) {
	if r != nil {
		return r, nil
	}
	return nil, err
}

func (a *app) showVerified(v *implicit.Verifier, r *implicit.Result, now time.Time) error {
	a.warnOf(r)
	a.noteResult(r)
	view := render.Login{Result: r, Issuer: v.Issuer, ClientID: v.ClientID, Now: now, Secrets: a.global.showSecrets}
	write := map[string]func(io.Writer) error{
		"json": view.JSON, "junit": view.JUnit,
		"sarif": func(w io.Writer) error { return view.SARIF(w, a.version) },
	}[a.global.output]
	if write != nil {
		if err := write(a.out); err != nil {
			return err
		}
		return withTypeHint(r)
	}
	render.Checks(a.out, a.style(), r.Checks)
	verdict := a.style().Good("valid")
	if !r.Valid() {
		verdict = a.style().Bad("NOT VALID: do not use it")
	}
	fmt.Fprintf(a.out, "\n%s\n", verdict)
	return a.shown(withTypeHint(r))
}

// withTypeHint is the result's error. A token that was taken for an ID token may be
// one of PingOne's access tokens, whose header does not say so.
func withTypeHint(r *implicit.Result) error {
	err := r.Err()
	var failed *implicit.VerifyError
	token := r.Unverified.IDToken
	if errors.As(err, &failed) && failed.Check.Name == implicit.CheckAudience && token != nil && token.Text("client_id") != "" {
		return fault.WithHint(err, "the token has a client_id, as PingOne's access tokens have: to validate it as one, add --type access_token")
	}
	return err
}
