package implicit

import (
	"fmt"
	"unicode/utf8"
)

// beginning shows as much of a value as tells it from other, and its length in
// characters, but never more than its first half: a state or a nonce is a secret
// while its request is under way.
func beginning(value, other string) string {
	const usual = 6
	text, others := []rune(value), []rune(other)
	same := 0
	for same < len(text) && same < len(others) && text[same] == others[same] {
		same++
	}
	shown := min(max(usual, same+1), len(text)/2)
	return fmt.Sprintf("%s (%d characters)", quote(string(text[:shown])+"…"), utf8.RuneCountInString(value))
}
