//go:build race

package main

// raced is whether the race detector is on, which makes a search for secrets many
// times slower and finds no more of them.
const raced = true
