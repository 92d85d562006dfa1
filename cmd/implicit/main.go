// Command implicit drives PingOne's OpenID Connect implicit grant from a
// terminal, a script or a pipeline, and validates the response.
package main

import (
	"io"
	"log"
	"os"
)

func main() {
	log.SetOutput(io.Discard) // net/http prints bytes that a server sends unasked, which may be a token
	os.Exit(runUntilSignal(newApp(), os.Args[1:]))
}
