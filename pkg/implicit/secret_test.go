package implicit

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"strings"
	"testing"
)

// No way of printing shows a secret, wherever it stands.
func TestSecretIsNeverPrinted(t *testing.T) {
	const value = "s3cr3t-value"
	s := NewSecret(value)
	type holder struct {
		Open   Secret
		hidden Secret
		list   []Secret
		byName map[string]Secret
		inner  *struct{ s Secret }
		any    any
	}
	all := holder{s, s, []Secret{s}, map[string]Secret{"a": s}, &struct{ s Secret }{s}, s}
	var out bytes.Buffer
	for _, verb := range "vsqxXdgpTtbcoUeEfFG" {
		for _, flags := range []string{"", "+", "#", " ", "-20", "020.3", "+#"} {
			fmt.Fprintf(&out, "%"+flags+string(verb)+"\n", s)
			fmt.Fprintf(&out, "%"+flags+string(verb)+"\n", &s)
			fmt.Fprintf(&out, "%"+flags+string(verb)+"\n", all)
			fmt.Fprintf(&out, "%"+flags+string(verb)+"\n", &all)
			fmt.Fprintf(&out, "%"+flags+string(verb)+"\n", []any{s, all})
		}
	}
	fmt.Fprintln(&out, s, all, &all, errors.New(fmt.Sprint(s)))
	log.New(&out, "", 0).Println(s, all)
	slog.New(slog.NewTextHandler(&out, nil)).Info("m", "s", s, "all", all, slog.Any("p", &s))
	slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "s", s, "all", all, slog.Any("p", &s))
	for _, v := range []any{s, &s, all, map[string]any{"a": s}, struct{ S *Secret }{&s}} {
		text, err := json.Marshal(v)
		if err != nil {
			t.Error(err)
		}
		out.Write(text)
	}
	text, err := json.Marshal(map[Secret]int{s: 1})
	out.Write(text)
	if err != nil {
		out.WriteString(err.Error())
	}
	text, _ = xml.Marshal(struct{ S Secret }{s})
	out.Write(text)
	func() {
		defer func() { fmt.Fprint(&out, recover()) }()
		panic(fmt.Sprintf("%v %#v", s, all))
	}()
	printed := out.String()
	for _, form := range []string{value, strings.ToUpper(value), fmt.Sprintf("%x", value), fmt.Sprintf("%X", value), fmt.Sprint([]byte(value))} {
		if i := strings.Index(printed, form); i >= 0 {
			t.Errorf("it is printed as %q: …%q", form, printed[max(0, i-80):i])
		}
	}
	if !strings.Contains(printed, "[redacted]") {
		t.Error("nothing says that something is left out")
	}
}

func TestSecret(t *testing.T) {
	if s := NewSecret("a"); s.Reveal() != "a" || s.Empty() || s.redacted() != "[redacted]" {
		t.Errorf("%v", s)
	}
	for _, s := range []Secret{{}, NewSecret("")} {
		if s.Reveal() != "" || !s.Empty() || s.redacted() != "" {
			t.Errorf("%q is not empty", s)
		}
	}
}

// A response and its request can be logged whole.
func TestResponseIsSafeToPrint(t *testing.T) {
	r, err := Parse("https://app.example.com/cb#access_token=s3cr3t-value&id_token=s3cr3t-value&x=s3cr3t-value", "")
	if err != nil {
		t.Fatal(err)
	}
	req := goodRequest()
	req.IDTokenHint = NewSecret("s3cr3t-value")
	for _, text := range []string{fmt.Sprintf("%v %+v %#v", r, r, r), fmt.Sprintf("%v %+v %#v", *req, req, req)} {
		if strings.Contains(text, "s3cr3t") {
			t.Errorf("printed: %s", text)
		}
	}
}
