// Package bench measures the program as a user runs it: the whole process,
// over a network with latency. make bench runs it.
package bench
