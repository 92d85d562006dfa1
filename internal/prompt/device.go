package prompt

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/implicit-cli/implicit/internal/words"
	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

func chooses(d pingone.Device) pingone.Answer {
	return pingone.Answer{Choice: pingone.OtherDevice,
		Values: map[pingone.Field]implicit.Secret{pingone.FieldDevice: implicit.NewSecret(d.ID)}}
}

// givenDevice is the device that the settings choose, where the flow waits for
// another one.
func (c *Credentials) givenDevice(q pingone.Question) (d pingone.Device, ok bool, err error) {
	if c.chosen || !q.Offers(pingone.OtherDevice) {
		return d, false, nil
	}
	switch {
	case c.Device != "":
		d, err = q.Flow.Device(c.Device)
	case c.TOTP != nil:
		d = authenticator(q.Flow)
	}
	c.chosen = d.ID != ""
	return d, c.chosen && d.ID != q.Flow.SelectedDevice, err
}

// authenticator is the first usable device that makes the codes of a TOTP secret.
func authenticator(flow *pingone.Flow) pingone.Device {
	for _, d := range flow.Devices {
		if d.Type == "TOTP" && d.Unusable == "" {
			return d
		}
	}
	return pingone.Device{}
}

// selected is the device that the flow waits for; of unknown type where the flow
// does not say.
func selected(flow *pingone.Flow) pingone.Device {
	for _, d := range flow.Devices {
		if d.ID == flow.SelectedDevice || len(flow.Devices) == 1 && flow.SelectedDevice == "" {
			return d
		}
	}
	return pingone.Device{ID: flow.SelectedDevice}
}

// askDevice returns the ID of the device that was given, of the only one, or of the
// one that the user chooses. One for a browser alone is the choice of the browser
// where the flow asks for it already.
func (c *Credentials) askDevice(ctx context.Context, q pingone.Question) (id implicit.Secret, choice pingone.Choice, err error) {
	d, err := c.whichDevice(ctx, q)
	if errors.Is(err, errInBrowser) || err == nil && d.Type == "FIDO2" && q.Offers(pingone.InBrowser) {
		return id, pingone.InBrowser, nil
	}
	return implicit.NewSecret(d.ID), "", err
}

// errInBrowser says that no device but one for a browser is chosen.
var errInBrowser = errors.New("in the browser")

func (c *Credentials) whichDevice(ctx context.Context, q pingone.Question) (d pingone.Device, err error) {
	usable := slices.DeleteFunc(slices.Clone(q.Flow.Devices), func(d pingone.Device) bool { return d.Unusable != "" })
	browser := q.Offers(pingone.InBrowser)
	switch app := authenticator(q.Flow); {
	case c.Device != "" && !c.chosen:
		d, err = q.Flow.Device(c.Device)
		c.chosen = err == nil
		return d, err
	case c.TOTP != nil && !c.chosen && app.ID != "":
		c.chosen = true
		return app, nil
	case browser && c.Terminal == nil:
		return d, errInBrowser
	case len(usable) == 1:
		return usable[0], nil
	case c.Terminal == nil:
		return d, missingDevice(q.Flow)
	case !browser:
		return c.Terminal.device(ctx, q.Flow, "Device: ")
	}
	d, err = c.Terminal.device(ctx, q.Flow, "Device, or Enter for the browser: ")
	if empty := (*CancelledError)(nil); errors.As(err, &empty) && !empty.ended {
		return d, errInBrowser
	}
	return d, err
}

// maxDevices bounds a list of devices, at the terminal and in an error.
const maxDevices = 50

// device asks which device to use, by its number, ID, nickname or type.
func (t *Terminal) device(ctx context.Context, flow *pingone.Flow, label string) (pingone.Device, error) {
	for i, d := range flow.Devices[:min(len(flow.Devices), maxDevices)] {
		fmt.Fprintf(t.Err, "%3d  %s\n", i+1, t.scrubbed(about(d, kindOf(d), "  ")))
	}
	if more := len(flow.Devices) - maxDevices; more > 0 {
		t.tell("and %d more devices, which can be named by their IDs", more)
	}
	for {
		line, err := t.Line(ctx, label)
		if err != nil {
			return pingone.Device{}, err
		}
		var d pingone.Device
		if n, nerr := strconv.Atoi(line); nerr == nil && n >= 1 && n <= len(flow.Devices) {
			d = flow.Devices[n-1]
		} else if d, err = flow.Device(line); err != nil {
			t.tell("expected a number from 1 to %d, or a type, nickname or ID", len(flow.Devices))
			continue
		}
		if d.Unusable == "" {
			return d, nil
		}
		t.tell("this device cannot be used now: %s", words.Text(d.Unusable))
	}
}

// nameOf names a device in a sentence.
func nameOf(d pingone.Device) string {
	if name := cmp.Or(d.Nickname, d.Address); name != "" {
		return kindOf(d) + " (" + words.Text(name) + ")"
	}
	return kindOf(d)
}

// about is a kind, and what tells the device from others of that kind.
func about(d pingone.Device, kind, separator string) string {
	parts := []string{kind}
	for _, text := range []string{d.Nickname, d.Address} {
		if text != "" {
			parts = append(parts, words.Text(text))
		}
	}
	if len(parts) == 1 && d.ID != "" {
		parts = append(parts, words.Text(d.ID))
	}
	if d.Unusable != "" {
		parts = append(parts, "("+words.Text(strings.ToLower(d.Unusable))+")")
	}
	return strings.Join(parts, separator)
}

// kindOf is the type of a device as users call it.
func kindOf(d pingone.Device) string {
	return cmp.Or(map[string]string{
		"SMS": "SMS", "VOICE": "voice call", "EMAIL": "e-mail", "WHATSAPP": "WhatsApp", "TOTP": "authenticator app",
		"MOBILE": "phone", "FIDO2": "FIDO2 key (browser only)",
	}[d.Type], words.Text(d.Type), "device")
}
