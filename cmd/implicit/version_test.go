package main

import (
	"runtime/debug"
	"strings"
	"testing"
)

// TestVersion: a report of a fault can name the commit and its date.
func TestVersion(t *testing.T) {
	t.Parallel()
	settings := []debug.BuildSetting{
		{Key: "vcs.revision", Value: "0123456789abcdef0123456789abcdef01234567"}, {Key: "vcs.time", Value: "2026-11-25T15:00:00Z"},
	}
	got := buildOf("v0.1.0", settings).String()
	if !strings.HasPrefix(got, "implicit v0.1.0 (commit 0123456789ab, 2026-11-25T15:00:00Z, go1") {
		t.Errorf("got %q", got)
	}
	changed := buildOf("v0.1.0", append(settings, debug.BuildSetting{Key: "vcs.modified", Value: "true"})).String()
	if !strings.Contains(changed, "with changes") {
		t.Errorf("got %q", changed)
	}
	if got := buildOf("devel", nil).String(); !strings.HasPrefix(got, "implicit devel (go1") {
		t.Errorf("got %q", got)
	}
}
