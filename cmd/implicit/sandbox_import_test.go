package main

import (
	"strings"
	"testing"

	"github.com/implicit-cli/implicit/internal/adminjson"
	"github.com/implicit-cli/implicit/internal/doctor"
)

// The file that doctor --fit writes can be imported, with or without readings.
func TestFitIsImported(t *testing.T) {
	text := tenantFile(new(doctor.Fit))
	for _, fit := range []string{text, strings.Replace(text, "switches: []", "switches:\n- no-scope", 1)} {
		app := `{"id":"a","name":"A","protocol":"OPENID_CONNECT","type":"SINGLE_PAGE_APP"}`
		r, err := adminjson.Import([]adminjson.File{{Name: "fit.yaml", Text: []byte(fit)}, {Name: "app.json", Text: []byte(app)}}, adminjson.Options{Check: checkTenant})
		if err != nil || strings.Contains(string(r.Tenant), "switches: [no-scope]") != strings.Contains(fit, "no-scope") {
			t.Errorf("%v\n%s", err, r.Tenant)
		}
	}
}
