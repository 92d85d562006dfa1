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

// version is the format of entries and keys that this program writes. It never
// changes what a newer one wrote.
const version = 1

// An entry starts with entryMagic, a sealed file with fileMagic, a key with
// keyMagic, followed by the version in decimal and a newline.
const (
	entryMagic = "implicit-store "
	fileMagic  = "implicit-sealed "
	keyMagic   = "implicit-key "
)

// maxEntry bounds an entry with its key, maxFile its file, in bytes.
const (
	maxEntry = 1 << 20
	maxFile  = maxEntry + 1024
)

// keySize is that of AES-256.
const keySize = 32

// errCorrupt is wrapped by what says that an entry or key is damaged.
var errCorrupt = errors.New("damaged")

// header is the first line of a file that this program writes.
func header(magic string) []byte {
	return fmt.Appendf(nil, "%s%d\n", magic, version)
}

// cutHeader gives what follows the header, which must be exactly as this
// program writes it. A newer version is a *VersionError that names what.
func cutHeader(magic string, data []byte, what string) ([]byte, error) {
	if body, ok := bytes.CutPrefix(data, header(magic)); ok {
		return body, nil
	}
	line, _, ok := bytes.Cut(data, []byte("\n"))
	digits, ok2 := strings.CutPrefix(string(line), magic)
	found, err := strconv.Atoi(digits)
	if !ok || !ok2 || err != nil || found <= version || strconv.Itoa(found) != digits {
		return nil, fmt.Errorf("%w: it does not start with %q", errCorrupt, strings.TrimSpace(magic))
	}
	return nil, &VersionError{What: what, Found: found, Known: version}
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

// seal makes the file of an entry: the header of magic, a random nonce, and key
// and data under AES-256-GCM. Header and name are authenticated with them, so an
// entry moved to the name of another, or given another header, does not open.
func seal(secret []byte, random io.Reader, magic, key string, data []byte) ([]byte, error) {
	gcm, err := newGCM(secret)
	if err != nil {
		return nil, err
	}
	head := header(magic)
	out := append(head, make([]byte, gcm.NonceSize())...)
	nonce := out[len(head):]
	if _, err := io.ReadFull(random, nonce); err != nil {
		return nil, fmt.Errorf("make a nonce: %w", err)
	}
	return gcm.Seal(out, nonce, frame(key, data), additional(magic, hash(key))), nil
}

// open reads the body of a sealed entry: what follows the header of magic. name
// is the hash of its key.
func open(secret []byte, magic string, body []byte, name string) (key string, data []byte, err error) {
	gcm, err := newGCM(secret)
	if err != nil {
		return "", nil, err
	}
	if len(body) < gcm.NonceSize() {
		return "", nil, fmt.Errorf("%w: it ends early", errCorrupt)
	}
	nonce, sealed := body[:gcm.NonceSize()], body[gcm.NonceSize():]
	plain, err := gcm.Open(nil, nonce, sealed, additional(magic, name))
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

// additional is the data that GCM authenticates in addition to what it seals:
// the header, byte for byte, and the name.
func additional(magic, name string) []byte {
	return append(header(magic), name...)
}

// keyText is a key as a file or the keyring holds it.
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
		return nil, fmt.Errorf("%w: expected %d bytes in base64", errCorrupt, keySize)
	}
	return secret, nil
}
