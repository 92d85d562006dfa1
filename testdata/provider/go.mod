// A module of its own: nothing of it reaches the program's dependencies.
module github.com/implicit-cli/implicit/testdata/provider

go 1.26.8

require github.com/chromedp/chromedp v0.23.0

require (
	github.com/chromedp/cdproto v0.159.0 // indirect
	github.com/go-json-experiment/json v0.0.0-20260213210345-44df1a37e875 // indirect
)

ignore ./node_modules
