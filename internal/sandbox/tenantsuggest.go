package sandbox

import (
	"strconv"
	"strings"
)

// didYouMean ends a message about an unknown name with the nearest known one, if one
// is near.
func didYouMean(name string, known []string) string {
	if best := nearest(name, known); best != "" {
		return "; did you mean " + strconv.Quote(best) + "?"
	}
	return ""
}

// nearest returns the known name that has the same letters and digits, or the one
// that differs in the fewest characters, about a third of them at most.
func nearest(name string, known []string) string {
	wanted := letters(name)
	best, least := "", (len(wanted)+2)/3+1
	for _, k := range known {
		if d := distance(wanted, letters(k), least); d < least {
			best, least = k, d
		}
	}
	return best
}

// letters is a name without what camelCase, snake_case and kebab-case differ in.
func letters(name string) string {
	if len(name) > 100 {
		name = name[:100]
	}
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("_- .:", r) {
			return -1
		}
		return r
	}, strings.ToLower(name))
}

// distance is the number of bytes to insert, delete or replace, or limit where it
// is not less.
func distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}
	return min(row[len(b)], limit)
}
