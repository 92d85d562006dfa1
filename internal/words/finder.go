package words

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
	i := 0
	for r, run := range l.runs {
		for ; i+headSize <= run.end; i++ {
			if f.begins[headHash(l.text, i)] {
				found = f.findAt(found, l, i, r, l.text[i:i+headSize])
			}
		}
		for ; i < run.end; i++ {
			if head := l.head(i, r); f.begins[headHash(string(head[:]), 0)] {
				found = f.findAt(found, l, i, r, string(head[:]))
			}
		}
	}
	return found
}

// head is what follows at text[i], over the ends of runs.
func (l layered) head(i, r int) (head [headSize]byte) {
	for n := range head {
		if i == len(l.text) {
			break
		}
		head[n] = l.text[i]
		i, r = l.skip(i, r, 1)
	}
	return head
}

func (f *finder) findAt(found []span, l layered, i, r int, head string) []span {
	for _, form := range f.forms[head] {
		if end, ok := l.match(i, r, form); ok {
			found = append(found, span{int(l.from[i]), end})
		}
	}
	return found
}
