package words

import "strings"

// headSize is how many bytes a form is found by; each has at least that many.
const headSize = 3

// finder looks for many forms in one pass: a report is large, and so are the layers of
// it.
type finder struct {
	begins [1 << 16]bool       // by the hash of the head of a form
	forms  map[string][]string // by their heads
}

func headHash(text string, i int) uint16 {
	return uint16(text[i]) ^ uint16(text[i+1])<<5 ^ uint16(text[i+2])<<10
}

func (f *finder) add(forms []string) {
	if f.forms == nil {
		f.forms = map[string][]string{}
	}
	for _, form := range forms {
		head := form[:headSize]
		f.begins[headHash(form, 0)] = true
		f.forms[head] = append(f.forms[head], form)
	}
}

func (f *finder) find(found []span, l layered) []span {
	for i := 0; i+headSize <= len(l.text); i++ {
		if !f.begins[headHash(l.text, i)] {
			continue
		}
		for _, form := range f.forms[l.text[i:i+headSize]] {
			if strings.HasPrefix(l.text[i:], form) {
				found = append(found, span{l.from[i], l.from[i+len(form)]})
			}
		}
	}
	return found
}
