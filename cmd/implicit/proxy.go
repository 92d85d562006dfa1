package main

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/internal/login"
	"github.com/implicit-cli/implicit/internal/proxy"
	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// Postman, Bruno, a page in the browser or an old script cannot run implicit token, and
// a token that is pasted into them is stale within the hour.

type proxyOptions struct {
	to        string
	listen    string
	keyInPath bool
	origins   []string
	minTTL    string
	log       string // one of sandboxLogs; empty: text where the panel is
}

func newProxyCmd(a *app) *cobra.Command {
	var o proxyOptions
	cmd := &cobra.Command{
		Use:     "proxy --to <url> [flags]",
		Short:   "Add a fresh token to the requests of other programs",
		GroupID: "signon",
		Long: `Listen on this machine and send each request on to one API, with a valid access
token: for Postman, Bruno, a page in the browser or a script, which cannot run implicit
token. Tokens are obtained and renewed as by implicit token, when a request needs one.
Ctrl-C stops it.

A request must have the key that is made for each run, in the header Implicit-Proxy-Key,
or with --key-in-path at the beginning of the path. Whoever has the key uses the API as
you. The key, cookies and an Authorization header are not sent on; the path is added to
that of --to. Redirects are passed back, not followed. Requests of web pages are refused
unless --allow-origin names their origin. A token that the API answers with 401 is
renewed once, and a request without a body is sent again.

The proxy's own answers are application/problem+json: 400 and 421 a wrong target, 403 no
key or a page that is not allowed, 501 an upgrade, 502 and 504 the API was not reached,
503 there is no token: run implicit login, and send the request again.

On a terminal it shows how to use it, and then each request. Elsewhere, and with
-o json, it prints one line of JSON when it is ready: url, key, header and to.

Exit status: 130 stopped by Ctrl-C, 143 by SIGTERM, 2 wrong settings or the address is
taken, and those of implicit token when there is no token at the start.`,
		Example: `  $ implicit proxy --to https://api.example.com/v1
  $ implicit proxy --to https://api.example.com --listen 127.0.0.1:8080 --allow-origin http://localhost:3000
  $ umask 077; implicit proxy --to https://api.example.com -o json >proxy.json &`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runProxy(cmd.Context(), a, cmd.Flags(), o) },
	}
	fs := cmd.Flags()
	fs.StringVar(&o.to, "to", "", "`URL` where requests are sent: https, or http on this machine, with the beginning of the path")
	fs.StringVar(&o.listen, "listen", "127.0.0.1:0", "`ADDRESS` loopback address to listen on; port 0: a free one")
	fs.BoolVar(&o.keyInPath, "key-in-path", false, "expect the key as the first segment of the path, for programs that cannot send a header")
	fs.StringArrayVar(&o.origins, "allow-origin", nil, "`ORIGIN` of pages that may send requests, such as http://localhost:3000; repeatable")
	fs.StringVar(&o.log, "log", "", "`FORMAT` log each request to standard error: text, json or none (default: text on a terminal, else none)")
	addWantFlags(fs, nil, &o.minTTL)
	addTokenSettings(fs)
	return cmd
}

func runProxy(ctx context.Context, a *app, fs *pflag.FlagSet, o proxyOptions) error {
	ttl, err := time.ParseDuration(o.minTTL)
	if err != nil || ttl < 0 {
		return usagef("--min-ttl: expected a time such as 60s, found %q", o.minTTL)
	}
	options, err := o.options(a)
	if err != nil {
		return err
	}
	a.errOut = &oneByOne{w: a.errOut}
	panel := a.outTerminal && !a.json()
	log, err := newProxyLog(a, o.log, panel)
	if err != nil {
		return err
	}
	s, stop, err := a.signOnService(ctx, config.Sources{Flags: fs, Need: config.NeedClient})
	if err != nil {
		return err
	}
	defer stop()
	if !slices.Contains(strings.Fields(s.Settings.ResponseType), "token") {
		return s.Settings.Problem("response-type", "expected token in it, which the API is to get")
	}
	if options.Transport, err = login.NewAPITransport(s.Settings, a.getenv); err != nil {
		return err
	}
	options.Log = log.request
	options.Tokens = &proxy.Tokens{Obtain: a.obtainer(s, ttl), Run: ctx, MinTTL: ttl, Now: a.now}
	return a.serveProxy(ctx, options, log, panel)
}

// options are those that the flags have.
func (o proxyOptions) options(a *app) (options proxy.Options, err error) {
	if o.to == "" {
		return options, usagef("--to: missing; the address of the API, such as https://api.example.com")
	}
	var told sync.Map // users
	options = proxy.Options{Listen: o.listen, KeyInPath: o.keyInPath, Random: a.random, Now: a.now,
		Refused: func(user string) {
			if _, known := told.LoadOrStore(user, true); !known {
				a.warn("refused a connection from another user of this machine, %s", user)
			}
		},
		Describe: func(err error) *fault.Fault { return fault.Of(err, a.faultContext()) },
	}
	if options.To, err = proxy.ParseTarget(o.to); err != nil {
		return options, err
	}
	if err := proxy.CheckListen(o.listen); err != nil {
		return options, err
	}
	for _, raw := range o.origins {
		origin, err := proxy.ParseOrigin(raw)
		if err != nil {
			return options, err
		}
		options.Origins = append(options.Origins, origin)
	}
	return options, nil
}

// obtainer gets tokens as implicit token does, each time as a run of its own.
// Credentials that did not lead to a token are not sent again: the user would be
// locked out by a program that repeats its request.
func (a *app) obtainer(s *login.Service, ttl time.Duration) func(context.Context, implicit.Secret) (proxy.Token, error) {
	return func(ctx context.Context, refused implicit.Secret) (proxy.Token, error) {
		run, credentials := *s, *s.Credentials
		run.Credentials = &credentials
		defer run.Close()
		e, err := run.Token(ctx, login.Want{TTL: ttl, Refused: refused})
		if err != nil {
			switch fault.Of(err, a.faultContext()).Kind {
			case fault.Refused, fault.PersonNeeded, fault.Invalid:
				s.Credentials.Password, s.Credentials.PasswordCommand = implicit.Secret{}, nil
			}
			return proxy.Token{}, err
		}
		token := implicit.NewSecret(e.AccessToken)
		a.secrets.Add(token)
		return proxy.Token{Value: token, Type: cmp.Or(e.TokenType, "Bearer"), Until: e.Until(false)}, nil
	}
}

func (a *app) serveProxy(ctx context.Context, options proxy.Options, log *proxyLog, panel bool) error {
	p, err := proxy.Start(options)
	if err != nil {
		return fault.WithHint(fault.As(fault.Usage, err), "choose another address with --listen")
	}
	defer p.Close()
	a.secrets.Add(p.Key())
	if _, err := options.Tokens.Get(ctx); err != nil {
		return err
	}
	if panel {
		a.proxyPanel(p, options)
		log.begin()
	} else if err := words.JSON(a.out, map[string]string{"url": p.URL(), "key": p.Key().Reveal(), "header": headerOf(options), "to": options.To.String()}); err != nil {
		return err
	}
	if f, ok := a.out.w.(interface{ Sync() error }); ok {
		_ = f.Sync()
	}
	ended := make(chan error, 1)
	go func() { ended <- p.Wait() }()
	select {
	case <-ctx.Done():
		return stoppedQuietly(ctx)
	case err := <-ended:
		return err
	}
}
