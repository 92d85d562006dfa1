package credstore

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// version is the format of entries and keys that this program writes. What a
// newer one wrote is never touched.
const version = 1

// An entry starts with entryMagic, a key with keyMagic, followed by the
// version in decimal and a newline.
const (
	entryMagic = "implicit-store "
	keyMagic   = "implicit-key "
)

// maxEntry bounds an entry, its key included; maxFile is what one may take at rest.
const (
	maxEntry = 1 << 20
	maxFile  = maxEntry + 1024
)

// keySize is that of AES-256.
const keySize = 32

// errCorrupt is wrapped by what says that an entry or key is damaged.
var errCorrupt = errors.New("damaged")

// header is the first line of what this program writes.
func header(magic string) []byte {
	return fmt.Appendf(nil, "%s%d\n", magic, version)
}

// cutHeader gives what follows the header. A newer version is a *VersionError
// that names what.
func cutHeader(magic string, data []byte, what string) ([]byte, error) {
	line, body, ok := bytes.Cut(data, []byte("\n"))
	digits, ok2 := strings.CutPrefix(string(line), magic)
	found, err := strconv.ParseUint(digits, 10, 31)
	if !ok || !ok2 || err != nil || found == 0 {
		return nil, fmt.Errorf("%w: it does not start as one of ours", errCorrupt)
	}
	if found != version {
		return nil, &VersionError{What: what, Found: int(found), Known: version}
	}
	return body, nil
}

// frame joins the key of an entry and its data; unframe takes them apart.
func frame(key string, data []byte) []byte {
	out := binary.AppendUvarint(nil, uint64(len(key)))
	return append(append(out, key...), data...)
}

func unframe(b []byte) (key string, data []byte, err error) {
	n, used := binary.Uvarint(b)
	if used <= 0 || n > uint64(len(b)-used) {
		return "", nil, fmt.Errorf("%w: it ends early", errCorrupt)
	}
	b = b[used:]
	return string(b[:n]), b[n:], nil
}

// seal makes the file of an entry: the header, a random nonce, and key and
// data under AES-256-GCM. Header and name are authenticated with them, so an
// entry moved to the name of another, or given another version, does not open.
func seal(secret []byte, random io.Reader, key string, data []byte) ([]byte, error) {
	gcm, err := newGCM(secret)
	if err != nil {
		return nil, err
	}
	head := header(entryMagic)
	out := append(head, make([]byte, gcm.NonceSize())...)
	nonce := out[len(head):]
	if _, err := io.ReadFull(random, nonce); err != nil {
		return nil, fmt.Errorf("make a nonce: %w", err)
	}
	return gcm.Seal(out, nonce, frame(key, data), additional(hash(key))), nil
}

// open takes the body of a sealed entry apart, that is what follows its
// header; name is that of its file.
func open(secret, body []byte, name string) (key string, data []byte, err error) {
	gcm, err := newGCM(secret)
	if err != nil {
		return "", nil, err
	}
	if len(body) < gcm.NonceSize() {
		return "", nil, fmt.Errorf("%w: it ends early", errCorrupt)
	}
	nonce, sealed := body[:gcm.NonceSize()], body[gcm.NonceSize():]
	plain, err := gcm.Open(nil, nonce, sealed, additional(name))
	if err != nil {
		return "", nil, fmt.Errorf("%w, or sealed under another key", errCorrupt)
	}
	return unframe(plain)
}

func newGCM(secret []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// additional is the data that GCM authenticates beside what it seals.
func additional(name string) []byte {
	return append(header(entryMagic), name...)
}

// keyText is a key as it rests in a file or in the keyring.
func keyText(secret []byte) string {
	return string(header(keyMagic)) + base64.StdEncoding.EncodeToString(secret)
}

// parseKey reads what keyText wrote; where says where it was found.
func parseKey(text, where string) ([]byte, error) {
	body, err := cutHeader(keyMagic, []byte(text), where)
	if err != nil {
		return nil, err
	}
	secret, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(body)))
	if err != nil || len(secret) != keySize {
		return nil, fmt.Errorf("%w: %d bytes in base64 were expected", errCorrupt, keySize)
	}
	return secret, nil
}
