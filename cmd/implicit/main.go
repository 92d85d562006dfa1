// Command implicit drives PingOne's OpenID Connect implicit grant from a
// terminal, a script or a pipeline, and validates the response.
package main

import "os"

func main() {
	os.Exit(runUntilSignal(newApp(), os.Args[1:]))
}
