// Package adminjson makes a tenant file of the sandbox out of what an administrator
// can save of an environment: answers of PingOne's management API, the output of
// pingcli, and terraform show -json of the PingOne provider. It links the objects by
// their IDs, takes no secret, and says what it left out and what else to get. It sends
// nothing and follows no link.
package adminjson

import (
	"fmt"
)

// File is the text of one file, with the name that messages call it by.
type File struct {
	Name string
	Text []byte
}

// Options are what depends on who imports.
type Options struct {
	// Placeholder gives users a password that the reader has to replace, instead of
	// accepting any password.
	Placeholder bool
	// Environment is the ID of the environment to import; empty: there is one.
	Environment string
	// Console has the console's names of keys, by object and key, for the
	// comments: "application.redirect_uris".
	Console map[string]string
	// Check reads a tenant file as the sandbox does. What it reports is left out of
	// the result.
	Check func(tenant []byte) []Problem
}

// Problem is a value of a tenant file that the sandbox refuses.
type Problem struct {
	Path         string // applications[0].redirect_uris, of a list's item or of its list
	Line, Column int
	Message      string
}

// Placeholder is the password that users get who have to be given one.
const Placeholder = "WRITE-A-PASSWORD-HERE"

// Report says what was made of the files.
type Report struct {
	Tenant   []byte         // the tenant file, YAML
	Imported map[string]int // how many objects, by their plural: applications, users, …
	Ignored  []Ignored
	Missing  []Missing
}

// Ignored is what was not imported.
type Ignored struct {
	What  string `json:"what"`
	Where string `json:"where"` // file:line: JSON path; empty where it is not one place
	Why   string `json:"why"`
}

// Missing is a request to PingOne's management API whose answer would complete the
// tenant.
type Missing struct {
	Get string `json:"get"` // a path: /environments/ID/applications/ID/grants
	Why string `json:"why"`
}

// Error says why files cannot be imported.
type Error struct {
	File         string
	Line, Column int    // from 1; Column is 0 where Path says more
	Path         string // in the JSON: _embedded.users[3].username
	Message      string
	hint         string
}

func (e *Error) Error() string {
	where := e.File
	if e.Line > 0 {
		where += fmt.Sprintf(":%d", e.Line)
	}
	if e.Column > 0 {
		where += fmt.Sprintf(":%d", e.Column)
	}
	if e.Path != "" {
		where += ": " + e.Path
	}
	return where + ": " + e.Message
}

// Kind is "usage".
func (e *Error) Kind() string { return "usage" }

// Hint says how to get a file that can be imported.
func (e *Error) Hint() string { return e.hint }

// Import makes a tenant file. The error is an [*Error].
func Import(files []File, o Options) (*Report, error) {
	im := &importer{options: o, things: map[string][]*thing{}, byID: map[string]*thing{}, lists: map[string]bool{},
		commented: map[string]bool{}, counts: map[string]int{}, told: map[Ignored]bool{}}
	for _, f := range files {
		if err := im.read(f); err != nil {
			return nil, err
		}
	}
	if err := im.oneEnvironment(); err != nil {
		return nil, err
	}
	text, err := im.build()
	if err != nil {
		return nil, err
	}
	im.things, im.byID, im.actions = nil, nil, nil // they may be large
	text, err = im.settle(text)
	if err != nil {
		return nil, err
	}
	report := &Report{Tenant: text, Imported: im.counts, Ignored: im.ignored, Missing: im.missing}
	if len(report.Imported) == 0 {
		return nil, &Error{File: nameAll(files), Message: "expected applications, users, policies or resources of PingOne, found none that can be imported", hint: howToSave}
	}
	return report, nil
}

func nameAll(files []File) string {
	if len(files) == 0 {
		return "no file"
	}
	if len(files) == 1 {
		return files[0].Name
	}
	return fmt.Sprintf("%s and %d more", files[0].Name, len(files)-1)
}

const howToSave = "save what PingOne's API returns: pingcli pingone api -O json environments/ENVIRONMENT/applications >applications.json"

// importer collects the objects of all files, then writes the tenant.
type importer struct {
	options Options

	things map[string][]*thing // by kind, in the order of the files
	byID   map[string]*thing   // by kind and ID
	lists  map[string]bool     // API paths that were read, or are asked for
	next   []string            // pages that lists go on with

	environment  string // its ID; empty: no file says it
	readings     []string
	actions      map[string][]*thing // by policy
	groupsMatter bool                // to an application or a claim
	err          *Error              // the first value that is not as in PingOne's API
	commented    map[string]bool     // keys that have their console name already

	counts  map[string]int
	ignored []Ignored
	told    map[Ignored]bool
	missing []Missing
}

// ignore says once what is left out, and why.
func (im *importer) ignore(what, where, why string) {
	if i := (Ignored{what, where, why}); !im.told[i] {
		im.told[i] = true
		im.ignored = append(im.ignored, i)
	}
}

// need asks for the answer to a GET, once.
func (im *importer) need(path, why string) {
	if !im.lists[path] {
		im.lists[path] = true
		im.missing = append(im.missing, Missing{path, why})
	}
}
