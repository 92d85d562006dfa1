package config

import (
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// Check returns a profile's settings, alone, if a login could work with each of
// them and they do not contradict each other. The error is an [*Error].
func (p Profile) Check() (*Settings, error) {
	s, err := p.settings()
	if err != nil {
		return nil, err
	}
	for _, k := range All() {
		if strings.TrimSpace(p[k.Name]) == "" {
			continue // counts as missing
		}
		if err := s.check(k); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// settings resolves the profile as nothing but a default is beside it.
func (p Profile) settings() (*Settings, error) {
	s := &Settings{Profile: defaultProfile, File: &File{Default: defaultProfile}, profile: p, values: map[string]Value{}}
	for _, k := range All() {
		v, err := s.resolve(k, Sources{Getenv: func(string) string { return "" }}, false)
		if err != nil {
			return nil, err
		}
		s.values[k.Name] = v
	}
	return s, withoutSource(s.settleTarget())
}

// check validates one setting as a login would.
func (s *Settings) check(k Key) error {
	err := s.wrong(k)
	var request *implicit.RequestError
	var setting *Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &request):
		return &Error{Name: k.Name, Problem: request.Problem}
	case errors.As(err, &setting):
		return withoutSource(err)
	}
	return &Error{Name: k.Name, Problem: err.Error()}
}

func (s *Settings) wrong(k Key) (err error) {
	text := s.Text(k.Name)
	if strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c == 0x7f }) {
		return fmt.Errorf("expected no control characters, found %.40q", text)
	}
	switch k.Name {
	case "environment-id":
		_, err = pingone.NewEnvironment("NA", text)
	case "region":
		_, err = pingone.FindRegion(text)
	case "auth-url":
		_, err = pingone.ParseEnvironment(text)
	case "issuer":
		if err = implicit.CheckURL(text); err == nil && strings.Contains(text, "?") {
			err = fmt.Errorf("expected a URL without a query, found %q", text)
		}
	case "client-id", "redirect-uri", "scope", "response-type", "response-mode", "method":
		err = s.checkRequest(k.Name)
	case "max-age":
		if seconds, bad := strconv.ParseInt(text, 10, 64); bad != nil || seconds < 0 {
			err = fmt.Errorf("expected whole seconds, zero or more; found %.40q", text)
		}
	case "algorithms":
		err = checkWords(s.Words(k.Name), implicit.Algorithms())
	case "timeout", "wait", "clock-skew":
		var d time.Duration
		if d, err = s.Duration(k.Name); err == nil && d == 0 && k.Name != "clock-skew" {
			err = errors.New("expected more than nothing")
		}
	case "ca-cert":
		err = checkCertificates(text)
	case "store":
		if helper, ok := strings.CutPrefix(text, "helper:"); !ok || helper == "" {
			err = checkWords([]string{text}, []string{"keyring", "file", "helper:NAME", "none"})
		}
	case "sandbox", "password-stdin":
		_, err = s.Switch(k.Name)
	}
	return err
}

func checkWords(words, known []string) error {
	for _, w := range words {
		if !slices.Contains(known, w) {
			return fmt.Errorf("expected %s; found %.40q", strings.Join(known, ", "), w)
		}
	}
	return nil
}

// checkRequest puts one setting into a request that is otherwise sound.
func (s *Settings) checkRequest(name string) error {
	req := implicit.NewRequest("https://login.example.com/as/authorize", "client", "https://app.example.com/callback")
	req.AllowQuery = s.Text("issuer") != ""
	text := s.Text(name)
	switch name {
	case "client-id":
		req.ClientID = text
	case "redirect-uri":
		req.RedirectURI = text
	case "scope":
		req.Scope = strings.Join(s.Words(name), " ")
	case "response-type":
		req.ResponseType = text
	case "response-mode":
		if text == "pi.flow" && req.AllowQuery {
			return errors.New("pi.flow is PingOne's own; another provider does not know it")
		}
		req.ResponseMode = text
	case "method":
		req.Method = strings.ToUpper(text)
	}
	return req.Validate()
}

// Given returns the settings that flags give, as a profile that can be stored.
func Given(fs *pflag.FlagSet) (Profile, error) {
	p := Profile{}
	for _, k := range All() {
		if given(fs, k.Name) {
			value, err := Storable(k.Name, flagText(fs, k.Name))
			if err != nil {
				return nil, err
			}
			p[k.Name] = value
		}
	}
	return p, nil
}

func checkCertificates(file string) error {
	pem, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if !x509.NewCertPool().AppendCertsFromPEM(pem) {
		return fmt.Errorf("expected certificates in PEM, found none in %s", file)
	}
	return nil
}

func withoutSource(err error) error {
	var wrong *Error
	if errors.As(err, &wrong) {
		return &Error{Name: wrong.Name, Problem: wrong.Problem}
	}
	return err
}

// Storable returns the value as it is to stand in a profile: files by their whole
// path, since a profile is used from any directory. The error, an [*Error], is
// for what has no place there: secrets, and what is made anew for each request.
func Storable(name, value string) (string, error) {
	name = settingName(name)
	k, known := find(name)
	problem := ""
	switch {
	case name == "password":
		problem = "a password has no place in the configuration file; name a file that holds it with password-file"
	case name == "id-token-hint":
		problem = "a token has no place in the configuration file; give it for one call"
	case name == "state", name == "nonce":
		problem = "must be new for each request, so it has no place in a profile; it is random unless a call gives it"
	case name == "password-stdin":
		problem = "is for one call and has no place in a profile"
	case !known:
		var names []string
		for _, k := range All() {
			names = append(names, k.Name)
		}
		return "", &Error{Problem: fmt.Sprintf("%.40q is no setting; there are %s", name, strings.Join(names, " "))}
	case strings.TrimSpace(value) == "":
		problem = "empty; implicit config unset removes a setting"
	}
	if problem != "" {
		return "", &Error{Name: name, Problem: problem}
	}
	if k.Value == "FILE" {
		path, err := filepath.Abs(value)
		return path, err
	}
	return value, nil
}
