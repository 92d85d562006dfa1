package words

import "testing"

func TestNear(t *testing.T) {
	known := []string{"browser", "terminal", "paste", "EU", "CA", "form_post", "fragment", "--region", "wrong-nonce"}
	for found, want := range map[string]string{
		"term": "terminal", "brwoser": "browser", "Paste": "paste", "eu": "EU", "form-post": "form_post", "--regoin": "--region",
		"wrong-nonse": "wrong-nonce", "": "", "xyz": "", "E": "EU", "completely else": "",
	} {
		if got := Near(found, known); got != want {
			t.Errorf("Near(%q) is %q, expected %q", found, got, want)
		}
	}
	if got := DidYouMean("pasta", known); got != `; did you mean "paste"?` {
		t.Errorf("DidYouMean says %q", got)
	}
}
