# make check is what CI runs on Linux.

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)

.PHONY: build test check bench docs lint clean

build: ## the command, into bin/
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o bin/implicit ./cmd/implicit

test:
	go test ./...

check:
	.ci/run

bench: ## what docs/performance.md lists, as ratios; needs Go and curl
	go test -run '^$$' -bench . -benchtime 1s ./pkg/...
	@if [ -f testdata/compare/go.mod ]; then cd testdata/compare && go test -run '^$$' -bench . -benchtime 1s ./...; fi
	go test -run '^$$' -bench . -benchtime 10x ./internal/bench

docs: ## docs/commands, from the command's own help
	go run ./internal/docs

lint:
	.ci/run lint

clean:
	rm -rf bin dist
