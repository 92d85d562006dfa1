package main

import (
	"fmt"
	"strings"

	"github.com/implicit-cli/implicit/internal/render"
	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// showFlow prints where a flow is: what is done, what it asks for, and each action
// with its fields.
func (a *app) showFlow(flow *pingone.Flow) error {
	out := cleaned{a}
	if a.json() {
		return words.JSON(out, flowObject(flow))
	}
	rows := [][2]string{{"flow ID", flow.ID}, {"sign-on", steps(flow)}, {"status", words.Text(flow.Status)}, {"needs", joined(flow.Fields)}}
	for _, row := range [][2]string{{"application", flow.Application}, {"user", flow.User.Username}, {"says", flow.PromptText}} {
		if row[1] != "" {
			rows = append(rows, [2]string{row[0], words.Text(row[1])})
		}
	}
	if len(flow.PasswordPolicy) > 0 && strings.Contains(joined(flow.Fields), string(pingone.FieldNewPassword)) {
		rows = append(rows, [2]string{"policy", words.Text(strings.Join(flow.PasswordPolicy, ", "))})
	}
	for i, d := range flow.Devices {
		rows = append(rows, [2]string{label("devices", i), deviceLine(flow, d)})
	}
	for i, name := range flow.Actions() {
		rows = append(rows, [2]string{label("actions", i), strings.TrimRight(fmt.Sprintf("%-24s %s", words.Text(name), joined(flow.Takes(name))), " ")})
	}
	if !flow.ExpiresAt.IsZero() {
		rows = append(rows, [2]string{"expires", words.When(flow.ExpiresAt, a.now())})
	}
	render.Rows(out, rows)
	next := "implicit flow submit " + flow.ID
	if flow.Completed() || flow.Failed() {
		next = "implicit resume " + flow.ID
	}
	_, err := fmt.Fprintf(out, "\nNext: %s\n", next)
	return err
}

// steps draws the course of the sign-on: the methods that are done, the status, and
// the end.
func steps(flow *pingone.Flow) string {
	var all []string
	for _, method := range flow.Authenticators {
		all = append(all, words.Text(method)+" done")
	}
	if !flow.Completed() && !flow.Failed() {
		return strings.Join(append(all, words.Text(flow.Status)+" now", "resume"), " > ")
	}
	return strings.Join(append(all, words.Text(flow.Status), "resume now"), " > ")
}

// label is that of the first row; the others have none.
func label(text string, i int) string {
	if i > 0 {
		return ""
	}
	return text
}

func joined(fields []pingone.Field) string {
	texts := make([]string, len(fields))
	for i, f := range fields {
		texts[i] = words.Text(string(f))
	}
	return strings.Join(texts, ", ")
}

func deviceLine(flow *pingone.Flow, d pingone.Device) string {
	parts := []string{words.Text(d.Type)}
	for _, text := range []string{d.Nickname, d.Address, d.Unusable, d.ID} {
		if text != "" {
			parts = append(parts, words.Text(text))
		}
	}
	if d.ID == flow.SelectedDevice {
		parts = append(parts, "(selected)")
	}
	return strings.Join(parts, "  ")
}

type flowDevice struct {
	ID       string `json:"id"`
	Type     string `json:"type"`
	Nickname string `json:"nickname,omitempty"`
	Address  string `json:"address,omitempty"`
	Unusable string `json:"unusable,omitempty"`
	Selected bool   `json:"selected"`
}

// flowObject is the flow for programs.
func flowObject(flow *pingone.Flow) any {
	var devices []flowDevice
	for _, d := range flow.Devices {
		devices = append(devices, flowDevice{d.ID, d.Type, d.Nickname, d.Address, d.Unusable, d.ID == flow.SelectedDevice})
	}
	fields := map[string][]pingone.Field{}
	for _, name := range flow.Actions() {
		if takes := flow.Takes(name); takes != nil {
			fields[name] = takes
		}
	}
	return struct {
		FlowID    string                     `json:"flow_id"`
		Status    string                     `json:"status"`
		Done      []string                   `json:"done,omitempty"`
		Needs     []pingone.Field            `json:"needs,omitempty"`
		Actions   []string                   `json:"actions,omitempty"`
		Fields    map[string][]pingone.Field `json:"action_fields,omitempty"`
		Devices   []flowDevice               `json:"devices,omitempty"`
		Username  string                     `json:"username,omitempty"`
		ResumeURL string                     `json:"resume_url,omitempty"`
	}{flow.ID, flow.Status, flow.Authenticators, flow.Fields, flow.Actions(), fields, devices, flow.User.Username, flow.ResumeURL}
}
