package credstore

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/internal/state"
)

// helper keeps entries with a program that speaks the protocol of
// docker/docker-credential-helpers: `get`, `store`, `erase` and `list`. An
// entry is the base64 Secret of a server below helperURL.
type helper struct {
	program  string
	warn     func(string)
	progress func(string)
	timeout  time.Duration
	env      []string
}

// helperURL is the start of our server names. Helpers parse them as URLs and use
// them as file names, so what follows is the hash of the key. RFC 6761 section
// 6.4 reserves the top-level domain.
const helperURL = "https://implicit.invalid/"

// helperUser is the user name of each entry: the protocol needs one.
const helperUser = "implicit"

// helperMissing is how helpers say that there is no such entry.
const helperMissing = "credentials not found in native keychain"

// wincred explains its limit badly: the blob of a Windows credential
// (CRED_MAX_CREDENTIAL_BLOB_SIZE), in bytes.
const (
	wincred    = "docker-credential-wincred"
	wincredMax = 2560
)

// credentials is the protocol's JSON object.
type credentials struct{ ServerURL, Username, Secret string }

func newHelper(name string, o Options) (*helper, error) {
	if !regexp.MustCompile(`^[A-Za-z0-9._-]+$`).MatchString(name) {
		return nil, &KindError{Name: HelperPrefix + name}
	}
	h := &helper{program: "docker-credential-" + name, warn: o.Warn, progress: o.Progress,
		timeout: o.HelperTimeout, env: state.ChildEnv(os.Environ())}
	return h, h.installed()
}

func (h *helper) get(ctx context.Context, key string) ([]byte, bool, error) {
	_, data, ok, err := h.load(ctx, helperURL+hash(key))
	return data, ok, err
}

// load reads an entry. One that is damaged stays until it is replaced: helpers
// cannot rename.
func (h *helper) load(ctx context.Context, url string) (key string, data []byte, ok bool, err error) {
	secret, err := h.secret(ctx, url)
	if secret == "" || err != nil {
		return "", nil, false, err
	}
	key, data, err = decodeSecret(secret, url, h.program)
	if errors.Is(err, errCorrupt) {
		h.warn(fmt.Sprintf("skipped an entry of %s, %s: %v", h.program, url, err))
		return "", nil, false, nil
	}
	return key, data, err == nil, err
}

// secret asks for the Secret of an entry, "" where there is none: pass up to
// version 0.6 says so by an empty one.
func (h *helper) secret(ctx context.Context, url string) (string, error) {
	out, err := h.run(ctx, "get", url)
	var failed *HelperError
	if errors.As(err, &failed) && failed.Said == helperMissing {
		return "", nil
	}
	var c credentials
	if err == nil && json.Unmarshal(out, &c) != nil {
		err = fmt.Errorf("%s get: expected a JSON object with a Secret, found %d other bytes", h.program, len(out))
	}
	return c.Secret, err
}

// put reads the present entry first: a newer format is not replaced.
func (h *helper) put(ctx context.Context, key string, data []byte) error {
	url := helperURL + hash(key)
	if _, _, _, err := h.load(ctx, url); err != nil {
		return err
	}
	c := credentials{ServerURL: url, Username: helperUser, Secret: encodeSecret(key, data)}
	if n := len(c.Secret); h.program == wincred && n > wincredMax {
		return &SizeError{Store: h.program, Size: n, Max: wincredMax}
	}
	in, err := json.Marshal(c)
	if err != nil {
		return err
	}
	if _, err = h.run(ctx, "store", string(in)); err != nil {
		return fmt.Errorf("%w (the entry takes %d bytes; some helpers limit that)", err, len(c.Secret))
	}
	return nil
}

func (h *helper) delete(ctx context.Context, key string) error {
	return h.erase(ctx, helperURL+hash(key))
}

// erase removes an entry. Some helpers fail when there is none, each in its own
// words, so a failure counts only when the entry still exists.
func (h *helper) erase(ctx context.Context, url string) error {
	_, err := h.run(ctx, "erase", url)
	if err == nil {
		return nil
	}
	if secret, gerr := h.secret(ctx, url); secret == "" && gerr == nil {
		return nil
	}
	return err
}

func (h *helper) list(ctx context.Context) ([]string, error) {
	urls, err := h.urls(ctx)
	var keys []string
	for _, url := range urls {
		key, _, ok, err := h.load(ctx, url)
		var newer *VersionError
		switch {
		case errors.As(err, &newer):
			h.warn(err.Error())
		case err != nil:
			return nil, err
		case ok:
			keys = append(keys, key)
		}
	}
	return keys, err
}

func (h *helper) clear(ctx context.Context) error {
	urls, err := h.urls(ctx)
	for _, url := range urls {
		err = errors.Join(err, h.erase(ctx, url))
	}
	return err
}

// urls gives our server names; the helper may keep other programs' names too.
func (h *helper) urls(ctx context.Context) ([]string, error) {
	out, err := h.run(ctx, "list", "")
	if err != nil {
		return nil, err
	}
	var users map[string]string
	if json.Unmarshal(out, &users) != nil {
		return nil, fmt.Errorf("%s list: expected a JSON object, found %d other bytes", h.program, len(out))
	}
	var urls []string
	for url := range users {
		if strings.HasPrefix(url, helperURL) {
			urls = append(urls, url)
		}
	}
	return urls, nil
}

// encodeSecret is an entry as a helper keeps it.
func encodeSecret(key string, data []byte) string {
	return base64.StdEncoding.EncodeToString(append(header(entryMagic), frame(key, data)...))
}

// decodeSecret reads what encodeSecret wrote, and checks that it is the entry
// that url names.
func decodeSecret(secret, url, program string) (key string, data []byte, err error) {
	raw, err := base64.StdEncoding.DecodeString(secret)
	if err != nil {
		return "", nil, fmt.Errorf("%w: it is not base64", errCorrupt)
	}
	body, err := cutHeader(entryMagic, raw, "an entry of "+program)
	if err != nil {
		return "", nil, err
	}
	key, data, err = unframe(body)
	if err == nil && helperURL+hash(key) != url {
		return "", nil, fmt.Errorf("%w: it belongs to another name", errCorrupt)
	}
	return key, data, err
}
