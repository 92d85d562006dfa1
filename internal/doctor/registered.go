package doctor

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// MaxRegistered is how long the JSON of an application, or of a list of them, may be,
// in bytes.
const MaxRegistered = 1 << 20

// Registered is an application as PingOne's management API prints it. Members that
// the implicit grant does not depend on are left out.
type Registered struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Type        string `json:"type"`
	Protocol    string `json:"protocol"`
	Enabled     *bool  `json:"enabled"` // nil: not printed
	Environment struct {
		ID string `json:"id"`
	} `json:"environment"`

	GrantTypes    []string `json:"grantTypes"`
	ResponseTypes []string `json:"responseTypes"`
	PKCE          string   `json:"pkceEnforcement"`
	PAR           string   `json:"parRequirement"`

	RedirectURIs    []string `json:"redirectUris"`
	Wildcards       bool     `json:"allowWildcardInRedirectUris"`
	PostLogoutURIs  []string `json:"postLogoutRedirectUris"`
	LoginPageURL    string   `json:"loginPageUrl"`
	RequireSigned   bool     `json:"requireSignedRequestObject"`
	SupportUnsigned bool     `json:"supportUnsignedRequestObject"`
	ManyResources   bool     `json:"requestScopesForMultipleResourcesEnabled"`

	CORS *struct {
		Behavior string   `json:"behavior"`
		Origins  []string `json:"origins"`
	} `json:"corsSettings"`
	Access *struct {
		Role *struct {
			Type string `json:"type"`
		} `json:"role"`
		Group *struct {
			Type   string     `json:"type"`
			Groups []struct{} `json:"groups"`
		} `json:"group"`
	} `json:"accessControl"`
}

// RegisteredError says why a text is not the JSON of an application.
type RegisteredError struct{ Problem string }

func (e *RegisteredError) Error() string { return "--application: " + e.Problem }

// Kind is "usage".
func (e *RegisteredError) Kind() string { return "usage" }

// Hint says how to get the JSON.
func (e *RegisteredError) Hint() string {
	return "save what PingOne's API prints: pingcli pingone api environments/ENVIRONMENT/applications/CLIENT-ID"
}

// ReadRegistered reads the JSON of an application, or finds it by its client ID in the
// HAL list of an environment's applications. Lines before the JSON, in which a program
// says that its call succeeded, are passed over. The error is a [*RegisteredError].
func ReadRegistered(text []byte, clientID string) (*Registered, error) {
	if len(text) > MaxRegistered {
		return nil, &RegisteredError{fmt.Sprintf("expected at most %d bytes", MaxRegistered)}
	}
	start := bytes.IndexByte(text, '{')
	if start < 0 {
		return nil, &RegisteredError{"expected the JSON of an application, found none"}
	}
	var doc struct {
		Registered
		Embedded *struct {
			Applications []Registered `json:"applications"`
		} `json:"_embedded"`
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	in := json.NewDecoder(bytes.NewReader(text[start:]))
	if err := in.Decode(&doc); err != nil {
		return nil, &RegisteredError{"not the JSON of an application: " + err.Error()}
	}
	if _, err := in.Token(); !errors.Is(err, io.EOF) {
		return nil, &RegisteredError{"expected one JSON object, found more after it"}
	}
	if doc.Embedded != nil && doc.ID == "" {
		return find(doc.Embedded.Applications, clientID)
	}
	switch {
	case doc.ID != "" && doc.Protocol != "":
		return &doc.Registered, nil
	case doc.Code != "" && doc.Message != "":
		return nil, &RegisteredError{"this is an error of PingOne's API: " + doc.Code + ": " + doc.Message}
	}
	return nil, &RegisteredError{"this JSON is not an application: it has no id and no protocol"}
}

// find takes the application with a client ID out of a list.
func find(list []Registered, clientID string) (*Registered, error) {
	for i := range list {
		if strings.EqualFold(list[i].ID, clientID) {
			return &list[i], nil
		}
	}
	return nil, &RegisteredError{fmt.Sprintf("none of the %d applications in the list has the client ID %s; a long list has more pages", len(list), clientID)}
}
