package main

import (
	"bytes"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/login"
	"github.com/implicit-cli/implicit/internal/passcode"
	"github.com/implicit-cli/implicit/internal/state"
	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// addCredentials collects what answers a sign-on without a browser. Files and
// standard input are read here, before anything is sent.
func (a *app) addCredentials(s *login.Service) error {
	c, set := s.Credentials, s.Settings
	if err := a.readPrivate(set); err != nil {
		return err
	}
	c.Username, c.Terminal = set.Username, a.terminal()
	c.Device, c.AcceptAgreement, c.Profile, c.SkipMFA = set.Device, set.AcceptAgreement, set.ProfileData, set.SkipMFA
	c.Now, c.Say, c.Warn = a.now, a.say, a.warn
	c.Once = &passcode.Once{Dir: a.dirs.State, Now: a.now, Sleep: a.sleep, Wait: set.Wait, Say: a.say, Warn: a.warn}
	given, err := a.password(set)
	if err != nil {
		return err
	}
	switch {
	case !given.Empty():
		c.Password = given
	case set.PasswordCommand != "":
		if c.PasswordCommand, err = a.secretCommand(set, passcode.PasswordFlag, set.PasswordCommand); err != nil {
			return err
		}
	}
	if set.NewPasswordFile != "" {
		if c.NewPassword, err = a.secretFile("--new-password-file", set.NewPasswordFile); err != nil {
			return err
		}
	}
	if c.TOTP, err = a.totp(set); err != nil {
		return err
	}
	if set.OTPCommand != "" {
		c.Command, err = a.secretCommand(set, passcode.OTPFlag, set.OTPCommand)
	}
	return err
}

// password follows the order of all settings: flags, then variables, the one
// that holds the password itself first. It is empty where a command prints it.
func (a *app) password(s *config.Settings) (implicit.Secret, error) {
	var flags []string
	for _, name := range []string{"password-stdin", "password-file", "password-command"} {
		if s.Source(name) == "flag" {
			flags = append(flags, "--"+name)
		}
	}
	switch {
	case len(flags) > 1:
		return implicit.Secret{}, usagef("%s cannot be used together", strings.Join(flags, " and "))
	case s.Source("password-command") == "flag":
		return implicit.Secret{}, nil
	case s.PasswordStdin && s.Source("password-file") != "flag":
		return a.readSecret("--password-stdin", a.in)
	}
	return a.secretSetting(s, "IMPLICIT_PASSWORD", "password-file", s.PasswordFile)
}

// readPrivate reads what other users, who can read the arguments of a process,
// should not see: the file of --id-token-hint, and the one setting that standard
// input gives.
func (a *app) readPrivate(s *config.Settings) (err error) {
	if err := a.readHint(s); err != nil {
		return err
	}
	take := map[string]func(implicit.Secret){
		"--id-token-hint": func(given implicit.Secret) { s.IDTokenHint = given },
		"--state":         func(given implicit.Secret) { s.State = given.Reveal() },
		"--nonce":         func(given implicit.Secret) { s.Nonce = given.Reveal() },
	}
	var from []string
	for name, value := range map[string]string{"id-token-hint": s.IDTokenHint.Reveal(), "state": s.State, "nonce": s.Nonce} {
		if value == "-" && s.Source(name) == "flag" {
			from = append(from, "--"+name)
		}
	}
	slices.Sort(from)
	switch {
	case len(from) > 1:
		return usagef("%s cannot be used together: each reads standard input", strings.Join(from, " and "))
	case len(from) == 0:
		return nil
	case s.PasswordStdin:
		return usagef("%s - and --password-stdin cannot be used together: both read standard input", from[0])
	}
	given, err := a.readSecret(from[0], a.in)
	if err == nil {
		take[from[0]](given)
	}
	return err
}

func (a *app) readHint(s *config.Settings) (err error) {
	from := s.IDTokenHint.Reveal()
	switch {
	case s.Source("id-token-hint") != "flag" || from == "-":
		return nil
	case strings.Count(from, ".") == 2 && strings.HasPrefix(from, "eyJ"):
		return usagef("--id-token-hint: expected - or a file, found a token: other users can read the arguments of a process")
	}
	s.IDTokenHint, err = a.secretFile("--id-token-hint", from)
	return err
}

// secretSetting is a secret that a variable or a file holds.
func (a *app) secretSetting(s *config.Settings, variable, fileSetting, path string) (implicit.Secret, error) {
	text := a.getenv(variable)
	if s.Source(fileSetting) == "flag" || text == "" && path != "" {
		return a.secretFile("--"+fileSetting, path)
	}
	secret := implicit.NewSecret(text)
	a.secrets.Add(secret)
	return secret, nil
}

// totp reads the secret of an authenticator app; nil where there is none.
func (a *app) totp(s *config.Settings) (*passcode.TOTP, error) {
	secret, err := a.secretSetting(s, "IMPLICIT_TOTP_SECRET", "totp-secret-file", s.TOTPSecretFile)
	if err != nil || secret.Empty() {
		return nil, err
	}
	totp, err := passcode.ParseTOTP(secret)
	if err == nil {
		a.secrets.Add(totp.Secret())
	}
	return totp, err
}

// secretCommand is the program that a flag names.
func (a *app) secretCommand(s *config.Settings, flag, line string) (*passcode.Command, error) {
	argv, name := words.Command(line, a.goos != "windows"), strings.TrimPrefix(flag, "--")
	if len(argv) == 0 {
		return nil, s.Problem(name, "expected a program and its arguments")
	}
	path, err := a.lookPath(argv[0])
	if err != nil {
		return nil, s.Problem(name, "there is no program %.80q", argv[0])
	}
	argv[0] = path
	return &passcode.Command{Flag: flag, Words: argv, Environ: os.Environ(), Wait: s.Wait, Learn: a.secrets.Add,
		Show: func(line string) { a.print(argv[0] + ": " + line) }}, nil
}

func (a *app) secretFile(flag, path string) (implicit.Secret, error) {
	data, err := state.ReadTextFile(path, flag, maxSecret)
	return a.trimSecret(flag, data, err)
}

// readSecret reads a secret up to the end, less one newline.
func (a *app) readSecret(flag string, r io.Reader) (implicit.Secret, error) {
	data, err := state.ReadText(r, flag, maxSecret)
	return a.trimSecret(flag, data, err)
}

// maxSecret limits the size of a secret, in bytes.
const maxSecret = 64 << 10

func (a *app) trimSecret(flag string, data []byte, err error) (implicit.Secret, error) {
	if err != nil {
		return implicit.Secret{}, err
	}
	data = bytes.TrimSuffix(bytes.TrimSuffix(data, []byte("\n")), []byte("\r"))
	if len(data) == 0 {
		return implicit.Secret{}, usagef("%s: empty", flag)
	}
	secret := implicit.NewSecret(string(data))
	a.secrets.Add(secret)
	return secret, nil
}
