package main

import (
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// kubectl runs the program as docs/recipes.md configures it, and shows the ID token
// to a server.
func TestKubectlTakesTheToken(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("kubectl"); err != nil {
		t.Skip("needs kubectl, which is not installed here")
	}
	b := newBench(t).withSandbox().set("IMPLICIT_STORE", "file")
	var mu sync.Mutex
	var shown []string
	api := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		shown = append(shown, r.Header.Get("Authorization"))
		_, _ = w.Write([]byte(`{"kind":"Status"}`))
	}))
	defer api.Close()
	for _, version := range []string{"v1", "v1beta1"} {
		cmd := b.command("get", "--raw", "/version", "--kubeconfig", kubeconfig(t, api, version))
		program, err := exec.LookPath("implicit")
		if err != nil {
			t.Fatal(err)
		}
		cmd.Path, _ = exec.LookPath("kubectl")
		cmd.Env = append(cmd.Env, "PATH="+filepath.Dir(program), "NO_PROXY=*")
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), `"Status"`) {
			t.Fatalf("%s: %v\n%s", version, err, out)
		}
	}
	stored, err := b.command("token", "--id-token").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, header := range shown {
		if header != "Bearer "+strings.TrimSpace(string(stored)) {
			t.Errorf("the server was shown %q", header)
		}
	}
	if len(shown) < 2 {
		t.Errorf("%d requests, expected at least one for each version", len(shown))
	}
}

func kubeconfig(t *testing.T, api *httptest.Server, version string) string {
	t.Helper()
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: api.Certificate().Raw})
	type object = map[string]any
	named := func(key string, value object) []object { return []object{{"name": "pingone", key: value}} }
	text, err := json.Marshal(object{
		"apiVersion": "v1", "kind": "Config", "current-context": "pingone",
		"clusters": named("cluster", object{"server": api.URL, "certificate-authority-data": ca}),
		"contexts": named("context", object{"cluster": "pingone", "user": "pingone"}),
		"users": named("user", object{"exec": object{
			"apiVersion": "client.authentication.k8s.io/" + version, "command": "implicit", "interactiveMode": "Never",
			"args": []string{"token", "--id-token", "--format", "exec-credential"}, "provideClusterInfo": false,
		}}),
	})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
