package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// Token is a valid token, and the other one of the same login, as scripts and
// programs take them. Writing it prints secrets in clear: that is its purpose.
type Token struct {
	AccessToken implicit.Secret
	IDToken     implicit.Secret
	TokenType   string
	Scope       string
	ExpiresAt   time.Time // until when the wanted token is good; zero: not known
	Result      []byte    // the result object, for json and templates

	IDTokenWanted bool   // where one token is printed, it is the ID token
	KubernetesAPI string // of exec-credential: client.authentication.k8s.io/v1 or v1beta1; empty: v1
}

// TokenFormats returns the formats that [Token.Write] knows.
func TokenFormats() []string {
	return []string{"raw", "json", "env", "export", "dotenv", "header", "curl", "github", "exec-credential"}
}

// CheckTokenFormat says before a token is fetched whether it could be written:
// format is one of [TokenFormats], and shell one of [words.Shells] or empty.
func CheckTokenFormat(format, shell string) error {
	if !slices.Contains(TokenFormats(), format) {
		return fmt.Errorf("--format: expected %s; found %q%s", strings.Join(TokenFormats(), ", "), format, words.DidYouMean(format, TokenFormats()))
	}
	if shell != "" && !slices.Contains(words.Shells(), shell) {
		return fmt.Errorf("--shell: expected %s; found %q%s", strings.Join(words.Shells(), ", "), shell, words.DidYouMean(shell, words.Shells()))
	}
	return nil
}

// Write writes the token to w in one piece, with a final newline:
//
//	raw              the token alone
//	json             the result object
//	env              assignments for shell ("" is sh): every name each time, so that no older value stays
//	export           the same for sh, as direnv evaluates it
//	dotenv           NAME='VALUE' lines for a file that direnv, compose and libraries read
//	header           an Authorization header (RFC 6750 section 2.1)
//	curl             the same as a configuration for curl -K -
//	github           GitHub's commands that mask the tokens; the tokens themselves go
//	                 to outputs, the file that $GITHUB_OUTPUT names, once the masks are written
//	exec-credential  what kubectl expects of a credential plugin, in the version of
//	                 KubernetesAPI
//
// outputs is used by github alone. A token with a character that RFC 6749
// appendix A does not allow is refused, except in json: it could end a line and
// begin another command.
func (t Token) Write(w io.Writer, format, shell string, outputs io.Writer) error {
	if err := CheckTokenFormat(format, shell); err != nil {
		return err
	}
	if format == "json" {
		if len(t.Result) == 0 {
			return errors.New("no result object")
		}
		return words.JSON(w, json.RawMessage(t.Result))
	}
	token, err := t.wanted()
	if err != nil {
		return err
	}
	switch format {
	case "env":
		return t.writeEnv(w, func(name, value string) string { return words.Assignment(shell, name, value) })
	case "export":
		return t.writeEnv(w, func(name, value string) string { return words.Assignment("sh", name, value) })
	case "dotenv":
		if slices.ContainsFunc(t.values(), func(v namedValue) bool { return strings.Contains(v.text, "'") }) {
			return errors.New("--format dotenv: a value has a single quote, which not every reader takes; use --format export")
		}
		return t.writeEnv(w, func(name, value string) string { return name + "=" + words.QuoteSh(value) })
	case "header":
		token = "Authorization: Bearer " + token
	case "curl":
		token = "header = " + words.QuoteCurl("Authorization: Bearer "+token)
	case "github":
		return t.writeGitHub(w, outputs)
	case "exec-credential":
		return t.writeExecCredential(w, token)
	}
	_, err = io.WriteString(w, token+"\n")
	return err
}

// wanted returns the token that was asked for, after a check that no value of t
// has a character with a meaning for a shell or a line.
func (t Token) wanted() (string, error) {
	secret, name := t.AccessToken, "access token"
	if t.IDTokenWanted {
		secret, name = t.IDToken, "ID token"
	}
	if secret.Empty() {
		return "", fmt.Errorf("no %s was issued", name)
	}
	for _, v := range t.values() {
		if strings.IndexFunc(v.text, notVisible) >= 0 {
			return "", fmt.Errorf("%s: expected printable ASCII (RFC 6749 appendix A), found another character", v.name)
		}
	}
	return secret.Reveal(), nil
}

func notVisible(c rune) bool { return c < ' ' || c > '~' }

type namedValue struct{ name, text string }

func (t Token) values() []namedValue {
	return []namedValue{
		{"access_token", t.AccessToken.Reveal()}, {"id_token", t.IDToken.Reveal()},
		{"token_type", t.TokenType}, {"scope", t.Scope}, {"expires_at", t.expiry()},
	}
}

// expiry is RFC 3339 in UTC, in whole seconds; empty where it is not known.
func (t Token) expiry() string {
	if t.ExpiresAt.IsZero() {
		return ""
	}
	return t.ExpiresAt.UTC().Format(time.RFC3339)
}

func (t Token) writeEnv(w io.Writer, line func(name, value string) string) error {
	var b strings.Builder
	for _, v := range t.values() {
		b.WriteString(line(strings.ToUpper(v.name), v.text) + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writeGitHub masks before it sets: what is set first could be logged in clear.
// The runner shows no line that begins with ::add-mask::.
func (t Token) writeGitHub(w, outputs io.Writer) error {
	if outputs == nil {
		return errors.New("--format github: expected GITHUB_OUTPUT to name a file, found nothing; outside a workflow use another format")
	}
	var masks, set bytes.Buffer
	for _, secret := range []implicit.Secret{t.AccessToken, t.IDToken} {
		if !secret.Empty() {
			// In the data of a command the runner decodes %25, %0D and %0A.
			masks.WriteString("::add-mask::" + strings.ReplaceAll(secret.Reveal(), "%", "%25") + "\n")
		}
	}
	for _, v := range t.values() {
		end := delimiter(v.text)
		fmt.Fprintf(&set, "%s<<%s\n%s\n%s\n", v.name, end, v.text, end)
	}
	if _, err := w.Write(masks.Bytes()); err != nil {
		return err
	}
	if _, err := outputs.Write(set.Bytes()); err != nil {
		return fmt.Errorf("write to GITHUB_OUTPUT: %w", err)
	}
	return nil
}

// delimiter returns a line that ends a value in GITHUB_OUTPUT and is not
// part of it.
func delimiter(text string) string {
	end := "ghadelimiter"
	for strings.Contains(text, end) {
		end += "_"
	}
	return end
}

// execCredential is ExecCredential of client.authentication.k8s.io, whose versions
// v1 and v1beta1 have the same status.
type execCredential struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Status     struct {
		ExpirationTimestamp string `json:"expirationTimestamp,omitempty"`
		Token               string `json:"token"`
	} `json:"status"`
}

func (t Token) writeExecCredential(w io.Writer, token string) error {
	c := execCredential{APIVersion: t.KubernetesAPI, Kind: "ExecCredential"}
	if c.APIVersion == "" {
		c.APIVersion = kubernetesAPIs()[0]
	}
	c.Status.Token, c.Status.ExpirationTimestamp = token, t.expiry()
	return words.JSON(w, c)
}

// kubernetesAPIs are the versions of ExecCredential, the newest first.
func kubernetesAPIs() []string {
	return []string{"client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"}
}

// KubernetesAPI reads the version of the answer from what kubectl puts into
// KUBERNETES_EXEC_INFO; "" where that is empty.
func KubernetesAPI(info string) (string, error) {
	if info == "" {
		return "", nil
	}
	var asked execCredential
	if err := json.Unmarshal([]byte(info), &asked); err != nil || asked.Kind != "ExecCredential" {
		return "", errors.New("KUBERNETES_EXEC_INFO: expected an ExecCredential in JSON")
	}
	if !slices.Contains(kubernetesAPIs(), asked.APIVersion) {
		return "", fmt.Errorf("KUBERNETES_EXEC_INFO: expected apiVersion %s; found %.80q", strings.Join(kubernetesAPIs(), " or "), asked.APIVersion)
	}
	return asked.APIVersion, nil
}
