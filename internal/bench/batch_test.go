//go:build unix

package bench

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// BenchmarkBatch is the CPU time of verify --batch for each token, in turns with the
// verification of the same signatures alone, by crypto/rsa over hashes that are ready.
// Each runs on one core and on two: what a token costs more on two is what the cores
// cost each other.
func BenchmarkBatch(b *testing.B) {
	const distinct, repeats = 100, 500
	program, tokens := build(b), newTokens(b, distinct)
	input := bytes.Repeat([]byte(strings.Join(tokens.lines, "\n")+"\n"), repeats)
	var ours, raw [3]time.Duration // by cores
	for b.Loop() {
		for _, cores := range []int{1, 2} {
			cmd := exec.CommandContext(b.Context(), program, "verify", "--batch", "--jwks", tokens.keys, "--issuer", tokens.issuer, "--client-id", "app")
			cmd.Env = []string{"HOME=" + b.TempDir(), "GOMAXPROCS=" + strconv.Itoa(cores)}
			cmd.Stdin = bytes.NewReader(input)
			if out := output(b, cmd); strings.Count(out, `"valid":true`) != distinct*repeats {
				b.Fatalf("not every token is valid: %.300q", out)
			}
			ours[cores] += cpu(cmd)
			before := ownCPU(b)
			tokens.verifyRaw(repeats, cores)
			raw[cores] += ownCPU(b) - before
		}
	}
	count := time.Duration(b.N * distinct * repeats)
	b.ReportMetric(0, "ns/op") // of the two together: means nothing
	b.ReportMetric(float64((ours[2]/count).Nanoseconds())/1000, "token_us")
	b.ReportMetric(float64((raw[2]/count).Nanoseconds())/1000, "raw_us")
	b.ReportMetric(float64(ours[1]+ours[2])/float64(raw[1]+raw[2]), "token/raw")
	b.ReportMetric(float64(ours[2])/float64(ours[1]), "2_cores/1_core")
	b.ReportMetric(float64(raw[2])/float64(raw[1]), "raw_2_cores/1_core")
}

// tokens are ID tokens as PingOne makes them, and the key that signed them.
type tokens struct {
	lines  []string
	issuer string
	keys   string // the file

	public     *rsa.PublicKey
	hashes     [][32]byte
	signatures [][]byte
}

func newTokens(b *testing.B, count int) *tokens {
	b.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		b.Fatal(err)
	}
	enc := base64.RawURLEncoding
	t := &tokens{issuer: "https://auth.pingone.example/8f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e5/as", keys: filepath.Join(b.TempDir(), "keys.json"), public: &key.PublicKey}
	set := fmt.Sprintf(`{"keys":[{"kty":"RSA","e":"AQAB","use":"sig","kid":"k-1","n":%q}]}`, enc.EncodeToString(key.N.Bytes()))
	if err := os.WriteFile(t.keys, []byte(set), 0o600); err != nil {
		b.Fatal(err)
	}
	now := time.Now().Unix()
	for i := range count {
		claims, err := json.Marshal(map[string]any{
			"iss": t.issuer, "sub": fmt.Sprintf("5f4e3d2c-1b0a-4938-8271-%012d", i), "aud": "app", "iat": now, "exp": now + 86400, "auth_time": now,
			"acr": "Single_Factor", "amr": []string{"pwd"}, "sid": "0e1f2a3b-4c5d-4e6f-8a7b-9c0d1e2f3a4b", "nonce": "n-0S6_WzA2Mj",
			"preferred_username": "jane", "given_name": "Jane", "family_name": "Doe", "email": "jane@example.com", "updated_at": now,
			"env": "8f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e5", "org": "1a2b3c4d-5e6f-4a1b-8c2d-3e4f5a6b7c8d", "p1.region": "NA",
		})
		if err != nil {
			b.Fatal(err)
		}
		signed := enc.EncodeToString([]byte(`{"kid":"k-1","alg":"RS256"}`)) + "." + enc.EncodeToString(claims)
		sum := sha256.Sum256([]byte(signed))
		signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
		if err != nil {
			b.Fatal(err)
		}
		t.lines = append(t.lines, signed+"."+enc.EncodeToString(signature))
		t.hashes, t.signatures = append(t.hashes, sum), append(t.signatures, signature)
	}
	return t
}

// verifyRaw verifies every signature, on as many cores.
func (t *tokens) verifyRaw(repeats, cores int) {
	var all sync.WaitGroup
	for core := range cores {
		all.Go(func() {
			for i := core; i < repeats; i += cores {
				for j := range t.lines {
					if rsa.VerifyPKCS1v15(t.public, crypto.SHA256, t.hashes[j][:], t.signatures[j]) != nil {
						panic("a signature does not match")
					}
				}
			}
		})
	}
	all.Wait()
}
