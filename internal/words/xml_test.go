package words

import (
	"encoding/xml"
	"strings"
	"testing"
)

// What is written is what encoding/xml writes, and reads; but no character drives a
// terminal.
func FuzzXML(f *testing.F) {
	for _, seed := range []string{"", `a<b>&"'`, "tab\tline\nreturn\r", "\x00\x1f\x7f\u0085\u202e\u2028\ufffe\uffff", "\xff\xed\xa0\x80é\U0001f511"} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, attr, text string) {
		type child struct {
			A    string `xml:"a,attr"`
			B    string `xml:"b,attr"`
			Text string `xml:",chardata"`
		}
		type root struct {
			XMLName  xml.Name `xml:"root"`
			Children []child  `xml:"child"`
			Empty    string   `xml:"empty"`
		}
		want, err := xml.MarshalIndent(root{Children: []child{{attr, text, text}, {text, attr, ""}}}, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		var got strings.Builder
		err = XML(&got, Element{Name: "root", Children: []Element{
			{Name: "child", Attrs: []string{"a", attr, "b", text}, Text: text},
			{Name: "child", Attrs: []string{"a", text, "b", attr}},
			{Name: "empty"},
		}})
		if err != nil {
			t.Fatal(err)
		}
		if strings.IndexFunc(attr+text, Drives) < 0 && got.String() != xml.Header+string(want)+"\n" {
			t.Errorf("wrote\n%s\nencoding/xml writes\n%s", got.String(), want)
		}
		var read, written root
		if err := xml.Unmarshal([]byte(got.String()), &read); err != nil {
			t.Fatalf("%v in %q", err, got.String())
		}
		if err := xml.Unmarshal(want, &written); err != nil {
			t.Fatal(err)
		}
		for i := range written.Children {
			if read.Children[i] != written.Children[i] {
				t.Errorf("reads as %q, what encoding/xml writes as %q", read.Children[i], written.Children[i])
			}
		}
		if strings.ContainsFunc(got.String(), func(c rune) bool { return c != '\n' && Drives(c) }) {
			t.Errorf("drives a terminal: %q", got.String())
		}
	})
}
