package prompt

import (
	"cmp"
	"context"
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

// askDevice returns the device that was given, the only one, or the one that the
// user chooses.
func (c *Credentials) askDevice(ctx context.Context, flow *pingone.Flow) (pingone.Device, error) {
	usable := slices.DeleteFunc(slices.Clone(flow.Devices), func(d pingone.Device) bool { return d.Unusable != "" })
	switch d := authenticator(flow); {
	case c.Device != "" && !c.chosen:
		d, err := flow.Device(c.Device)
		c.chosen = err == nil
		return d, err
	case c.TOTP != nil && !c.chosen && d.ID != "":
		c.chosen = true
		return d, nil
	case len(usable) == 1:
		return usable[0], nil
	case c.Terminal == nil:
		return pingone.Device{}, missingDevice(flow)
	}
	return c.Terminal.device(ctx, flow)
}

// device asks which device to use, by its number, ID, nickname or type.
func (t *Terminal) device(ctx context.Context, flow *pingone.Flow) (pingone.Device, error) {
	for i, d := range flow.Devices {
		fmt.Fprintf(t.Err, "%3d  %s\n", i+1, about(d, kindOf(d), "  "))
	}
	for {
		line, err := t.Line(ctx, "Device: ")
		if err != nil {
			return pingone.Device{}, err
		}
		var d pingone.Device
		if n, nerr := strconv.Atoi(line); nerr == nil && n >= 1 && n <= len(flow.Devices) {
			d = flow.Devices[n-1]
		} else if d, err = flow.Device(line); err != nil {
			t.tell("expected a number from 1 to %d", len(flow.Devices))
			continue
		}
		if d.Unusable == "" {
			return d, nil
		}
		t.tell("this device cannot be used now: %s", words.Text(d.Unusable))
	}
}

// nameOf names a device in a sentence.
func nameOf(d pingone.Device) string { return about(d, kindOf(d), " ") }

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
