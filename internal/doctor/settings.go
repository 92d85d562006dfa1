package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/implicit-cli/implicit/internal/config"
	"github.com/implicit-cli/implicit/internal/fault"
)

// Settings checks only the settings: nothing is sent.
func Settings() Probe {
	return Probe{Name: "settings", Ask: func(_ context.Context, r *Run) []Finding { return settings(r.Settings) }}
}

func settings(s *config.Settings) []Finding {
	found := []Finding{about("settings").ok(sources(s))}
	if env := s.Provider.PingOne; env != nil && s.ClientID != "" && strings.HasSuffix(env.AuthURL(), "/"+strings.ToLower(s.ClientID)) {
		found = append(found, about("environment").fail(fault.ExitUsage, "the environment ID and the client ID are the same: "+s.ClientID,
			"the environment ID is in the console under Settings, Environment properties; the client ID on the application's Overview tab"))
	}
	return found
}

// WrongSettings are the findings of settings that cannot be used; err is that of
// [config.Resolve].
func WrongSettings(err error) []Finding {
	var many config.Problems
	if !errors.As(err, &many) {
		one := new(config.Error)
		if !errors.As(err, &one) {
			return []Finding{about("settings").failAs(err, "")}
		}
		many = config.Problems{one}
	}
	var found []Finding
	for _, e := range many {
		name := "settings"
		switch e.Name {
		case "environment-id", "region", "auth-url", "issuer":
			name = "environment"
		case "redirect-uri":
			name = "redirect_uri_form"
		}
		found = append(found, about(name).fail(fault.ExitUsage, e.Error(), wrongSetting(e)))
	}
	return found
}

func about(name string) Finding {
	return Finding{Name: name, Hop: HopSettings, Tried: "read the settings"}
}

// wrongSetting says what to write instead.
func wrongSetting(e *config.Error) string {
	_, found, _ := strings.Cut(strings.ToLower(e.Problem), "found")
	holds := func(text string) bool { return strings.Contains(found, text) }
	switch {
	case holds("authorization.oauth2"), holds("pf-"):
		return "this is an address of PingFederate, another product: use --issuer with its issuer"
	case e.Name == "auth-url" && (holds("/v1") || holds("api.pingone")):
		return "/v1 and api.pingone belong to PingOne's management API; the auth URL is https://auth.pingone.TLD/ENVIRONMENT-ID"
	case e.Name == "auth-url" && holds("/as"):
		return "leave out /as and what follows it"
	case e.Name == "region" && (holds("://") || holds("pingone.")):
		return "write the region's code or top-level domain: NA, CA, EU, AU, SG, AP; or give the whole address as --auth-url"
	case e.Name == "environment-id" && holds("://"):
		return "write the ID alone, or give the whole address as --auth-url"
	case e.Name == "redirect-uri":
		return "write it as a browser sends it, and register it in the same form"
	}
	return e.Hint()
}

// sources names the settings that decide where the requests go, by where each is
// from.
func sources(s *config.Settings) string {
	var order []string
	names := map[string][]string{}
	for _, v := range s.Values() {
		known := []string{"environment-id", "region", "auth-url", "issuer", "client-id", "redirect-uri", "scope", "response-type", "response-mode", "method"}
		if v.Text == "" || v.Source == "default" || !slices.Contains(known, v.Name) {
			continue
		}
		if names[v.Source] == nil {
			order = append(order, v.Source)
		}
		names[v.Source] = append(names[v.Source], v.Name)
	}
	var parts []string
	for _, source := range order {
		parts = append(parts, fmt.Sprintf("%s from %s", strings.Join(names[source], ", "), source))
	}
	return strings.Join(parts, "; ")
}
