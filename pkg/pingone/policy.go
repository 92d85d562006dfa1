package pingone

import (
	"fmt"
	"math"
)

// passwordPolicy is what a flow says about new passwords.
type passwordPolicy struct {
	Length                struct{ Min, Max looseText }
	MinCharacters         map[string]looseText // by the characters, in any order
	MaxRepeatedCharacters looseText
	MinUniqueCharacters   looseText
	ExcludesProfileData   bool
	ExcludesCommonlyUsed  bool
	NotSimilarToCurrent   bool
	History               struct{ Count looseText }
	MinAgeDays            looseText
}

// words are the policy's rules, in the order a user would check them.
func (p *passwordPolicy) words() []string {
	rules := []string{}
	add := func(n looseText, format string) {
		if n, ok := n.number(); ok && n > 0 && n < math.MaxInt32 {
			rules = append(rules, fmt.Sprintf(format, n))
		}
	}
	add(p.Length.Min, "at least %d characters")
	add(p.Length.Max, "at most %d characters")
	return rules
}
