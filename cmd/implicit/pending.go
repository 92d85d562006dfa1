package main

import (
	"context"
	"io"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

func (a *app) paster(ctx context.Context, redirectURI string, accept func(*implicit.Response) error) (*implicit.Response, error) {
	b, err := io.ReadAll(a.in)
	if err != nil {
		return nil, err
	}
	resp, err := implicit.Parse(string(b), redirectURI)
	if err != nil {
		return nil, err
	}
	return resp, accept(resp)
}

func (a *app) canOpen() bool { return a.getenv("BROWSER") != "" && a.getenv("CI") == "" }
