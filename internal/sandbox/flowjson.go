package sandbox

import (
	"net/http"
	"strings"
	"time"
)

type link struct {
	Href string `json:"href"`
}

// flowJSON is PingOne's flow resource, in the order in which it prints it.
type flowJSON struct {
	Links             map[string]link `json:"_links"`
	ID                string          `json:"id"`
	Environment       *idOnly         `json:"environment,omitempty"`
	Session           *idOnly         `json:"session,omitempty"`
	ResumeURL         string          `json:"resumeUrl"`
	Status            string          `json:"status"`
	CreatedAt         string          `json:"createdAt"`
	ExpiresAt         string          `json:"expiresAt"`
	Embedded          map[string]any  `json:"_embedded,omitempty"`
	SelectedDevice    *idOnly         `json:"selectedDevice,omitempty"`
	BypassAllowed     bool            `json:"bypassAllowed,omitempty"`
	Authenticators    []string        `json:"authenticators,omitempty"`
	AssertionOptions  string          `json:"publicKeyCredentialRequestOptions,omitempty"`
	AuthorizeResponse map[string]any  `json:"authorizeResponse,omitempty"`
	Error             map[string]any  `json:"error,omitempty"`
}

type idOnly struct {
	ID string `json:"id"`
}

const foreignHost = "https://attacker.example.com"

func (s *Sandbox) resumeURL(c *call, f *flow) string {
	return c.auth + "/as/resume?flowId=" + f.id
}

func (s *Sandbox) signOnURL(c *call, f *flow) string {
	return c.auth + "/signon/?flowId=" + f.id
}

// flowAnswer prints a flow. alter, if not nil, changes it last.
func (s *Sandbox) flowAnswer(c *call, f *flow, alter func(*flowJSON)) *answer {
	if s.on("vendor-media-type") && strings.HasPrefix(c.path, "/flows/") && c.r.Header.Get("Accept") == "application/json" {
		return s.platformError(c, http.StatusNotAcceptable, "INVALID_REQUEST", "The requested media type is not available.")
	}
	j := s.flowResource(c, f)
	if alter != nil {
		alter(&j)
	}
	a := jsonAnswer(http.StatusOK, j)
	if strings.HasPrefix(c.path, "/flows/") && !s.on("flow-json") {
		a.header.Set("Content-Type", "application/hal+json;charset=UTF-8")
	}
	return a
}

func (s *Sandbox) flowResource(c *call, f *flow) flowJSON {
	stamp := func(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
	self := c.auth + "/flows/" + f.id
	j := flowJSON{
		ID: f.id, Status: f.status, ResumeURL: s.resumeURL(c, f),
		CreatedAt: stamp(f.created), ExpiresAt: stamp(f.expires), Authenticators: f.amr,
		Links:    map[string]link{"self": {self}},
		Embedded: s.embedded(c, f),
	}
	actions := self
	if s.on("foreign-action-link") {
		actions = foreignHost + strings.TrimPrefix(self, c.base)
	}
	for _, name := range f.offered() {
		j.Links[name] = link{actions}
	}
	if f.status == statusAssertion {
		j.AssertionOptions = assertionOptions
	}
	j.BypassAllowed = f.req.policy.skip && f.atDevice()
	if f.device != nil && !f.over() {
		j.SelectedDevice = &idOnly{f.device.id}
	}
	if f.status == statusCompleted {
		j.Session = &idOnly{f.session.id}
	} else {
		j.Links["signOnPage"] = link{s.signOnURL(c, f)}
		j.Environment = &idOnly{s.environmentID}
	}
	s.flowFaults(c, f, &j)
	return j
}

func (s *Sandbox) flowFaults(c *call, f *flow, j *flowJSON) {
	if s.on("complete-slip") && j.Status == statusCompleted {
		j.Status = "COMPLETE"
	}
	if !s.on("failed-flow-without-error") && j.Status == statusFailed {
		j.Error = map[string]any{"code": f.failureCode, "message": f.failure}
		if f.failureCode == "NO_USABLE_DEVICES" && len(f.account.devices) > 0 {
			j.Error["unavailableDevices"] = f.unavailable()
		}
	}
	if s.on("unknown-status") && !f.over() {
		j.Status = "RETINA_SCAN_REQUIRED"
	}
	if s.on("foreign-resume-url") {
		j.ResumeURL = foreignHost + strings.TrimPrefix(j.ResumeURL, c.base)
	}
}

// providerID is the identifier of the external identity provider.
const providerID = "1d900000-0000-4000-8000-000000000001"

// providerPath is where a browser goes to sign on at the external provider.
func (f *flow) providerPath() string {
	return "/rp/authenticate?providerId=" + providerID + "&flowId=" + f.id
}

func (f *flow) over() bool { return f.status == statusCompleted || f.status == statusFailed }

func (s *Sandbox) embedded(c *call, f *flow) map[string]any {
	e := map[string]any{"application": map[string]any{"name": f.req.app.Name}}
	if f.account != nil {
		e["user"] = map[string]any{
			"id": f.account.id, "username": f.account.Username,
			"name": map[string]string{"given": f.account.given, "family": f.account.family},
		}
	}
	switch f.status {
	case statusMustChange, statusPasswordExpired, statusRecoveryCode:
		e["passwordPolicy"] = s.passwordPolicy()
	case statusDeviceSelection, statusOTP, statusPush, statusPushTimedOut, statusAssertion:
		e["devices"] = deviceList(f.account.devices, false)
		if blocked := deviceList(f.account.devices, true); len(blocked) > 0 {
			e["blockedDevices"] = blocked
		}
	case statusExternal:
		provider := map[string]any{"name": "Example Provider", "_links": map[string]link{"authenticate": {c.auth + f.providerPath()}}}
		if s.on("external-social-providers") {
			e["socialProviders"] = []any{provider}
		} else {
			e["identityProvider"] = provider
		}
	case statusProfile:
		e["promptText"], e["attributes"] = "Tell us more about you", f.profileAttributes()
	case statusAgreement:
		if s.on("agreement-text") {
			e["agreement"] = map[string]string{"title": "Terms of the sandbox", "text": "Nothing here is real."}
		}
	}
	return e
}

// unavailable returns the devices that the user cannot use.
func (f *flow) unavailable() []idOnly {
	var list []idOnly
	for _, d := range f.account.devices {
		if d.blocked {
			list = append(list, idOnly{d.id})
		}
	}
	return list
}
