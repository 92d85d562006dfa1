package render

import (
	"io"
	"slices"
	"strings"

	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
)

// The objects of a SARIF 2.1.0 log that this program fills, by their sections
// there: sarifLog 3.13, run 3.14, toolComponent 3.19, reportingDescriptor 3.49,
// result 3.27, location 3.28.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool    sarifTool     `json:"tool"`
		Results []sarifResult `json:"results"` // an empty list says that nothing was found
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID    string    `json:"id"`
		Short sarifText `json:"shortDescription"`
		Full  sarifText `json:"fullDescription"`
		Help  sarifText `json:"help"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine int `json:"startLine"`
	}
)

// SARIF writes the checks that failed as a SARIF 2.1.0 log of the named version
// of this program, one result for each check, with the violated clause as the help
// of its rule, and one for each warning. It contains no token. Each result has a place, the token or the
// response, since code scanners drop those without one.
func (l Login) SARIF(w io.Writer, version string) error {
	run := sarifRun{
		Tool:    sarifTool{sarifDriver{Name: "implicit", Version: version, Rules: []sarifRule{}}},
		Results: []sarifResult{},
	}
	for _, c := range checksMade(l.Result) {
		if c.Status != implicit.StatusFail {
			continue
		}
		run.add(ruleOf(c), "error", checkLine(c), checked(c.Name))
	}
	for _, w := range l.Result.Warnings {
		text := sarifText{"The warning " + w.Code}
		run.add(sarifRule{ID: w.Code, Short: text, Full: text, Help: text}, "warning", w.Message, "response")
	}
	return words.JSON(w, sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}})
}

// add adds a result, and its rule where there is none yet.
func (r *sarifRun) add(rule sarifRule, level, message, place string) {
	rules := &r.Tool.Driver.Rules
	index := slices.IndexFunc(*rules, func(r sarifRule) bool { return r.ID == rule.ID })
	if index < 0 {
		index = len(*rules)
		*rules = append(*rules, rule)
	}
	r.Results = append(r.Results, sarifResult{RuleID: rule.ID, RuleIndex: index, Level: level,
		Message: sarifText{rule.ID + ": " + message}, Locations: []sarifLocation{{sarifPhysical{sarifArtifact{place}, sarifRegion{1}}}}})
}

func ruleOf(c implicit.Check) sarifRule {
	text := sarifText{"The check " + c.Name + " of the " + checked(c.Name)}
	help := c.Clause
	if help == "" {
		help = "OpenID Connect Core section 3.2.2"
	}
	return sarifRule{ID: c.Name, Short: text, Full: text, Help: sarifText{help}}
}

// checked names what a check looks at.
func checked(check string) string {
	switch prefix, _, dotted := strings.Cut(check, "."); {
	case dotted && prefix == "access_token":
		return "access_token"
	case dotted && prefix == "claim":
		return "token"
	case slices.Contains([]string{"channel", "state", "iss_parameter", "tokens", "token_type"}, check):
		return "response"
	case slices.Contains([]string{"userinfo", "discovery"}, check):
		return check
	}
	return "id_token"
}
