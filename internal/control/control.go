// Package control changes a running sandbox over HTTP: its users, applications,
// switches, clock, sessions and keys. It reads the journal and makes tokens without a
// sign-on. docs/control-api.yaml describes the API.
//
// Whoever has the key may do all of it, and no web page may, whatever it knows.
package control

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/internal/sandbox"
)

// Limits of a request.
const (
	maxBody   = 8 << 20 // about 40,000 users
	maxHeader = 16 << 10
	minKey    = 32 // characters of a key that is handed in
)

// Access says who may use the API, and where.
type Access struct {
	Key string
	// Host is a name that clients may use in addition to those of loopback; empty: none.
	Host string
}

// NewKey returns a key of 256 random bits.
func NewKey(random io.Reader) (string, error) {
	if random == nil {
		random = rand.Reader
	}
	b := make([]byte, 32)
	if _, err := io.ReadFull(random, b); err != nil {
		return "", fmt.Errorf("make the control key: %w", err)
	}
	return hex.EncodeToString(b), nil
}

// CheckKey refuses a key that could be guessed, or that no header can carry.
func CheckKey(key string) error {
	switch {
	case len(key) < minKey:
		return fmt.Errorf("the control key must have at least %d characters, such as those of: openssl rand -hex 32", minKey)
	case strings.Trim(key, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-._~+/=") != "":
		return errors.New("the control key must be of letters, digits and -._~+/=")
	}
	return nil
}

// Serve answers on a listener until ctx ends. It closes the listener.
func Serve(ctx context.Context, ln net.Listener, boxes []*sandbox.Sandbox, access Access) error {
	srv := &http.Server{
		Handler: New(boxes, access), BaseContext: func(net.Listener) context.Context { return ctx },
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 2 * maxWait, MaxHeaderBytes: maxHeader,
		ErrorLog: silent(),
	}
	stop := context.AfterFunc(ctx, func() { _ = srv.Close() })
	defer stop()
	if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("control: %w", err)
	}
	return nil
}

// New returns the API of a server's environments: that of the first under /v1, and that
// of each under /v1/environments/ID.
func New(boxes []*sandbox.Sandbox, access Access) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/", unknownPath)
	mux.Handle("/v1/", http.StripPrefix("/v1", api(boxes[0])))
	for _, box := range boxes {
		prefix := "/v1/environments/" + box.Settings().EnvironmentID
		mux.Handle(prefix+"/", http.StripPrefix(prefix, api(box)))
	}
	return gate{mux, access, sha256.Sum256([]byte(access.Key))}
}

// api answers for one environment.
func api(box *sandbox.Sandbox) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/", unknownPath)
	allowed := map[string][]string{}
	for _, r := range routes() {
		allowed[r.path] = append(allowed[r.path], r.method)
		mux.HandleFunc(r.method+" "+r.path, func(w http.ResponseWriter, req *http.Request) {
			result, err := r.handle(box, req)
			write(w, result, err)
		})
	}
	for path, methods := range allowed {
		mux.HandleFunc(path, func(w http.ResponseWriter, req *http.Request) {
			w.Header().Set("Allow", strings.Join(methods, ", "))
			write(w, nil, refuse(http.StatusMethodNotAllowed, "method", req.Method+" is not supported here", "use "+strings.Join(methods, " or ")))
		})
	}
	return mux
}

func unknownPath(w http.ResponseWriter, _ *http.Request) {
	write(w, nil, refuse(http.StatusNotFound, "not_found", "the control API has no such path or environment", "docs/control-api.yaml lists the paths"))
}

// gate lets through who has the key, and is not a web page.
type gate struct {
	next   http.Handler
	access Access
	key    [sha256.Size]byte
}

func (g gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if err := g.refusal(r); err != nil {
		if err.Status == http.StatusUnauthorized {
			h.Set("WWW-Authenticate", "Bearer")
		}
		write(w, nil, err)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	g.next.ServeHTTP(w, r)
}

// refusal looks at what a web page cannot avoid before it looks at the key: a page of
// another site that leads its own name here (DNS rebinding) has that name in Host, and a
// browser adds Origin or Sec-Fetch-Site to what a page sends.
func (g gate) refusal(r *http.Request) *Error {
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	site := r.Header.Get("Sec-Fetch-Site")
	switch {
	case !g.ours(r.Host):
		return refuse(http.StatusMisdirectedRequest, "host", "this is not the control API of "+fmt.Sprintf("%q", r.Host), "use the address that the sandbox printed")
	case len(r.Header.Values("Origin")) > 0, site != "" && site != "none":
		return refuse(http.StatusForbidden, "origin", "web pages may not use the control API", "call it from a test or a script, outside the browser's pages")
	case !g.hasKey(r):
		return refuse(http.StatusUnauthorized, "key", "the control key is missing or wrong", "send Authorization: Bearer KEY, with the key that the sandbox printed")
	case r.ContentLength != 0 && media != "application/json":
		return refuse(http.StatusUnsupportedMediaType, "media_type", "the body must be JSON", "send Content-Type: application/json")
	case r.ContentLength > maxBody:
		return refuse(http.StatusRequestEntityTooLarge, "too_large", "the body is too large", fmt.Sprintf("send at most %d MiB at once", maxBody>>20))
	}
	return nil
}

func (g gate) ours(host string) bool {
	name := strings.ToLower(host)
	if bare, _, err := net.SplitHostPort(name); err == nil {
		name = bare
	}
	name = strings.Trim(name, "[]")
	ip := net.ParseIP(name)
	return name == "localhost" || ip != nil && ip.IsLoopback() || g.access.Host != "" && name == strings.ToLower(g.access.Host)
}

// hasKey compares hashes, which have one length, in constant time.
func (g gate) hasKey(r *http.Request) bool {
	scheme, key, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	sum := sha256.Sum256([]byte(key))
	return subtle.ConstantTimeCompare(sum[:], g.key[:]) == 1 && strings.EqualFold(scheme, "Bearer") && g.access.Key != ""
}

// Error is an answer that says what is wrong and what to do.
type Error struct {
	Status   int       `json:"-"`
	Name     string    `json:"code"`
	Message  string    `json:"message"`
	ToDo     string    `json:"hint,omitempty"`
	Mistakes []Mistake `json:"mistakes,omitempty"` // in a user or an application
}

// Mistake is one of those of a user or an application.
type Mistake struct {
	Path    string `json:"path"` // claims.iss; [1].groups[0] in a list
	Message string `json:"message"`
}

func (e *Error) Error() string { return e.Message }

// Kind is the class of the error.
func (e *Error) Kind() string {
	if e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden || e.Status >= 500 {
		return "refused"
	}
	return "usage"
}

// Code says which error it is.
func (e *Error) Code() string { return e.Name }

// Hint says what to do.
func (e *Error) Hint() string { return e.ToDo }

func refuse(status int, code, message, hint string) *Error {
	return &Error{Status: status, Name: code, Message: message, ToDo: hint}
}

// write answers with a result, or with what is wrong.
func write(w http.ResponseWriter, result any, err error) {
	status := http.StatusOK
	if err != nil {
		wrong := classify(err)
		status, result = wrong.Status, map[string]*Error{"error": wrong}
	}
	body, err := json.Marshal(result)
	if err != nil {
		status, body = http.StatusInternalServerError, []byte(`{"error":{"code":"unexpected","message":"the answer cannot be encoded"}}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n'))
}

func classify(err error) *Error {
	var (
		own     *Error
		missing *sandbox.NotFoundError
		wrong   *sandbox.TenantError
		value   *sandbox.ValueError
		large   *http.MaxBytesError
	)
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &missing):
		return refuse(http.StatusNotFound, "not_found", err.Error(), "list the users or the applications to see which exist")
	case errors.As(err, &value):
		return refuse(http.StatusBadRequest, "invalid", err.Error(), "docs/control-api.yaml describes what each request takes")
	case errors.As(err, &large):
		return refuse(http.StatusRequestEntityTooLarge, "too_large", "the body is too large", fmt.Sprintf("send at most %d MiB at once", maxBody>>20))
	case errors.As(err, &wrong):
		e := refuse(http.StatusBadRequest, "invalid", "", "docs/sandbox.md lists the keys of a user and of an application")
		for _, m := range wrong.Mistakes {
			e.Mistakes = append(e.Mistakes, Mistake{m.Path, m.Message})
		}
		first := e.Mistakes[0]
		e.Message = strings.TrimPrefix(first.Path+": "+first.Message, ": ")
		return e
	}
	return refuse(http.StatusInternalServerError, "unexpected", err.Error(), "")
}
