package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// A server that repeats the password, the session cookie or a token at any step,
// in whatever form, does not get it printed.
func TestServerThatRepeatsSecrets(t *testing.T) {
	t.Parallel()
	const password = `s3cret+of "the" üser`
	forms := map[string]func(string) string{
		"raw":       func(s string) string { return s },
		"JSON":      func(s string) string { text, _ := json.Marshal(s); return strings.Trim(string(text), `"`) },
		"query":     url.QueryEscape,
		"path":      url.PathEscape,
		"HTML":      html.EscapeString,
		"base64":    func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
		"base64 +1": func(s string) string { return base64.StdEncoding.EncodeToString([]byte("x" + s)) },
		"base64url": func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte("xy" + s)) },
	}
	for name, form := range forms {
		if testing.Short() && name != "raw" && name != "base64 +1" && name != "query" { // a matrix
			continue
		}
		for secret, find := range map[string]func(cookie string) string{
			"password": func(string) string { return password },
			"cookie":   func(cookie string) string { return cookie },
			"token":    func(string) string { return "the-access-token-of-the-answer" },
		} {
			b := newBench(t).withSandbox("cookies-at-authorize").set("IMPLICIT_PASSWORD", password)
			var mu sync.Mutex
			var cookie, step string
			b.seen.answerWith(func(w http.ResponseWriter, r *http.Request, _ string) bool {
				mu.Lock()
				defer mu.Unlock()
				if c, err := r.Cookie("ST"); err == nil {
					cookie = c.Value
				}
				text := form(find(cookie))
				quoted, _ := json.Marshal(text)
				back := b.env["IMPLICIT_REDIRECT_URI"] + "#state=" + url.QueryEscape(r.FormValue("state"))
				base := b.env["IMPLICIT_AUTH_URL"]
				w.Header().Set("Content-Type", "application/json")
				redirect := func(to string) { w.Header().Set("Location", to); w.WriteHeader(http.StatusFound) }
				is := func(method, path string) bool { return r.Method == method && strings.Contains(r.URL.Path, path) }
				switch {
				case is("POST", "/flows/") && step == "resume":
					fmt.Fprint(w, `{"status":"COMPLETED"}`)
				case is("POST", "/flows/") && step == "status":
					fmt.Fprintf(w, `{"status":%s,"_embedded":{"application":{"name":%s},"user":{"username":%s}},"_links":{%s:{"href":"x"}}}`, quoted, quoted, quoted, quoted)
				case is("GET", "/as/resume") && step == "resume":
					redirect(b.env["IMPLICIT_REDIRECT_URI"] + "?error=access_denied&error_description=" + url.QueryEscape(text))
				case is("GET", "/as/authorize") && step == "tokens":
					redirect(back + "&access_token=the-access-token-of-the-answer&error=access_denied&error_description=" + url.QueryEscape(text))
				case is("POST", "/flows/") && step == "path":
					fmt.Fprintf(w, `{"status":"COMPLETED","resumeUrl":%q}`, base+"/as/resume")
				case is("GET", "/as/resume") && step == "path":
					redirect("https://evil.example.com/" + url.PathEscape(text) + "/cb")
				default:
					return false
				}
				return true
			})
			for _, step = range []string{"resume", "status", "tokens", "path"} {
				if (secret == "token") != (step == "tokens") { // at authorize no cookie is set yet
					continue
				}
				for _, output := range []string{"text", "json"} {
					r := b.run("login", "-o", output)
					printed := r.out + r.errOut
					if step == "status" {
						id, _ := b.run("authorize", "-o", "json").exits(0).object()["flow_id"].(string)
						r = b.run("flow", "submit", id, "-o", output)
						printed += r.out + r.errOut
					}
					mu.Lock()
					text := find(cookie)
					mu.Unlock()
					if text == "" || r.exit != 0 && step == "status" {
						t.Fatalf("%s %s: exit %d, %s", secret, step, r.exit, printed)
					}
					for form, write := range forms {
						if said := strings.TrimRight(write(text), "="); strings.Contains(printed, said[2:len(said)-2]) {
							t.Errorf("%s as %s at %s in %s: printed as %s:\n%s", secret, name, step, output, form, printed)
						}
					}
				}
			}
		}
	}
}
