package sandbox

import _ "embed"

//go:embed tenant.example.yaml
var exampleTenant []byte

// ExampleTenant is a tenant file with comments, to start from.
func ExampleTenant() []byte { return exampleTenant }
