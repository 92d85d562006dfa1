package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// reportFlags ask for every form of a report that the command has.
func (b *bench) reportFlags(dir, command string) (flags []string) {
	for _, k := range b.app(nil, nil, nil).reportKinds() {
		switch {
		case k.name == "trace":
			flags = append(flags, "--trace")
		case k.name == "evidence": // doctor alone writes it
		case k.name != "curl" || !slices.Contains([]string{"exec", "logout", "verify"}, command):
			flags = append(flags, "--"+k.name, filepath.Join(dir, k.name+k.suffix))
		}
	}
	return flags
}

// textIn is the text of all files in a folder.
func textIn(t *testing.T, dir string) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	var all bytes.Buffer
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}

// secretNames are the members of a request whose values are secrets.
var secretNames = regexp.MustCompile(`(?i)^(current|new)?password$|^otp$|^(recovery|verification)code$|^state$|^nonce$`)

// secretsSent are the secrets of the requests that were sent.
func (b *bench) secretsSent() (secrets []string) {
	for _, req := range b.seen.all() {
		for _, c := range req.Cookies() {
			secrets = append(secrets, c.Value)
		}
		if _, token, ok := strings.Cut(req.Header.Get("Authorization"), " "); ok {
			secrets = append(secrets, token)
		}
		body := bodyOf(req)
		form, _ := url.ParseQuery(body)
		for _, values := range []url.Values{req.URL.Query(), form} {
			for name := range values {
				if secretNames.MatchString(name) {
					secrets = append(secrets, values.Get(name))
				}
			}
		}
		var members map[string]any
		_ = json.Unmarshal([]byte(body), &members)
		for name, value := range members {
			if text, ok := value.(string); ok && secretNames.MatchString(name) {
				secrets = append(secrets, text)
			}
		}
	}
	return secrets
}

// formsOf are the secrets as they are, and as encoders write them.
func formsOf(secrets ...string) (forms []string) {
	for _, s := range secrets {
		if s == "" {
			continue
		}
		quoted, _ := json.Marshal(s)
		forms = append(forms, s, url.QueryEscape(s), url.PathEscape(s), html.EscapeString(s), strings.Trim(string(quoted), `"`),
			hex.EncodeToString([]byte(s)), base64.StdEncoding.EncodeToString([]byte(s)), b64([]byte(s)))
		for before := 1; before < 3 && len(s) >= 8; before++ { // inside of other text
			encoded := b64(append(make([]byte, before), s...))
			forms = append(forms, encoded[4:len(encoded)-3])
		}
	}
	return forms
}

// searchReports looks for each secret of the run in any form. A trace wraps its lines,
// so it is looked at without line ends too.
func (b *bench) searchReports(text string, more ...string) {
	b.t.Helper()
	secrets := append(more, b.env["IMPLICIT_PASSWORD"], "fake-state-1234", "fake-nonce-1234", "fake not the password", `fake +&=%"\ pässwörd`)
	secrets = append(secrets, b.secretsSent()...)
	joined := strings.NewReplacer("\n", "", " ", "").Replace(text)
	var nested words.Scrubber
	for _, form := range formsOf(secrets...) {
		if strings.Contains(text, form) || strings.Contains(joined, strings.ReplaceAll(form, " ", "")) {
			b.t.Errorf("a report holds %q:\n%.3000s", form, text)
			return
		}
	}
	for _, secret := range secrets {
		if len(secret) >= 8 {
			nested.Add(implicit.NewSecret(secret))
		}
	}
	if found := nested.Scrub(text); found != text && !testing.Short() {
		b.t.Errorf("a report holds a secret, encoded: %s", around(text, found))
	}
	for line := range strings.Lines(text) { // an error may quote a parameter that no one calls a secret; a report does not
		if strings.Contains(line, "fake-param-1234") && !strings.HasPrefix(line, "implicit: error: ") {
			b.t.Errorf("a report holds an unknown parameter: %s", line)
		}
	}
	if found := signedJWT.FindString(joined); found != "" {
		b.t.Errorf("a report holds a token: %.40s…", found)
	}
}

// around shows where two texts begin to differ.
func around(a, b string) string {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	return a[max(0, i-100):min(len(a), i+100)]
}

// signedJWT is a token with a signature; a recorded one has a fingerprint instead.
var signedJWT = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}`)

// Whatever a sign-on asks for, and whatever command sends it: no secret is in what is
// recorded of it.
func TestReportsOfEveryStatusAndCommand(t *testing.T) {
	t.Parallel()
	newPassword := secretFile(t, "New-fake-passw0rd!")
	otp := "IMPLICIT_OTP_COMMAND=/bin/echo 246810"
	for _, c := range []struct {
		name, user, policy string
		env                []string
	}{
		{"TOTP", "totp", multiFactor, []string{"IMPLICIT_TOTP_SECRET=" + totpOf("totp")}},
		{"TOTP of an address", "totp-sha256", multiFactor, []string{"IMPLICIT_TOTP_SECRET=" + totpOf("totp-sha256")}},
		{"TOTP of another user", "totp", multiFactor, []string{"IMPLICIT_TOTP_SECRET=" + totpOf("devices")}},
		{"SMS", "sms", multiFactor, []string{otp}},
		{"wrong passcode", "sms", multiFactor, []string{"IMPLICIT_OTP_COMMAND=/bin/echo 975313"}},
		{"device", "devices", multiFactor, []string{"IMPLICIT_DEVICE=sms", otp}},
		{"push", "push", multiFactor, nil},
		{"push denied", "push-denied", multiFactor, nil},
		{"new password", "expired", "", []string{"IMPLICIT_NEW_PASSWORD_FILE=" + newPassword}},
		{"weak new password", "must-change", "", []string{"IMPLICIT_NEW_PASSWORD_FILE=" + secretFile(t, "fake-wk1")}},
		{"agreement", "plain", "Agreement", []string{"IMPLICIT_ACCEPT_AGREEMENT=true"}},
		{"profile", "plain", "Progressive_Profiling", []string{"IMPLICIT_PROFILE_DATA=name.given=Jane\nname.family=Doe\naddress.locality=fake-town-1"}},
		{"identifier first", "plain", "Identifier_First", nil},
		{"FIDO2", "fido2", multiFactor, nil},
		{"verification", "unverified", "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if testing.Short() && c.name != "device" {
				t.Skip("a matrix: every status in every command")
			}
			t.Parallel()
			b := newBench(t).withSandbox().user(c.user).policy(c.policy).set("IMPLICIT_STORE", "file")
			b.change = anyProgram
			more := []string{"New-fake-passw0rd!", "fake-wk1", "fake-town-1", "VERIFY01", "IMPLICITSANDBOXTOTPSECRETDDDDDDD"}
			for _, pair := range c.env {
				name, value, _ := strings.Cut(pair, "=")
				if b.set(name, value); name == "IMPLICIT_TOTP_SECRET" {
					more = append(more, value)
				}
			}
			b.everyCommand(more...)
		})
	}
}

// everyCommand runs each command that sends, and searches what it records.
func (b *bench) everyCommand(secrets ...string) {
	b.t.Helper()
	var recorded strings.Builder
	run := func(input string, args ...string) ran {
		dir := b.t.TempDir()
		flags, child := b.reportFlags(dir, args[0]), []string(nil)
		if i := slices.Index(args, "--"); i >= 0 {
			args, child = args[:i], args[i:]
		}
		r := b.runInput(input, slices.Concat(args, flags, child)...)
		recorded.WriteString(r.errOut + textIn(b.t, dir))
		return r
	}
	r := run("", "login", "--userinfo", "-o", "json")
	var result struct {
		Access string `json:"access_token"`
		ID     string `json:"id_token"`
	}
	_ = json.Unmarshal([]byte(r.out), &result)
	secrets = append(secrets, result.Access, result.ID)
	run("", "token")
	run("", "token", "--min-ttl", "2h") // renews
	run("", "exec", "--", "true")
	run("", "userinfo")
	run(result.Access, "userinfo", "-")
	run(result.ID, "verify", "-")
	if r := run("", "authorize", "-o", "json"); r.exit == 0 {
		id, _ := r.object()["flow_id"].(string)
		run("", "flow", "show", id)
		run("", "flow", "submit", id)
		run(`{"verificationCode":"VERIFY01"}`, "flow", "submit", id, "--fields-stdin")
		run(`{"recoveryCode":"fake-code-1","newPassword":"New-fake-passw0rd!"}`, "flow", "submit", id, "password.recover", "--fields-stdin")
		run("", "resume", id)
		b.set("IMPLICIT_SESSION_TOKEN", "fake-session-1234")
		run("", "resume", id)
		b.set("IMPLICIT_SESSION_TOKEN", "")
	}
	run("", "logout", "--signoff")
	b.searchReports(recorded.String(), append(secrets, "fake-code-1", "fake-session-1234")...)
}

// A server may put a secret where none belongs: as the user of an address, on a page of
// DaVinci, behind what is recorded of a body.
func TestReportsOfPlantedSecrets(t *testing.T) {
	t.Parallel()
	const planted = "fake+planted/1234=="
	answers := map[string]func(w http.ResponseWriter, r *http.Request) bool{
		"user of the Location": func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.HasSuffix(r.URL.Path, "/as/authorize") {
				return false
			}
			w.Header().Set("Location", "https://someone:"+url.QueryEscape(planted)+"@apps.example.com/x/signon/?flowId=0e1f2a3b-4c5d-4e6f-8a7b-9c0d1e2f3a4b")
			w.WriteHeader(http.StatusFound)
			return true
		},
		"user of a link": func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.Contains(r.URL.Path, "/flows/") {
				return false
			}
			w.Header().Set("Content-Type", "application/hal+json")
			fmt.Fprintf(w, `{"id":"0e1f2a3b-4c5d-4e6f-8a7b-9c0d1e2f3a4b","status":"COMPLETED","resumeUrl":"https://someone:%s@%s/as/resume","session":{"id":%q}}`, url.QueryEscape(planted), r.Host, planted)
			return true
		},
		"DaVinci page": func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.HasSuffix(r.URL.Path, "/as/authorize") {
				return false
			}
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("Set-Cookie", "DV-ST="+url.QueryEscape(planted)+"; Path=/")
			fmt.Fprintf(w, `<script>var skProps = {"apiRoot":"x","accessToken":%[1]q,"companyId":"c","policyId":"p"};</script><form method=post action=/x?t=%[2]s><input type=hidden name=access_token value=""><input type=hidden name=skToken value=%[1]q></form>`, planted, url.QueryEscape(planted))
			return true
		},
		"DaVinci JSON": func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.Contains(r.URL.Path, "/flows/") {
				return false
			}
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(w, `{"interactionId":"i","interactionToken":%[1]q,"screen":{"properties":{"html":%[1]q}},"success":false,"dvResponse":{"access_token":%[1]q}}`, planted)
			return true
		},
		"cut body": func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.HasSuffix(r.URL.Path, "/as/resume") {
				return false
			}
			w.Header().Set("Content-Type", "application/json")
			for _, size := range []int{256<<10 - 20, 256<<10 + 4} {
				fmt.Fprintf(w, `{"description":%q,"message":%q,`, strings.Repeat("a", size), planted)
			}
			fmt.Fprint(w, `"title":"`+planted)
			return true
		},
		"larger than the limit": func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.HasSuffix(r.URL.Path, "/as/resume") {
				return false
			}
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, `{"message":"`+strings.Repeat(planted, 80_000)+`"}`)
			return true
		},
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t).withSandbox()
			b.seen.answerWith(func(w http.ResponseWriter, r *http.Request, _ string) bool { return answer(w, r) })
			dir := t.TempDir()
			r := b.run(append([]string{"login"}, b.reportFlags(dir, "login")...)...)
			if r.exit == 0 {
				t.Error("it is not refused")
			}
			b.searchReports(textIn(t, dir), planted)
			b.searchReports(r.errOut, planted)
		})
	}
}
