package pingone

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

var checkPassword = action{
	name: "usernamePassword.check", fields: []Field{FieldUsername, FieldPassword},
	wrong: ReasonWrongCredentials, again: []Reason{ReasonWrongCredentials},
}

var lookUpUser = action{
	name: "user.lookup", fields: []Field{FieldUsername},
	wrong: ReasonWrongCredentials, again: []Reason{ReasonWrongCredentials},
}

// resetPassword changes a password that is known. Where it was sent in this
// sign-on, it is not asked again.
var resetPassword = action{
	name: "password.reset", fields: []Field{FieldPassword, FieldNewPassword},
	body: func(_ *Flow, v values) (any, error) {
		return map[string]string{"currentPassword": v[FieldPassword].Reveal(), "newPassword": v[FieldNewPassword].Reveal()}, nil
	},
	wrong: ReasonPasswordRefused, again: []Reason{ReasonWeakPassword}, // the current password is not tried twice
}

// resetSession forgets the user that a flow knows from an earlier sign-on.
var resetSession = action{name: "session.reset"}

// passwordPolicy is what a flow says about new passwords.
type passwordPolicy struct {
	Length                struct{ Min, Max looseText }
	MinCharacters         map[string]looseText // by the characters, in any order
	MaxRepeatedCharacters looseText
	MinUniqueCharacters   looseText
	MinComplexity         looseText
	ExcludesProfileData   bool
	ExcludesCommonlyUsed  bool
	NotSimilarToCurrent   bool
	History               struct{ Count looseText }
	MinAgeDays            looseText
}

// words are the policy's rules, in the order in which a user would read them.
func (p *passwordPolicy) words() []string {
	rules := []string{}
	add := func(n looseText, one, many string) {
		switch n, ok := n.number(); {
		case !ok || n <= 0:
		case n == 1:
			rules = append(rules, one)
		default:
			rules = append(rules, fmt.Sprintf(many, n))
		}
	}
	add(p.Length.Min, "at least one character", "at least %d characters")
	add(p.Length.Max, "at most one character", "at most %d characters")
	for _, set := range p.characterSets() {
		add(p.MinCharacters[set], "at least one "+charsetName(set), "at least %d of "+charsetName(set)+"s")
	}
	add(p.MinUniqueCharacters, "", "at least %d different characters")
	add(p.MaxRepeatedCharacters, "no character twice in a row", "no character more than %d times in a row")
	for _, rule := range []struct {
		applies bool
		words   string
	}{
		{p.ExcludesProfileData, requirementWords("excludesProfileData")},
		{p.ExcludesCommonlyUsed, requirementWords("excludesCommonlyUsed")},
		{p.NotSimilarToCurrent, requirementWords("notSimilarToCurrent")},
	} {
		if rule.applies {
			rules = append(rules, rule.words)
		}
	}
	add(p.History.Count, "not the last password", "not one of the last %d passwords")
	add(p.MinAgeDays, "changed at most once a day", "changed at most once in %d days")
	return slices.DeleteFunc(rules, func(rule string) bool { return rule == "" })
}

// characterSets returns the keys of MinCharacters in the order of their names.
func (p *passwordPolicy) characterSets() []string {
	var sets []string
	for set := range p.MinCharacters {
		sets = append(sets, set)
	}
	slices.SortFunc(sets, func(a, b string) int {
		return cmp.Or(cmp.Compare(charsetName(a), charsetName(b)), cmp.Compare(a, b))
	})
	return sets[:min(len(sets), maxListed)]
}

// charsetName names a set of characters, which PingOne prints in any order.
func charsetName(set string) string {
	within := func(from, to rune) bool {
		return !strings.ContainsFunc(set, func(c rune) bool { return c < from || c > to })
	}
	switch {
	case within('0', '9'):
		return "digit"
	case within('a', 'z'):
		return "lower-case letter"
	case within('A', 'Z'):
		return "upper-case letter"
	case !strings.ContainsFunc(set, isAlphanumeric):
		return "special character"
	}
	return "character from " + quote(set)
}

func isAlphanumeric(c rune) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// requirementWords says what a password policy's rule is, by PingOne's name for it.
func requirementWords(name string) string {
	words, ok := map[string]string{
		"length":                "another length",
		"minCharacters":         "more kinds of characters (upper case, lower case, digits, special characters)",
		"maxRepeatedCharacters": "fewer repetitions of one character",
		"minUniqueCharacters":   "more different characters",
		"minComplexity":         "more complexity",
		"excludesCommonlyUsed":  "not a commonly used password",
		"excludesProfileData":   "nothing from the user's profile",
		"notSimilarToCurrent":   "not similar to the current password",
		"history":               "not a password used before",
		"minAgeDays":            "the current password must be older before it is changed",
	}[name]
	if !ok {
		return quote(name)
	}
	return words
}

// requirements returns each unsatisfied rule once, in words. PingOne repeats one
// for each set of characters.
func requirements(names []string) (words []string) {
	for _, name := range names {
		if len(words) == maxListed {
			return words
		}
		if w := requirementWords(name); !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	return words
}
