package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/internal/sandbox"
)

// A sandbox that others reach: with a certificate that they trust already, and a
// health check in an image that has neither a shell nor curl.

type sandboxTLS struct{ cert, key string }

func (o *sandboxTLS) addFlags(fs *pflag.FlagSet) {
	fs.StringVar(&o.cert, "tls-cert", "", "`FILE` certificate to serve, with its chain (PEM), instead of a generated one")
	fs.StringVar(&o.key, "tls-key", "", "`FILE` key of --tls-cert (PEM)")
}

// certificate is nil where none is given.
func (o *sandboxTLS) certificate(plain bool) (*tls.Certificate, error) {
	switch {
	case o.cert == "" && o.key == "":
		return nil, nil
	case o.cert == "" || o.key == "":
		return nil, usagef("--tls-cert and --tls-key must be used together")
	case plain:
		return nil, usagef("--tls-cert and --http cannot be used together")
	}
	pair, err := tls.LoadX509KeyPair(o.cert, o.key)
	if err != nil {
		return nil, fault.As(fault.Usage, fmt.Errorf("--tls-cert, --tls-key: %w", err))
	}
	return &pair, nil
}

func newSandboxHealthCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "health <url>",
		Short: "Ask a sandbox whether it is ready, for a health check",
		Long: `Ask a sandbox whether it is ready, for the health check of a container. It prints
nothing. The certificate is not checked: no secret is sent, and only the status of
the answer counts.

Exit status: 0 ready, 2 wrong usage, 6 not ready.`,
		Example: `  $ implicit sandbox health https://127.0.0.1:8443`,
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return runSandboxHealth(cmd.Context(), args[0]) },
	}
}

// healthWait is shorter than Docker's default for a health check, 30 s.
const healthWait = 5 * time.Second

func runSandboxHealth(ctx context.Context, address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return usagef("expected the URL of a sandbox, such as https://127.0.0.1:8443; found %q", address)
	}
	ctx, cancel := context.WithTimeout(ctx, healthWait)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(address, "/")+sandbox.ReadyPath, http.NoBody)
	if err != nil {
		return usagef("expected the URL of a sandbox: %w", err)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} //nolint:gosec // see Long
	resp, err := transport.RoundTrip(req)                                                // follows no redirect
	if err != nil {
		return fault.As(fault.Unreachable, fmt.Errorf("the sandbox is not ready: %w", err))
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		err = fault.As(fault.Unreachable, errors.New("the sandbox is not ready: "+resp.Status))
		if strings.Trim(u.Path, "/") != "" { // such as the environment's, which the sandbox prints
			err = fault.WithHint(err, "give the URL without a path: "+u.Scheme+"://"+u.Host)
		}
		return err
	}
	return nil
}
