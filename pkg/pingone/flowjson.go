package pingone

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/internal/web"
)

type flowJSON struct {
	ID        string                     `json:"id"`
	Status    string                     `json:"status"`
	ResumeURL string                     `json:"resumeUrl"`
	ExpiresAt string                     `json:"expiresAt"`
	Links     map[string]json.RawMessage `json:"_links"`
	Error     json.RawMessage            `json:"error"`
	Response  json.RawMessage            `json:"authorizeResponse"`

	// DaVinci's answers have these; they are not PingOne's flows.
	InteractionID string `json:"interactionId"`
	ConnectorID   string `json:"connectorId"`
}

func readFlow(reply *web.Reply, doing string) (*Flow, error) {
	if !strings.HasSuffix(reply.MediaType(), "json") {
		if isDaVinci(reply.Body) {
			return nil, browserNeeded("", doing+": PingOne shows a page, as it does for a DaVinci policy")
		}
		return nil, unusable(reply, doing+": expected a flow in JSON")
	}
	flow, err := parseFlow(reply.Body, reply.Received)
	var malformed *flowError
	switch {
	case errors.As(err, &malformed):
		return nil, unusable(reply, doing+": expected a flow: "+err.Error())
	case err != nil:
		return nil, err
	}
	flow.correlationID = correlationHeader(reply.Header)
	return flow, nil
}

// flowError says why JSON is not a flow.
type flowError struct{ problem string }

func (e *flowError) Error() string { return e.problem }

// ParseFlow reads a flow's JSON. A DaVinci answer is a [*implicit.InteractionRequiredError]; what
// is not a flow, and an authorizeResponse that must not be trusted, is a
// [*implicit.ParseError].
func ParseFlow(body []byte) (*Flow, error) {
	flow, err := parseFlow(body, time.Time{})
	var malformed *flowError
	if errors.As(err, &malformed) {
		return nil, &implicit.ParseError{Problem: "expected a flow: " + err.Error()}
	}
	return flow, err
}

func parseFlow(body []byte, received time.Time) (*Flow, error) {
	var v flowJSON
	if err := json.Unmarshal(body, &v); err != nil {
		return nil, &flowError{err.Error()}
	}
	if v.InteractionID != "" || v.ConnectorID != "" {
		return nil, browserNeeded(v.Status, "the answer is DaVinci's")
	}
	if v.Status == "" || (v.ID != "" && !flowIDShape().MatchString(v.ID)) {
		return nil, &flowError{"id or status is missing, or the id has another shape"}
	}
	expires, _ := time.Parse(time.RFC3339, v.ExpiresAt) // only shown
	flow := &Flow{ID: v.ID, Status: v.Status, ResumeURL: v.ResumeURL, ExpiresAt: expires, Links: links(v.Links), Error: flowRefusal(v.Error, received)}
	flow.readDetails(body)
	if st := statusOf(flow); st.answerable(flow) {
		flow.Fields = st.action.takes(flow)
	}
	if isEmpty(v.Response) {
		return flow, nil
	}
	if v.Response[0] != '{' {
		return nil, &flowError{"authorizeResponse is not an object"}
	}
	var err error
	flow.Response, err = implicit.Parse(string(v.Response), "")
	return flow, err
}

// isEmpty reports whether there is no authorizeResponse, or nothing in it: resume
// then has the response.
func isEmpty(response json.RawMessage) bool {
	var members map[string]json.RawMessage
	return response == nil || json.Unmarshal(response, &members) == nil && len(members) == 0
}

func links(raw map[string]json.RawMessage) map[string]string {
	if raw == nil {
		return nil
	}
	hrefs := map[string]string{}
	for name, value := range raw {
		var link struct{ Href string }
		if json.Unmarshal(value, &link) == nil && link.Href != "" {
			hrefs[name] = link.Href
		}
	}
	return hrefs
}

// readDetails reads what a status needs in addition. Nothing of it is required, and
// what has another form than expected is left out.
func (f *Flow) readDetails(body []byte) {
	var v struct {
		Authenticators []string
		SelectedDevice struct{ ID looseText }
		Embedded       struct {
			User             User
			Application      struct{ Name looseText }
			Devices          []deviceJSON
			BlockedDevices   []deviceJSON
			PasswordPolicy   *passwordPolicy
			PromptText       looseText
			Attributes       []struct{ Name, DisplayName looseText }
			IdentityProvider struct{ Name looseText }
			SocialProviders  []struct{ Name looseText }
		} `json:"_embedded"`
	}
	_ = json.Unmarshal(body, &v) // decodes what it can
	e := v.Embedded
	f.Authenticators, f.SelectedDevice = v.Authenticators, string(v.SelectedDevice.ID)
	f.User, f.Application, f.PromptText, f.IdentityProvider = e.User, string(e.Application.Name), string(e.PromptText), string(e.IdentityProvider.Name)
	if f.Status == "EXTERNAL_AUTHENTICATION_REQUIRED" && len(e.SocialProviders) == 1 {
		f.IdentityProvider = cmp.Or(f.IdentityProvider, string(e.SocialProviders[0].Name))
	}
	for _, d := range e.Devices {
		if d.Type != "BROWSER" { // a remembered one, which a user cannot select
			f.Devices = append(f.Devices, d.device())
		}
	}
	for _, d := range e.BlockedDevices {
		blocked := d.device()
		blocked.Unusable = cmp.Or(blocked.Unusable, "BLOCKED")
		f.Devices = append(f.Devices, blocked)
	}
	if waits := f.Status == "OTP_REQUIRED" || strings.HasPrefix(f.Status, "PUSH_"); waits && f.SelectedDevice == "" && len(f.Devices) == 1 {
		f.SelectedDevice = f.Devices[0].ID // not all flows say it
	}
	for _, a := range e.Attributes {
		f.Attributes = append(f.Attributes, Attribute{string(a.Name), cmp.Or(a.DisplayName, a.Name).short()})
	}
	if e.PasswordPolicy != nil {
		f.PasswordPolicy = e.PasswordPolicy.words()
	}
	f.Texts = otherTexts(body)
}

// otherTexts returns the texts of a flow that Flow has no field for.
func otherTexts(body []byte) map[string]string {
	texts := map[string]string{}
	var top map[string]json.RawMessage
	_ = json.Unmarshal(body, &top)
	var embedded map[string]json.RawMessage
	_ = json.Unmarshal(top["_embedded"], &embedded)
	for _, members := range []map[string]json.RawMessage{top, embedded} {
		for name, raw := range members {
			collectTexts(texts, name, raw)
		}
	}
	return texts
}

// known are the members that Flow has fields for, or that are of no use to a user.
var known = []string{"_links", "_embedded", "id", "status", "resumeUrl", "createdAt", "updatedAt", "expiresAt", "environment", "session",
	"error", "authorizeResponse", "authenticators", "selectedDevice", "bypassAllowed", "publicKeyCredentialRequestOptions",
	"user", "application", "devices", "blockedDevices", "passwordPolicy", "promptText", "attributes", "identityProvider", "socialProviders"}

func collectTexts(texts map[string]string, name string, raw json.RawMessage) {
	lower := strings.ToLower(name)
	if slices.Contains(known, name) || strings.Contains(lower, "token") || strings.Contains(lower, "secret") {
		return
	}
	var text string
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &text) == nil && text != "" {
		texts[name] = text
	} else if json.Unmarshal(raw, &members) == nil && !strings.Contains(name, ".") {
		for inner, raw := range members {
			collectTexts(texts, name+"."+inner, raw)
		}
	}
}
