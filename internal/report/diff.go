package report

import (
	"slices"
	"strings"
)

// Subject is what a diff compares: a token, a result or a recorded sign-on, as lines.
type Subject struct {
	Kind  string // token, result or HAR
	Items []Item
	Hops  []Hop // of a HAR
}

// Item is a name and a value. Volatile is set for what differs between any two
// sign-ons: times, IDs, random values.
type Item struct {
	Name, Value string
	Volatile    bool
}

// Hop is one exchange of a recorded sign-on.
type Hop struct {
	Title string // method and address, IDs as {id}
	Items []Item
}

// Difference is an item that is not the same in A and B; nil where one of them does not
// have it.
type Difference struct {
	Name string  `json:"name"`
	A    *string `json:"a"`
	B    *string `json:"b"`
}

// Diff returns what differs between two subjects: claim by claim, and hop by hop.
// Volatile items are compared only with all.
func Diff(a, b *Subject, all bool) []Difference {
	d := differ{all: all}
	d.items("", a.Items, b.Items)
	d.hops(a.Hops, b.Hops)
	return d.found
}

type differ struct {
	all   bool
	found []Difference
}

func (d *differ) items(prefix string, a, b []Item) {
	for _, item := range a {
		if item.Volatile && !d.all {
			continue
		}
		other := find(b, item.Name)
		if other == nil {
			d.add(prefix+item.Name, &item.Value, nil)
		} else if other.Value != item.Value && (d.all || !other.Volatile) {
			d.add(prefix+item.Name, &item.Value, &other.Value)
		}
	}
	for _, item := range b {
		if find(a, item.Name) == nil && (d.all || !item.Volatile) {
			d.add(prefix+item.Name, nil, &item.Value)
		}
	}
}

func (d *differ) add(name string, a, b *string) {
	d.found = append(d.found, Difference{name, a, b})
}

func find(items []Item, name string) *Item {
	i := slices.IndexFunc(items, func(x Item) bool { return x.Name == name })
	if i < 0 {
		return nil
	}
	return &items[i]
}

// maxHops bounds the hops that are aligned, since that takes the product of both.
const maxHops = 1000

// hops compares those of the same title in the same order: the longest common
// subsequence. The others are in one of the recordings only.
func (d *differ) hops(a, b []Hop) {
	a, b = a[:min(len(a), maxHops)], b[:min(len(b), maxHops)]
	common := make([][]int, len(a)+1) // of a[i:] and b[j:]
	for i := range common {
		common[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i].Title == b[j].Title {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	for i, j := 0, 0; i < len(a) || j < len(b); {
		switch {
		case i < len(a) && j < len(b) && a[i].Title == b[j].Title:
			d.items(a[i].Title+" ", a[i].Items, b[j].Items)
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && common[i+1][j] >= common[i][j+1]:
			d.add("hop", &a[i].Title, nil)
			i++
		default:
			d.add("hop", nil, &b[j].Title)
			j++
		}
	}
}

// isVolatile reports whether an item of this name or value differs between any two
// sign-ons.
func isVolatile(name, value string) bool {
	last := name[strings.LastIndexByte(name, '.')+1:]
	return slices.Contains(volatile(), strings.ToLower(last)) || strings.Contains(value, "«")
}

func volatile() []string {
	return []string{
		"state", "nonce", "jti", "sid", "at_hash", "c_hash", "session_state", "code", "pi.sri",
		"exp", "iat", "nbf", "auth_time", "updated_at", "expires_at", "createdat", "updatedat", "expiresat", "date", "expires",
		"flowid", "id", "interactionid", "resumeurl", "correlation-id", "set-cookie", "cookie", "content-length",
	}
}

// isPrivate reports whether the value of a claim or parameter is a secret by itself.
func isPrivate(name string) bool {
	return slices.Contains([]string{"state", "nonce", "sid", "session_state", "code"}, name)
}
