package pingone

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// Device is a second factor of the user. Its texts are the network's.
type Device struct {
	ID       string
	Type     string // SMS, VOICE, EMAIL, WHATSAPP, TOTP, MOBILE, FIDO2, …
	Nickname string // or what it is sold as
	Address  string // the phone number or e-mail address, masked
	Unusable string // PingOne's word for why it cannot be used now: DISABLED, LOCKED, BLOCKED; else empty
}

// Device finds the device that name names: by its ID, its nickname, or its type,
// for which push is another word for MOBILE. What names none, or several, is an
// [*implicit.InteractionRequiredError] that lists the devices.
func (f *Flow) Device(name string) (Device, error) {
	for _, is := range []func(Device) bool{
		func(d Device) bool { return d.ID == name },
		func(d Device) bool { return strings.EqualFold(d.Nickname, name) },
		func(d Device) bool {
			return strings.EqualFold(d.Type, name) || d.Type == "MOBILE" && strings.EqualFold(name, "push")
		},
	} {
		var found []Device
		for _, d := range f.Devices {
			if name != "" && is(d) && (d.Unusable == "" || d.ID == name) {
				found = append(found, d)
			}
		}
		switch {
		case len(found) == 1:
			return found[0], nil
		case len(found) > 1:
			return Device{}, needsDevice(f, fmt.Sprintf("%s names %d devices", quote(name), len(found)))
		}
	}
	return Device{}, needsDevice(f, "no device is named "+quote(name))
}

// maxListed bounds what a server can put into one of our sentences: devices, rules,
// details.
const maxListed = 50

func needsDevice(f *Flow, why string) error {
	var list []string
	for i, d := range f.Devices {
		if i == maxListed {
			list = append(list, fmt.Sprintf("and %d more", len(f.Devices)-i))
			break
		}
		about := cmp.Or(d.Nickname, d.Address, d.ID)
		list = append(list, quote(d.Type)+" "+quote(about))
	}
	if list == nil {
		list = []string{"none"}
	}
	return &implicit.InteractionRequiredError{Code: string(FieldDevice), Needs: implicit.NeedsAnswer,
		Reason: why + "; the user's devices: " + strings.Join(list, ", ")}
}

var selectDevice = action{
	name: "device.select", fields: []Field{FieldDevice},
	body: func(flow *Flow, v values) (any, error) {
		wanted := v[FieldDevice].Reveal()
		if len(flow.Devices) == 0 { // the flow does not list them
			return deviceBody(wanted), nil
		}
		device, err := flow.Device(wanted)
		return deviceBody(device.ID), err
	},
	wrong: ReasonNoDevice,
}

// sendAgain has the code or the push sent again: PingOne has no action of its own
// for that, the same device is selected once more.
var sendAgain = action{
	name:  selectDevice.name,
	body:  func(flow *Flow, _ values) (any, error) { return deviceBody(flow.selected().ID), nil },
	wrong: ReasonNoDevice,
}

func deviceBody(id string) any { return map[string]any{"device": map[string]string{"id": id}} }

// hasDeviceFor reports whether there is a device that the choice could be for.
func (f *Flow) hasDeviceFor(c Choice, a action) bool {
	if a.name != selectDevice.name {
		return true
	}
	selected := f.selected()
	if c == OtherDevice {
		return slices.ContainsFunc(f.Devices, func(d Device) bool {
			return d.ID != selected.ID && d.Unusable == "" && (f.Status != "ASSERTION_REQUIRED" || d.Type != "FIDO2")
		})
	}
	return selected.ID != "" && selected.Type != "TOTP" // an app sends nothing
}

// selected returns the device that a passcode or a push is for.
func (f *Flow) selected() Device {
	for _, d := range f.Devices {
		if d.ID == f.SelectedDevice {
			return d
		}
	}
	return Device{ID: f.SelectedDevice}
}

// deviceJSON is a device in a flow.
type deviceJSON struct {
	ID, Type, Nickname, Name, Phone, Email looseText
	Model                                  struct{ MarketingName looseText }
	UsableStatus, Block, Lock              struct{ Status looseText }
}

func (d deviceJSON) device() Device {
	unusable := ""
	for _, status := range []looseText{d.UsableStatus.Status, d.Block.Status, d.Lock.Status} {
		if s := string(status); s != "" && s != "ENABLED" && s != "UNBLOCKED" && s != "UNLOCKED" {
			unusable = cmp.Or(unusable, s)
		}
	}
	return Device{ID: string(d.ID), Type: d.Type.short(), Unusable: unusable,
		Nickname: cmp.Or(d.Nickname, d.Name, d.Model.MarketingName).short(), Address: cmp.Or(d.Phone, d.Email).short()}
}

// selects notes the device that is about to be selected. A flow that stays at
// another one must not send message after message.
func (s *signOn) selects(flow *Flow, a action, v values) error {
	if a.name != selectDevice.name {
		return nil
	}
	wanted := flow.selected()
	if a.fields != nil {
		wanted, _ = flow.Device(v[FieldDevice].Reveal())
	}
	if wanted.ID != "" && wanted.ID == s.selected && flow.SelectedDevice != "" && flow.SelectedDevice != wanted.ID {
		return &Error{Kind: KindFlow, Doing: selectDevice.name, Status: 200, Code: flow.Status, Message: "the flow stays at another device", Reason: ReasonNoDevice}
	}
	s.selected = wanted.ID
	return nil
}
