package main

import (
	"context"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/implicit-cli/implicit/internal/login"
	"github.com/implicit-cli/implicit/internal/loopback"
	"github.com/implicit-cli/implicit/internal/prompt"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// viaOptions say how a person signs on.
type viaOptions struct {
	via    string
	listen string
	qr     bool
}

func (o *viaOptions) addFlags(fs *pflag.FlagSet) {
	fs.StringVar(&o.via, "via", "", "`WAY` browser, terminal or paste (default: the one that fits)")
	fs.StringVar(&o.listen, "listen", "", "`ADDR:PORT` where to listen for the browser, apart from the redirect URI")
	fs.BoolVar(&o.qr, "qr", false, "draw the address to open as a QR code too")
}

// way is how one sign-on goes.
type way struct {
	viaOptions
	creds *prompt.Credentials
}

// settleWay takes the way that was asked for, or the one that fits. Without a
// redirect URI of its own a browser gets the loopback one.
func (a *app) settleWay(c *connection, o viaOptions) (*way, error) {
	creds, err := a.credentials(c)
	if err != nil {
		return nil, err
	}
	switch o.via {
	case login.ViaBrowser, login.ViaTerminal, login.ViaPaste:
	case "":
		var why string
		o.via, why, err = login.ChooseWay(c.settings, login.Surroundings{
			Password: !creds.Password.Empty(), Browser: a.canOpen(), Terminal: a.inTerminal != nil && !isSet(a.getenv("CI")), Listen: o.listen})
		if err != nil {
			return nil, err
		}
		if why != "" {
			a.say("%s", why)
		}
	default:
		return nil, usagef("--via: expected browser, terminal or paste; found %q", o.via)
	}
	if o.via != login.ViaTerminal {
		c.settings.Fill("redirect-uri", login.DefaultRedirectURI, "default")
	}
	return &way{o, creds}, nil
}

// check refuses a request that the way cannot carry, before anything is opened.
func (w *way) check(req *implicit.Request) error {
	switch {
	case w.via == login.ViaTerminal:
		return nil
	case req.ResponseMode == "pi.flow":
		return usagef("--response-mode pi.flow is for programs: use --via terminal, or another mode with a browser")
	case w.via == login.ViaPaste && login.Posts(req):
		return usagef("--method POST cannot be opened as an address: use --method GET, or --via browser")
	}
	return nil
}

func (w *way) signOn(ctx context.Context, a *app, c *connection, req *implicit.Request) (out *login.Outcome, err error) {
	switch w.via {
	case login.ViaTerminal:
		out, err = c.Terminal(ctx, req, w.creds)
	case login.ViaPaste:
		out, err = a.paste(ctx, c, req, w.viaOptions)
	default:
		out, err = a.browse(ctx, c, req, w.viaOptions)
	}
	return out, explainRequest(err, req)
}

func (a *app) browse(ctx context.Context, c *connection, req *implicit.Request, o viaOptions) (*login.Outcome, error) {
	b, err := a.browser(c, o)
	if err != nil {
		return nil, err
	}
	if a.inTerminal != nil {
		b.Paste = a.paster
	}
	b.Announce = func(address string) {
		a.announce("opening the browser to sign on; if none opens, go to:", address, o.qr)
		if b.Paste != nil {
			a.say("waiting for the browser; or paste the address it ended on here")
		} else {
			a.say("waiting for the browser")
		}
	}
	return c.Catch(ctx, req, b)
}

func (a *app) paste(ctx context.Context, c *connection, req *implicit.Request, o viaOptions) (*login.Outcome, error) {
	b, err := a.browser(c, o)
	if err != nil {
		return nil, err
	}
	if req.ResponseMode == "form_post" {
		a.warn("a form post leaves nothing in the address bar to paste; --response-mode fragment does")
	}
	b.Paste = a.paster
	b.Announce = func(address string) {
		a.announce("go to this address in any browser, sign on, and paste the address it ends on here:", address, o.qr)
	}
	return c.Paste(ctx, req, b)
}

func (a *app) browser(c *connection, o viaOptions) (login.Browser, error) {
	wait, err := c.settings.Duration("wait")
	if err == nil && wait == 0 {
		err = c.settings.Problem("wait", "expected more than nothing")
	}
	return login.Browser{
		Wait: wait, Listen: o.listen, Open: a.open,
		Warn: a.warn,
	}, err
}

// announce shows an address on a line of its own, to be clicked or copied. It
// goes out even with --quiet: without it nobody can sign on.
func (a *app) announce(what, address string, qr bool) {
	fmt.Fprintf(a.errOut, "implicit: %s\n%s\n", what, address)
	if !qr {
		return
	}
	if err := loopback.DrawQR(a.errOut, address); err != nil {
		a.warn("--qr: %v", err)
	}
}

func (a *app) paster(ctx context.Context, redirectURI string, accept func(*implicit.Response) error) (*implicit.Response, error) {
	p := prompt.PasteOptions{In: a.in, Err: a.errOut, Plain: a.getenv("TERM") == "dumb", RedirectURI: redirectURI}
	if a.inTerminal != nil {
		p.In, p.Terminal = a.inTerminal, true
	}
	return prompt.Paste(ctx, p, accept)
}
