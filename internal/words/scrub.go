package words

import (
	"encoding/base64"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

const (
	redacted = "[redacted]"

	// minFree is the length in bytes from which a secret is looked for
	// anywhere. A shorter one would take words apart that have nothing to do
	// with it, so it is looked for only as a whole value.
	minFree = 8
)

// Scrubber knows the secrets of a run and takes them out of messages. The zero
// Scrubber knows none, and so does nil. It may be used by many goroutines.
type Scrubber struct {
	mu    sync.RWMutex
	known map[string]bool
	free  finder   // forms to look for anywhere
	whole []string // forms to look for as a whole value
}

// Add makes s look for a secret from now on. An empty one is ignored.
func (s *Scrubber) Add(secret implicit.Secret) {
	text := secret.Reveal()
	if s == nil || text == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known[text] {
		return
	}
	if s.known == nil {
		s.known = map[string]bool{}
	}
	s.known[text] = true
	if len(text) < minFree {
		s.whole = append(s.whole, wholeForms(text)...)
	} else {
		s.free.add(freeForms(text))
	}
}

// wholeForms are a short secret and its base64.
func wholeForms(text string) []string {
	raw := []byte(text)
	return distinct(text, base64.StdEncoding.EncodeToString(raw), base64.URLEncoding.EncodeToString(raw),
		base64.RawStdEncoding.EncodeToString(raw), base64.RawURLEncoding.EncodeToString(raw))
}

// freeForms are a secret, the same with the replacement character that encoders
// put for bytes that are not UTF-8, and what each base64 text has that the
// secret is a part of: at one of three alignments, less the characters that
// depend on the bytes around it.
func freeForms(text string) []string {
	forms := []string{text, string([]rune(text)), strings.ToValidUTF8(text, "\ufffd")}
	for before := range 3 {
		padded := append(make([]byte, before), text...)
		from, to := (before*8+5)/6, len(padded)*8/6
		forms = append(forms, base64.RawStdEncoding.EncodeToString(padded)[from:to], base64.RawURLEncoding.EncodeToString(padded)[from:to])
	}
	return distinct(forms...)
}

func distinct(forms ...string) []string {
	slices.Sort(forms)
	return slices.Compact(forms)
}

// Clean returns a message that may hold text that is not ours, fit to be
// printed: without the secrets, and with nothing in it that drives a terminal.
func (s *Scrubber) Clean(message string) string { return escape(s.Scrub(message)) }

// Scrub returns text with [redacted] in the place of each secret: as it is, and
// as JSON, Go, JavaScript, a URL, HTML or base64 writes it, up to three of them
// inside of each other. Secrets shorter than 8 bytes are taken out only where
// they are a whole value: between quotes, =, & or the ends of the text.
func (s *Scrubber) Scrub(text string) string {
	if s == nil {
		return text
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if len(s.known) == 0 {
		return text
	}
	var found []span
	layers(text, func(l layered) { found = s.find(found, l) })
	return redact(text, found)
}

// span is the place of a secret: text[from:to].
type span struct{ from, to int }

func (s *Scrubber) find(found []span, l layered) []span {
	found = s.free.find(found, l)
	text := l.text[:l.runs[0].end]
	for _, form := range s.whole {
		found = findAll(found, l, form, func(from, to int) bool {
			return (from == 0 || delimits(text[from-1])) && (to == len(text) || delimits(text[to]))
		})
	}
	return found
}

func findAll(found []span, l layered, form string, accept func(from, to int) bool) []span {
	for at := 0; ; at++ {
		i := strings.Index(l.text[at:l.runs[0].end], form)
		if i < 0 {
			return found
		}
		at += i
		if end, _ := l.match(at, 0, form); accept(at, at+len(form)) {
			found = append(found, span{int(l.from[at]), end})
		}
	}
}

func delimits(c byte) bool { return strings.IndexByte("\"'`=&", c) >= 0 }

// redact replaces the spans; those that overlap are one.
func redact(text string, found []span) string {
	if len(found) == 0 {
		return text
	}
	sort.Slice(found, func(i, j int) bool {
		a, b := found[i], found[j]
		return a.from < b.from || a.from == b.from && a.to > b.to
	})
	var b strings.Builder
	done := 0
	for _, f := range found {
		if f.from >= done {
			b.WriteString(text[done:f.from] + redacted)
		}
		done = max(done, f.to)
	}
	return b.String() + text[done:]
}
