//go:build !linux

package main

// job is for the tests of job control, which are Linux's.
func job() {}
