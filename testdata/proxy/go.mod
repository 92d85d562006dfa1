// A module of its own: its test needs newman and bru, from npm.
module github.com/implicit-cli/implicit/testdata/proxy

go 1.26.8

ignore ./node_modules
