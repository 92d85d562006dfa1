package sandbox

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"time"
)

// savedState is what a sandbox keeps from one run to the next: the keys that its
// tokens and its certificate are signed with. They are secrets.
type savedState struct {
	Signing   []savedKey `json:"signing_keys,omitempty"` // CURRENT, NEXT
	Authority savedKey   `json:"authority"`
	// Environments are the signing keys of further environments, by their IDs.
	Environments map[string][]savedKey `json:"environments,omitempty"`
}

type savedKey struct {
	KeyID       string `json:"kid,omitempty"`
	Key         string `json:"key"`         // PKCS #8 in PEM
	Certificate string `json:"certificate"` // PEM
}

// authority is what signs the certificate of the listener.
type authority struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func readState(data []byte) (savedState, error) {
	var saved savedState
	if len(data) == 0 {
		return saved, nil
	}
	if err := json.Unmarshal(data, &saved); err != nil {
		return saved, fmt.Errorf("sandbox: saved state: %w", err)
	}
	return saved, nil
}

// read returns the key and the certificate in DER.
func (k savedKey) read() (key any, cert []byte, err error) {
	keyBlock, _ := pem.Decode([]byte(k.Key))
	certBlock, _ := pem.Decode([]byte(k.Certificate))
	if keyBlock == nil || certBlock == nil {
		return nil, nil, errors.New("sandbox: saved state: expected a key and a certificate in PEM")
	}
	if key, err = x509.ParsePKCS8PrivateKey(keyBlock.Bytes); err != nil {
		return nil, nil, fmt.Errorf("sandbox: saved state: %w", err)
	}
	return key, certBlock.Bytes, nil
}

func saveKey(kid string, key any, cert []byte) (savedKey, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return savedKey{}, fmt.Errorf("sandbox: save key: %w", err)
	}
	return savedKey{
		KeyID: kid, Key: string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
		Certificate: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})),
	}, nil
}

// restore puts saved keys in place of new ones.
func (k *keyRing) restore(saved []savedKey) error {
	if len(saved) != 2 {
		return nil
	}
	var keys [2]*signingKey
	for i, s := range saved {
		key, cert, err := s.read()
		if err != nil {
			return err
		}
		private, ok := key.(*rsa.PrivateKey)
		if !ok || s.KeyID == "" {
			return errors.New("sandbox: saved state: expected RSA keys with their IDs")
		}
		keys[i] = &signingKey{kid: s.KeyID, key: private, cert: cert, done: make(chan struct{})}
		close(keys[i].done)
	}
	k.current, k.next = keys[0], keys[1]
	return nil
}

// authority returns the saved authority, or nil where there is none that is valid for
// another day.
func (s savedState) authority(now time.Time) (*authority, error) {
	if s.Authority.Key == "" {
		return nil, nil
	}
	key, der, err := s.Authority.read()
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("sandbox: saved state: %w", err)
	}
	private, ok := key.(*ecdsa.PrivateKey)
	if !ok {
		return nil, errors.New("sandbox: saved state: expected an ECDSA key for the authority")
	}
	if now.AddDate(0, 0, 1).After(cert.NotAfter) {
		return nil, nil
	}
	return &authority{private, cert}, nil
}

// State returns what Options.State of another run takes: signing keys and, unless
// it is plain, the authority. It waits until they are made. Keep it secret.
func (s *Server) State() ([]byte, error) {
	saved := savedState{Environments: map[string][]savedKey{}}
	for i, box := range s.Environments() {
		keys, err := box.savedKeys()
		if err != nil {
			return nil, err
		}
		if i == 0 {
			saved.Signing = keys
		} else {
			saved.Environments[box.environmentID] = keys
		}
	}
	if s.authority != nil {
		var err error
		if saved.Authority, err = saveKey("", s.authority.key, s.authority.cert.Raw); err != nil {
			return nil, err
		}
	}
	return json.MarshalIndent(saved, "", "  ")
}

func (s *Sandbox) savedKeys() (list []savedKey, err error) {
	s.mu.Lock()
	keys := []*signingKey{s.keys.current, s.keys.next}
	s.mu.Unlock()
	for _, k := range keys {
		if k == nil {
			continue
		}
		if err := k.wait(); err != nil {
			return nil, err
		}
		one, err := saveKey(k.kid, k.key, k.cert)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, nil
}
