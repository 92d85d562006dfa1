package control

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/internal/sandbox"
)

// route is one operation of the API. docs/control-api.yaml has the same ones.
type route struct {
	method, path string
	handle       func(*sandbox.Sandbox, *http.Request) (any, error)
}

func routes() []route {
	return []route{
		{"GET", "/environment", environment},
		{"GET", "/users", listUsers},
		{"POST", "/users", putUsers},
		{"DELETE", "/users/{username}", deleteUser},
		{"GET", "/users/{username}/messages", messages},
		{"GET", "/users/{username}/totp", totp},
		{"GET", "/applications", listApplications},
		{"POST", "/applications", putApplications},
		{"DELETE", "/applications/{client_id}", deleteApplication},
		{"GET", "/switches", listSwitches},
		{"POST", "/switches", turnOn},
		{"DELETE", "/switches/{name}", turnOff},
		{"GET", "/clock", readClock},
		{"POST", "/clock", moveClock},
		{"DELETE", "/clock", realClock},
		{"DELETE", "/sessions", expireSessions},
		{"DELETE", "/flows", expireFlows},
		{"GET", "/keys", listKeys},
		{"POST", "/keys/rotate", rotate},
		{"POST", "/tokens", mint},
		{"GET", "/journal", readJournal},
		{"DELETE", "/journal", clearJournal},
		{"POST", "/reset", reset},
	}
}

// object is a JSON object.
type object map[string]any

// read decodes a body; none is an empty object.
func read(r *http.Request, into any) error {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	d.UseNumber()
	err = d.Decode(into)
	if _, more := d.Token(); err == nil && !errors.Is(more, io.EOF) {
		err = errors.New("more than one JSON value")
	}
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrong) && wrong.Field != "":
		return invalid("%s: expected another type, found %s", wrong.Field, wrong.Value)
	case errors.As(err, &wrong):
		return invalid("the body: expected an object, found %s", wrong.Value)
	case err != nil:
		return invalid("the body: %s", strings.TrimPrefix(err.Error(), "json: "))
	}
	return nil
}

func invalid(format string, args ...any) *Error {
	return refuse(http.StatusBadRequest, "invalid", fmt.Sprintf(format, args...), "docs/control-api.yaml describes what each request takes")
}

// query returns the parameters of the address, and refuses those that the path does not
// take: a typing error would choose everything.
func query(r *http.Request, known ...string) (url.Values, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, invalid("the query: %v", err)
	}
	for name := range values {
		if !slices.Contains(known, name) {
			return nil, invalid("unknown parameter %q; known are %s", name, strings.Join(known, ", "))
		}
	}
	return values, nil
}

func environment(box *sandbox.Sandbox, _ *http.Request) (any, error) {
	s := box.Settings()
	return object{"auth_url": s.AuthURL, "issuer": s.Issuer, "environment_id": s.EnvironmentID}, nil
}

func listUsers(box *sandbox.Sandbox, _ *http.Request) (any, error) {
	return object{"users": box.Users()}, nil
}

func putUsers(box *sandbox.Sandbox, r *http.Request) (any, error) {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	names, err := box.PutUsers(text)
	return object{"usernames": names}, err
}

func deleteUser(box *sandbox.Sandbox, r *http.Request) (any, error) {
	return object{}, box.DeleteUser(r.PathValue("username"))
}

func messages(box *sandbox.Sandbox, r *http.Request) (any, error) {
	type message struct {
		Kind string `json:"kind"`
		By   string `json:"by"`
		To   string `json:"to"`
		Code string `json:"code"`
	}
	sent, err := box.Messages(r.PathValue("username"))
	list := []message{}
	for _, m := range sent {
		list = append(list, message{m.Kind, m.By, m.To, m.Code})
	}
	return object{"messages": list}, err
}

func totp(box *sandbox.Sandbox, r *http.Request) (any, error) {
	code, err := box.TOTPCode(r.PathValue("username"))
	if err != nil {
		return nil, refuse(http.StatusNotFound, "not_found", strings.TrimPrefix(err.Error(), "sandbox: "), "list the users to see which have a TOTP secret")
	}
	return object{"code": code}, nil
}

func listApplications(box *sandbox.Sandbox, _ *http.Request) (any, error) {
	return object{"applications": box.Applications()}, nil
}

func putApplications(box *sandbox.Sandbox, r *http.Request) (any, error) {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	ids, err := box.PutApplications(text)
	return object{"client_ids": ids}, err
}

func deleteApplication(box *sandbox.Sandbox, r *http.Request) (any, error) {
	return object{}, box.DeleteApplication(r.PathValue("client_id"))
}

func listSwitches(box *sandbox.Sandbox, _ *http.Request) (any, error) {
	return object{"switches": box.SwitchesOn()}, nil
}

func turnOn(box *sandbox.Sandbox, r *http.Request) (any, error) {
	var state sandbox.SwitchState
	if err := read(r, &state); err != nil {
		return nil, err
	}
	if state.For < 0 {
		return nil, invalid("for must be greater than zero")
	}
	return object{}, box.SetFor(state)
}

func turnOff(box *sandbox.Sandbox, r *http.Request) (any, error) {
	values, err := query(r, "application")
	if err != nil {
		return nil, err
	}
	return object{}, box.Unset(r.PathValue("name"), values.Get("application"))
}

func readClock(box *sandbox.Sandbox, _ *http.Request) (any, error) {
	now, shift := box.Clock()
	return object{"now": now.UTC(), "shift": shift.String()}, nil
}

func moveClock(box *sandbox.Sandbox, r *http.Request) (any, error) {
	var to struct {
		Add string     `json:"add"`
		Set *time.Time `json:"set"`
	}
	if err := read(r, &to); err != nil {
		return nil, err
	}
	if (to.Add == "") == (to.Set == nil) {
		return nil, invalid("expected either add, a duration such as 1h30m, or set, a time such as 2026-01-02T03:04:05Z")
	}
	err := error(nil)
	if to.Add == "" {
		err = box.SetClock(*to.Set)
	} else if d, wrong := time.ParseDuration(to.Add); wrong != nil {
		err = invalid("add must be a duration such as 1h30m, found %q", to.Add)
	} else {
		err = box.MoveClock(d)
	}
	if err != nil {
		return nil, err
	}
	return readClock(box, r)
}

func realClock(box *sandbox.Sandbox, r *http.Request) (any, error) {
	box.RealClock()
	return readClock(box, r)
}

func expireSessions(box *sandbox.Sandbox, r *http.Request) (any, error) {
	return expire(r, box.ExpireSessions)
}

func expireFlows(box *sandbox.Sandbox, r *http.Request) (any, error) {
	return expire(r, box.ExpireFlows)
}

func expire(r *http.Request, of func(string) (int, error)) (any, error) {
	values, err := query(r, "user")
	if err != nil {
		return nil, err
	}
	n, err := of(values.Get("user"))
	return object{"expired": n}, err
}

func listKeys(box *sandbox.Sandbox, _ *http.Request) (any, error) {
	return object{"kids": box.KeyIDs()}, nil
}

func rotate(box *sandbox.Sandbox, r *http.Request) (any, error) {
	var how struct {
		Keep bool `json:"keep"`
	}
	if err := read(r, &how); err != nil {
		return nil, err
	}
	turn := box.Rotate
	if how.Keep {
		turn = box.RotateAndKeep
	}
	if err := turn(); err != nil {
		return nil, err
	}
	return listKeys(box, r)
}

func mint(box *sandbox.Sandbox, r *http.Request) (any, error) {
	var wanted sandbox.TokenRequest
	if err := read(r, &wanted); err != nil {
		return nil, err
	}
	token, err := box.Mint(wanted)
	return object{"token": token}, err
}

func reset(box *sandbox.Sandbox, r *http.Request) (any, error) {
	if err := read(r, new(struct{})); err != nil { // of what it does not do
		return nil, err
	}
	return object{}, box.Reset()
}

// silent is for net/http's server, whose errors are those of clients.
func silent() *log.Logger { return log.New(io.Discard, "", 0) }
