package compare

import "testing"

// FuzzNeverLaxer signs whatever header and claims it is given with the issuer's
// own key: what the verifier takes, go-oidc and golang-jwt must take too.
func FuzzNeverLaxer(f *testing.F) {
	f.Add(header, payload)
	f.Add(`{"alg":"RS256"}`, payload)
	f.Add(`{"alg":"none"}`, payload)
	f.Add(`{"alg":"RS256","crit":["exp"]}`, payload)
	f.Add(header, payload[:len(payload)-1]+`,"exp":1}`)
	f.Add(header, payload[:len(payload)-1]+`,"EXP":1,"azp":"3c2b1a0f-1e2d-4c3b-9a8f-7e6d5c4b3a29"}`)
	f.Add(header, payload[:len(payload)-1]+`,"nbf":1.7e9,"x":[{"a":null}]}`)
	for _, broken := range []string{"\x80", "{ ", "{}0", `{"\b0"`, `{"a`, `{"a":1 `, `{"a":[`, `{"a":[0`, "{\"\x7f\":[]}"} {
		f.Add(broken, payload)
	}
	f.Add(`{"a":"b"}`, "{}")
	f.Add(`{"alg":"RS256"}`, `{"a`)
	s := newSigner(f)
	f.Fuzz(func(t *testing.T, header, payload string) {
		q := ask(s, s.sign(t, header, payload))
		if ours(q) != nil {
			return
		}
		for _, name := range []string{"go-oidc", "golang-jwt"} {
			if err := libraries[name](q); err != nil {
				t.Errorf("%s refuses %s %s: %v", name, header, payload, err)
			}
		}
	})
}
