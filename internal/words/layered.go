package words

import (
	"hash/maphash"
	"sort"
	"strings"
)

// layered is a text with some of its escapes undone. What is before a secret may make
// an escape with the first bytes of it, as % before 0000 does, so the text is decoded
// from inside of each escape too: such a branch is short, and goes on where it meets
// the rest.
type layered struct {
	text string
	from []int32 // the place in the original of each byte, and of the end
	runs []run   // all of text, in order; the first is the text from its start
}

// run ends before text[end], and text[next] follows it, in the run of that number;
// len(text) is the end of all.
type run struct{ end, next, run int }

func original(text string) layered {
	from := make([]int32, len(text)+1)
	for i := range from {
		from[i] = int32(i)
	}
	return layered{text, from, []run{{len(text), len(text), 1}}}
}

// ahead is what follows at text[i], which is in the run r: enough for an escape.
func (l layered) ahead(i, r int) string {
	s := l.text[i:l.runs[r].end]
	for len(s) < maxEscape && l.runs[r].next < len(l.text) {
		next := l.runs[r].next
		r = l.runs[r].run
		s += l.text[next:min(l.runs[r].end, next+maxEscape)]
	}
	return s
}

// skip returns the place n bytes after text[i] and its run.
func (l layered) skip(i, r, n int) (int, int) {
	for i+n >= l.runs[r].end {
		n -= l.runs[r].end - i
		i, r = l.runs[r].next, l.runs[r].run
		if i == len(l.text) {
			return i, r
		}
	}
	return i + n, r
}

// match returns the end in the original of a form that begins at text[i].
func (l layered) match(i, r int, form string) (end int, ok bool) {
	for {
		part := form[:min(len(form), l.runs[r].end-i)]
		if !strings.HasPrefix(l.text[i:], part) {
			return 0, false
		}
		i, r = l.skip(i, r, len(part))
		if form = form[len(part):]; form == "" || i == len(l.text) {
			return int(l.from[i]), form == ""
		}
	}
}

// key tells layers apart: branches are in any order in it.
type key struct {
	text     string
	branches uint64
}

func (l layered) key(seed maphash.Seed) key {
	k := key{text: l.text[:l.runs[0].end]}
	for r, branch := range l.runs[1:] {
		begin := l.runs[r].end
		k.branches += maphash.String(seed, l.text[begin:branch.end]) * uint64(2*l.from[begin]+1)
	}
	return k
}

// undoing is a layer whose escapes are being undone.
type undoing struct {
	decoder
	of   layered
	to   []int32 // the place of what is decoded from each byte; 0: not yet, else one more
	text strings.Builder
	from []int32
	runs []run
}

func (l layered) undo(d decoder) layered {
	u := undoing{decoder: d, of: l, to: make([]int32, len(l.text)+1), from: make([]int32, 0, len(l.from)+len(l.from)/16)}
	u.text.Grow(len(l.text))
	for r, begin := 0, 0; r < len(l.runs); r++ {
		for i := begin; i < l.runs[r].end; i++ {
			if u.to[i] == 0 {
				u.decodeFrom(i, r)
			}
		}
		begin = l.runs[r].end
	}
	for i, r := range u.runs {
		if r.next < 0 {
			r.next = u.text.Len()
		}
		r.run = sort.Search(len(u.runs), func(n int) bool { return u.runs[n].end > r.next })
		u.runs[i] = r
	}
	return layered{u.text.String(), append(u.from, l.from[len(l.text)]), u.runs}
}

// decodeFrom decodes what begins at text[i], up to where it meets what is decoded.
func (u *undoing) decodeFrom(i, r int) {
	for i < len(u.of.text) && u.to[i] == 0 {
		size := u.plain(u.of.text[i:u.of.runs[r].end], i)
		if size == 0 {
			var decoded string
			if decoded, size = u.decode(u.of.ahead(i, r)); size == 0 {
				decoded, size = u.of.text[i:i+1], 1
			}
			u.write(i, decoded)
		}
		i, r = u.of.skip(i, r, size)
	}
	u.runs = append(u.runs, run{end: u.text.Len(), next: int(u.to[i]) - 1})
}

// plain writes what s, which is at text[i], begins with before an escape.
func (u *undoing) plain(s string, i int) (size int) {
	first, last := u.begins[0], u.begins[len(u.begins)-1]
	to, place := u.to[i:i+len(s)], int32(len(u.from)+1)
	for size < len(s) && to[size] == 0 && s[size] != first && s[size] != last {
		to[size] = place + int32(size)
		size++
	}
	u.from = append(u.from, u.of.from[i:i+size]...)
	u.text.WriteString(s[:size])
	return size
}

func (u *undoing) write(i int, decoded string) {
	u.to[i] = int32(len(u.from) + 1)
	for range len(decoded) {
		u.from = append(u.from, u.of.from[i])
	}
	u.text.WriteString(decoded)
}
