// A module of its own: nothing of it reaches the program's dependencies.
module github.com/implicit-cli/implicit/testdata/spa

go 1.26.8

ignore ./node_modules
