package words

import (
	"fmt"
	"slices"
	"strings"
)

// Near returns the known word that found is most likely a slip of, by case, a
// missing end, or a few wrong, missing, surplus or swapped letters; else "".
func Near(found string, known []string) string {
	found = strings.ToLower(found)
	if found == "" || len(found) > 64 {
		return ""
	}
	best, least := "", 1+max(1, len(found)/3)
	for _, word := range known {
		lower := strings.ToLower(word)
		d := distance(found, lower)
		if len(found) >= 3 && strings.HasPrefix(lower, found) {
			d = min(d, 1)
		}
		if d < least {
			best, least = word, d
		}
	}
	return best
}

// DidYouMean is the end of a sentence about a word that is not known; empty where
// no known one is near.
func DidYouMean(found string, known []string) string {
	if near := Near(found, known); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return ""
}

// distance counts the letters to change, to add, to drop or to swap with the next.
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			change := rows[i-1][j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			rows[i][j] = slices.Min([]int{change, rows[i-1][j] + 1, rows[i][j-1] + 1})
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
