package main

import (
	"fmt"
	"strings"
	"time"
)

// configPage is implicit-config(5): the file, and the settings as implicit login
// lists them, which takes each.
func configPage(commands []command, date time.Time) string {
	var b strings.Builder
	b.WriteString(title("implicit-config", "5", date) + configText)
	for i := range commands {
		if commands[i].name() != "implicit login" {
			continue
		}
		parts := commands[i].sections()
		for _, heading := range []string{"Provider and application", "Request", "Validation", "Network and waiting", "Credentials", "Storage"} {
			fmt.Fprintf(&b, "## %s\n", heading)
			for _, m := range flagLines.FindAllStringSubmatch(parts[heading], -1) {
				fmt.Fprintf(&b, "**%s**: %s\n\t%s\n\n", m[2], orTrue(m[3]), escape(m[4]))
			}
		}
	}
	b.WriteString(configEnd)
	return b.String()
}

// orTrue is what a setting without a value is in a file.
func orTrue(value string) string {
	if value == "" {
		return "true"
	}
	return escape(value)
}

const configText = `# NAME
implicit-config - settings and profiles of implicit

# SYNOPSIS
**implicit config path** says where the file is

# DESCRIPTION
The file holds profiles: named sets of settings. It is YAML, TOML or JSON, by its name
(config.yaml, config.toml, config.json). **implicit config init** makes the first profile,
**implicit config set** and its neighbours change it, **implicit config show** prints every
setting with the place it is from. The file must belong to you, and must not be writable by
other users. It holds no password.

    default-profile: staging
    profiles:
      staging:
        region: EU
        environment-id: 8f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e5
        client-id: 1a2b3c4d-5e6f-4a1b-8c2d-3e4f5a6b7c8d
      shop:
        auth-url: https://login.example.com
        client-id: 5c6d7e8f-1a2b-4c3d-9e4f-a0b1c2d3e4f5
        scope: openid profile

The first of these wins: a flag, a variable IMPLICIT\_NAME, the profile that **--profile**
names, a PINGONE\_ alias, the default profile, the default. An empty value counts as missing.

# SETTINGS
Each is also a flag, **--NAME**, and a variable: IMPLICIT\_ and its name in capitals with
\_ for -.

`

const configEnd = `# SEE ALSO
**implicit-config(1)**, **implicit-environment(7)**
`
