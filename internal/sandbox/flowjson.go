package sandbox

import (
	"net/http"
	"strings"
	"time"
)

type link struct {
	Href string `json:"href"`
}

// flowJSON is PingOne's flow resource.
type flowJSON struct {
	Links             map[string]link   `json:"_links"`
	Embedded          map[string]any    `json:"_embedded,omitempty"`
	ID                string            `json:"id"`
	Environment       *idOnly           `json:"environment,omitempty"`
	Session           *idOnly           `json:"session,omitempty"`
	ResumeURL         string            `json:"resumeUrl"`
	Status            string            `json:"status"`
	CreatedAt         string            `json:"createdAt"`
	ExpiresAt         string            `json:"expiresAt"`
	SelectedDevice    *idOnly           `json:"selectedDevice,omitempty"`
	BypassAllowed     bool              `json:"bypassAllowed,omitempty"`
	Authenticators    []string          `json:"authenticators,omitempty"`
	AuthorizeResponse map[string]any    `json:"authorizeResponse,omitempty"`
	Error             map[string]string `json:"error,omitempty"`
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
	if s.on("vendor-media-type") && c.r.Header.Get("Accept") == "application/json" {
		return s.platformError(c, http.StatusNotAcceptable, "INVALID_REQUEST", "The requested media type is not available.")
	}
	j := s.flowResource(c, f)
	if alter != nil {
		alter(&j)
	}
	a := jsonAnswer(http.StatusOK, j)
	if s.on("vendor-media-type") {
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
		Links:    map[string]link{"self": {self}, "signOnPage": {s.signOnURL(c, f)}},
		Embedded: s.embedded(c, f),
	}
	actions := self
	if s.on("foreign-action-link") {
		actions = foreignHost + strings.TrimPrefix(self, c.base)
	}
	for _, name := range f.offered() {
		j.Links[name] = link{actions}
	}
	if f.status == statusExternal {
		j.Links["authenticate"] = link{c.auth + "/signon/idp?flowId=" + f.id}
	}
	if f.device != nil && !f.over() {
		j.SelectedDevice = &idOnly{f.device.id}
	}
	if f.status == statusCompleted {
		j.Session = &idOnly{f.session.id}
	} else {
		j.Environment = &idOnly{EnvironmentID}
	}
	s.flowFaults(c, f, &j)
	return j
}

func (s *Sandbox) flowFaults(c *call, f *flow, j *flowJSON) {
	if s.on("complete-slip") && j.Status == statusCompleted {
		j.Status = "COMPLETE"
	}
	if !s.on("failed-flow-without-error") && j.Status == statusFailed {
		j.Error = map[string]string{"code": f.failureCode, "message": f.failure}
	}
	if s.on("unknown-status") && !f.over() {
		j.Status = "RETINA_SCAN_REQUIRED"
	}
	if s.on("foreign-resume-url") {
		j.ResumeURL = foreignHost + strings.TrimPrefix(j.ResumeURL, c.base)
	}
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
		e["passwordPolicy"] = map[string]any{
			"length": map[string]int{"min": minPasswordLength, "max": 255}, "minCharacters": map[string]int{}, "minUniqueCharacters": 1,
		}
	case statusDeviceSelection, statusOTP, statusPush, statusPushTimedOut, statusAssertion:
		e["devices"] = deviceList(f.account.devices)
	case statusExternal:
		e["socialProviders"] = []map[string]any{{
			"name": "Example Provider", "type": "OPENID_CONNECT",
			"_links": map[string]link{"authenticate": {c.auth + "/signon/idp?flowId=" + f.id}},
		}}
	case statusAgreement:
		e["agreement"] = map[string]string{"title": "Terms of the sandbox", "text": "Nothing here is real."}
	}
	return e
}

func deviceList(devices []device) []map[string]any {
	var list []map[string]any
	for _, d := range devices {
		entry := map[string]any{"id": d.id, "type": d.kind, "status": "ACTIVE"}
		for name, v := range map[string]string{"nickname": d.nickname, "phone": d.phone, "email": d.email} {
			if v != "" {
				entry[name] = v
			}
		}
		if d.model != "" {
			entry["model"] = map[string]string{"marketingName": d.model}
		}
		list = append(list, entry)
	}
	return list
}
