package config

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/internal/state"
	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// parse checks the text of a setting and fills in its field.
func (r *resolver) parse(k Key, text string) (err error) {
	control := func(c rune) bool { return (c < ' ' || c == 0x7f) && (c != '\n' || k.Kind != Lines) }
	if strings.ContainsFunc(text, control) {
		return errors.New("expected no control characters")
	}
	s := r.s
	switch k.Name {
	case "environment-id", "region", "auth-url", "issuer":
		return r.parseProvider(k.Name, text)
	case "client-id":
		s.ClientID, err = oneWord(text)
	case "sandbox":
		_, err = parseSwitch(text)
	case "ca-cert":
		s.CACert = text
		s.CAPEM, err = readCertificates(text)
	case "timeout":
		s.Timeout, err = parseWait(text)
	case "wait":
		s.Wait, err = parseWait(text)
	case "no-preflight":
		s.NoPreflight, err = parseSwitch(text)
	case "clock-skew":
		s.ClockSkew, err = parseDuration(text)
	case "algorithms":
		s.Algorithms, err = someOf(implicit.Algorithms(), split(text)...)
	case "audience":
		s.Audience = text
	case "require-scope":
		if s.RequiredScopes, err = parseScopes(text); err == nil && len(s.RequiredScopes) == 0 {
			err = fmt.Errorf("expected a scope, found %.80q", text)
		}
	case "require":
		s.Requirements, err = parseRequirements(text)
	case "trust-audience":
		s.TrustedAudiences = lines(text)
	case "username":
		s.Username = text
	case "password-file":
		s.PasswordFile = text
	case "password-stdin":
		s.PasswordStdin, err = parseSwitch(text)
	case "password-command":
		s.PasswordCommand = text
	case "new-password-file":
		s.NewPasswordFile = text
	case "totp-secret-file":
		s.TOTPSecretFile = text
	case "otp-command":
		s.OTPCommand = text
	case "device":
		s.Device = text
	case "accept-agreement":
		s.AcceptAgreement, err = parseSwitch(text)
	case "profile-data":
		s.ProfileData, err = parsePairs(text)
	case "skip-mfa":
		s.SkipMFA, err = parseSwitch(text)
	case "store":
		s.Store = text
		if helper, ok := strings.CutPrefix(text, "helper:"); !ok || helper == "" {
			_, err = someOf([]string{"keyring", "file", "helper:NAME", "none"}, text)
		}
	default:
		return r.parseRequest(k.Name, text)
	}
	return err
}

func (r *resolver) parseProvider(name, text string) error {
	var env pingone.Environment
	var err error
	switch name {
	case "region":
		if _, err = pingone.FindRegion(text); err != nil {
			err = fmt.Errorf("%w%s", err, nearRegion(text))
		}
		return err
	case "issuer":
		r.s.Provider.Issuer = text
		if r.src.AnyIssuer {
			return nil
		}
		return checkIssuer(text)
	case "environment-id":
		region := r.text("region")
		if _, err := pingone.FindRegion(region); err != nil {
			region = "NA" // the region has its own error
		}
		env, err = pingone.NewEnvironment(region, text)
	case "auth-url":
		env, err = pingone.ParseEnvironment(text)
	}
	if err == nil {
		r.s.Provider.PingOne = &env
	}
	return err
}

// nearRegion also accepts the region names that PingOne's console shows.
func nearRegion(found string) string {
	var known []string
	for _, r := range pingone.Regions() {
		known = append(known, r.Code, r.TLD)
	}
	spoken := map[string]string{"us": "NA", "usa": "NA", "north america": "NA", "northamerica": "NA", "canada": "CA", "europe": "EU",
		"australia": "AU", "singapore": "SG", "asia pacific": "AP", "apac": "AP"}
	if code := spoken[strings.ToLower(found)]; code != "" {
		return fmt.Sprintf("; did you mean %q?", code)
	}
	return words.DidYouMean(found, known)
}

// checkIssuer refuses what cannot be an issuer (OpenID Connect Discovery section
// 2). It is compared byte for byte, so nothing of it is normalised.
func checkIssuer(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "" || strings.Contains(text, " "):
		return fmt.Errorf("expected an absolute URL, found %.200q", text)
	case u.User != nil:
		return errors.New("expected no user name or password in the URL")
	case strings.ContainsAny(text, "?#"):
		return fmt.Errorf("expected a URL without query and fragment, found %.200q", text)
	case u.Scheme != "https" && !(u.Scheme == "http" && isLoopback(u.Hostname())):
		return fmt.Errorf("expected https (plain http is for loopback only), found %.200q", text)
	}
	return nil
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.IsLoopback()
}

func (r *resolver) parseRequest(name, text string) (err error) {
	s := r.s
	switch name {
	case "redirect-uri":
		s.RedirectURI, err = text, checkRedirectURI(text)
	case "scope":
		s.Scopes, err = parseScopes(text)
	case "response-type":
		s.ResponseType, err = text, checkResponseType(text)
	case "response-mode":
		s.ResponseMode, err = text, checkResponseMode(text, r.text("issuer") != "")
	case "method":
		s.Method = strings.ToUpper(text)
		_, err = someOf([]string{http.MethodGet, http.MethodPost}, s.Method)
	case "prompt":
		s.Prompt = text
	case "max-age":
		s.MaxAge, err = parseSeconds(text)
	case "acr-values":
		s.ACRValues = text
	case "login-hint":
		s.LoginHint = text
	case "ui-locales":
		s.UILocales = text
	case "id-token-hint":
		s.IDTokenHint = implicit.NewSecret(text)
	case "state":
		s.State = text
	case "nonce":
		s.Nonce = text
	default:
		panic("config: " + name + " is not parsed")
	}
	return err
}

func checkResponseType(text string) error {
	if !slices.Contains([]string{"token", "id_token", "token id_token", "id_token token"}, text) {
		return fmt.Errorf(`expected "token", "id_token" or both separated by one space; found %.40q%s`, text, nearType(text))
	}
	return nil
}

// nearType corrects each word of a response type.
func nearType(found string) string {
	kinds := split(found)
	for i, kind := range kinds {
		if kinds[i] = words.Near(kind, []string{"token", "id_token"}); kinds[i] == "" {
			return ""
		}
	}
	if corrected := strings.Join(slices.Compact(kinds), " "); corrected != "" {
		return fmt.Sprintf("; did you mean %q?", corrected)
	}
	return ""
}

func checkResponseMode(mode string, otherProvider bool) error {
	switch {
	case mode == "pi.flow" && otherProvider:
		return errors.New("pi.flow works with PingOne only, not with --issuer")
	case mode == "query" && !otherProvider:
		return errors.New("query works with --issuer only: tokens in a query end up in logs and histories; use fragment or form_post")
	}
	_, err := someOf([]string{"fragment", "form_post", "pi.flow", "query"}, mode)
	return err
}

// parseScopes follows RFC 6749 section 3.3.
func parseScopes(text string) ([]string, error) {
	if strings.ContainsFunc(text, func(c rune) bool { return c > '~' || c == '"' || c == '\\' }) {
		return nil, fmt.Errorf("expected printable ASCII without quotes and backslashes, found %.80q", text)
	}
	return split(text), nil
}

// parseRequirements reads CLAIM=VALUE, one on each line, where "id_token." or
// "access_token." before the claim says which token is meant.
func parseRequirements(text string) (all []implicit.ClaimRequirement, err error) {
	for _, line := range lines(text) {
		name, value, ok := strings.Cut(line, "=")
		r := implicit.ClaimRequirement{Claim: name, Value: value}
		for _, token := range []string{implicit.KindIDToken, implicit.KindAccessToken} {
			if claim, prefixed := strings.CutPrefix(name, token+"."); prefixed {
				r.Token, r.Claim = token, claim
			}
		}
		if !ok || r.Claim == "" {
			return nil, fmt.Errorf("expected CLAIM=VALUE, found %.80q", line)
		}
		all = append(all, r)
	}
	return all, nil
}

// lines splits values that may hold spaces. Empty lines, as a file or a variable
// may have them, are dropped.
func lines(text string) []string {
	return strings.FieldsFunc(text, func(c rune) bool { return c == '\n' })
}

// addParam refuses what has its own setting, and a parameter that is given twice.
func (r *resolver) addParam(text string) error {
	name, value, ok := strings.Cut(text, "=")
	if !ok || name == "" {
		return fmt.Errorf("expected NAME=VALUE, found %.80q", text)
	}
	setting := strings.ReplaceAll(name, "_", "-")
	if setting == "client-id" || slices.ContainsFunc(Request(), func(k Key) bool { return k.Name == setting }) {
		return fmt.Errorf("%s has its own flag, --%s", name, setting)
	}
	again := slices.ContainsFunc(r.s.Params, func(p implicit.Param) bool { return p.Name == name })
	if again && name != "resource" { // RFC 8707 section 2 lets resource repeat
		return fmt.Errorf("%.80q is given twice; OAuth allows each parameter once", name)
	}
	r.s.Params = append(r.s.Params, implicit.Param{Name: name, Value: value})
	return nil
}

// parsePairs reads NAME=VALUE lines. No name appears twice.
func parsePairs(text string) (pairs []implicit.Param, err error) {
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		name, value, ok := strings.Cut(line, "=")
		switch {
		case line == "":
			continue
		case !ok || name == "" || value == "":
			return nil, fmt.Errorf("expected NAME=VALUE, found %.80q", line)
		case slices.ContainsFunc(pairs, func(p implicit.Param) bool { return p.Name == name }):
			return nil, fmt.Errorf("%.80q is given twice", name)
		}
		pairs = append(pairs, implicit.Param{Name: name, Value: value})
	}
	return pairs, nil
}

func oneWord(text string) (string, error) {
	if strings.Contains(text, " ") {
		return "", fmt.Errorf("expected no spaces, found %.80q", text)
	}
	return text, nil
}

func parseSeconds(text string) (*int64, error) {
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil || seconds < 0 {
		return nil, fmt.Errorf("expected whole seconds, zero or more; found %.40q", text)
	}
	return &seconds, nil
}

// parseDuration reads "30s", "5m" or whole seconds.
func parseDuration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if seconds, number := strconv.ParseInt(text, 10, 32); number == nil {
		d, err = time.Duration(seconds)*time.Second, nil
	}
	if err != nil || d < 0 {
		return 0, fmt.Errorf("expected a duration such as 30s or 5m, found %.40q", text)
	}
	return d, nil
}

func parseWait(text string) (time.Duration, error) {
	d, err := parseDuration(text)
	if err == nil && d == 0 {
		err = errors.New("must be greater than zero")
	}
	return d, err
}

// split splits a list, separated by spaces or commas.
func split(text string) []string {
	return strings.FieldsFunc(text, func(c rune) bool { return c == ' ' || c == ',' })
}

func someOf(known []string, found ...string) ([]string, error) {
	for _, w := range found {
		if !slices.Contains(known, w) {
			return nil, fmt.Errorf("expected %s; found %.40q%s", strings.Join(known, ", "), w, words.DidYouMean(w, known))
		}
	}
	return found, nil
}

func readCertificates(file string) ([]byte, error) {
	pem, err := state.ReadTextFile(file, file, maxCertificates)
	if err == nil && !x509.NewCertPool().AppendCertsFromPEM(pem) {
		err = fmt.Errorf("%s: expected certificates in PEM, found none", file)
	}
	return pem, err
}
