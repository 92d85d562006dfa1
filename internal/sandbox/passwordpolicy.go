package sandbox

import (
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// passwordRules is the environment's password policy.
type passwordRules struct {
	name, description    string
	minLength, maxLength int
	maxRepeated          int // in a row; 0 for any
	minUnique            int
	sets                 map[string]int // min characters of each set of characters
	refused              []string       // commonly used, in lower case
	maxFailures          int            // after which an account is locked
	lockout              time.Duration  // for how long
}

const maxFailures = 5 // of the standard policy

// standardPasswords is PingOne's policy of a new environment.
func standardPasswords() passwordRules {
	sets := map[string]int{}
	for _, set := range characterSets() {
		sets[set] = 1
	}
	return passwordRules{
		name: "Standard", description: "A standard policy that incorporates industry best practices",
		minLength: 8, maxLength: 255, maxRepeated: 2, minUnique: 5, sets: sets,
		refused: []string{"password", "12345678", "qwertyui", "short"}, maxFailures: maxFailures, lockout: 15 * time.Minute,
	}
}

func characterSets() []string {
	return []string{"abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789", "~!@#$%^&*()-_=+[]{}|;:,.<>/?"}
}

// passwordPolicy is _embedded.passwordPolicy.
func (s *Sandbox) passwordPolicy() map[string]any {
	p := s.passwords
	if s.on("weak-password-policy") {
		return map[string]any{"length": map[string]int{"min": p.minLength, "max": p.maxLength}, "minCharacters": map[string]int{}, "minUniqueCharacters": 1}
	}
	return map[string]any{
		"name": p.name, "description": p.description,
		"excludesProfileData": true, "notSimilarToCurrent": true, "excludesCommonlyUsed": len(p.refused) > 0,
		"maxAgeDays": 182, "minAgeDays": 1, "maxRepeatedCharacters": p.maxRepeated, "minUniqueCharacters": p.minUnique,
		"history":       map[string]int{"count": 6, "retentionDays": 365},
		"lockout":       map[string]int{"failureCount": p.maxFailures, "durationSeconds": int(p.lockout.Seconds())},
		"length":        map[string]int{"min": p.minLength, "max": p.maxLength},
		"minCharacters": p.sets, "default": true,
	}
}

// checkNewPassword refuses a password that the policy forbids. The list of
// unsatisfied requirements has one minCharacters for each character set.
func (s *Sandbox) checkNewPassword(target, password string) *actionError {
	if password == "" {
		return required(target)
	}
	unsatisfied := s.unsatisfied(password)
	if unsatisfied == nil {
		return nil
	}
	inner := map[string]any{"unsatisfiedRequirements": unsatisfied}
	for _, name := range unsatisfied {
		inner[name] = requirements()[name]
	}
	refused := invalid(target, "User password did not satisfy password policy requirements.")
	refused.detail.inner = inner
	return refused
}

func requirements() map[string]string {
	return map[string]string{
		"minCharacters":         "The provided password did not contain enough characters from a required character set.",
		"excludesCommonlyUsed":  "The provided password was in a list of commonly used passwords.",
		"length":                "The provided password did not have a valid length.",
		"maxRepeatedCharacters": "The provided password repeated a character too often.",
		"minUniqueCharacters":   "The provided password did not contain enough unique characters.",
	}
}

func (s *Sandbox) unsatisfied(password string) (names []string) {
	if s.on("new-password-refused") {
		return []string{"excludesCommonlyUsed"}
	}
	length := utf8.RuneCountInString(password)
	p := s.passwords
	outside := length < p.minLength || length > p.maxLength
	if s.on("weak-password-policy") {
		if outside {
			return []string{"length"}
		}
		return nil
	}
	for _, set := range characterSets() {
		if count(password, set) < p.sets[set] {
			names = append(names, "minCharacters")
		}
	}
	if slices.Contains(p.refused, strings.ToLower(password)) {
		names = append(names, "excludesCommonlyUsed")
	}
	if outside {
		names = append(names, "length")
	}
	if p.maxRepeated > 0 && repeats(password) > p.maxRepeated {
		names = append(names, "maxRepeatedCharacters")
	}
	if unique(password) < p.minUnique {
		names = append(names, "minUniqueCharacters")
	}
	return names
}

// count is how many characters of a set a text has.
func count(text, set string) (n int) {
	for _, r := range text {
		if strings.ContainsRune(set, r) {
			n++
		}
	}
	return n
}

// repeats is the length of the longest run of one character.
func repeats(text string) (longest int) {
	run, last := 0, rune(-1)
	for _, r := range text {
		if r != last {
			run, last = 0, r
		}
		run++
		longest = max(longest, run)
	}
	return longest
}

func unique(text string) int {
	seen := map[rune]bool{}
	for _, r := range text {
		seen[r] = true
	}
	return len(seen)
}

// wrongCurrentPassword is the error of password.reset.
func (s *Sandbox) wrongCurrentPassword() *actionError {
	if s.on("wrong-current-value") {
		return invalid("currentPassword", "The provided password did not match.")
	}
	return &actionError{status: http.StatusBadRequest, detail: detail{code: "CONSTRAINT_VIOLATION", target: "currentPassword", message: "The provided password did not match."}}
}
