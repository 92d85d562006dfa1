package doctor

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"

	"github.com/implicit-cli/implicit/internal/fault"
	"github.com/implicit-cli/implicit/pkg/implicit"
	"github.com/implicit-cli/implicit/pkg/pingone"
)

// class is what an answer to an authorize request means. Those of a refusal are names
// of findings.
type class string

const (
	accepted  class = "accepted"  // a sign-on begins, or tokens were issued
	needsUser class = "user"      // accepted, but for prompt=none
	elsewhere class = "policy"    // accepted, and the sign-on leaves PingOne's flows
	notSent   class = "not_sent"  // by the budget
	noAnswer  class = "no_answer" // the network's

	refusedClient   class = "client"
	refusedRedirect class = "redirect_uri"
	refusedType     class = "response_type"
	refusedScope    class = "scope"
	refusedPAR      class = "par"
	refusedPage     class = "sign_on_page"
	refusedEdge     class = "edge"
	refusedLimit    class = "rate_limit"
	refusedOther    class = "request"
)

// passed reports whether the request was accepted as it is.
func (c class) passed() bool { return c == accepted || c == needsUser || c == elsewhere }

// answer is an answer to one authorize request.
type answer struct {
	req   *implicit.Request
	class class
	err   error
	auth  *pingone.Authorization // nil for another provider
	again bool                   // the first try got no answer, or a status of 5xx
}

// toRedirectURI reports whether a refusal was sent to the redirect URI: then the
// application is known, and the redirect URI registered.
func (a answer) toRedirectURI() bool {
	var refused *implicit.AuthorizeError
	var elsewhere *pingone.Error // which wraps one too
	return errors.As(a.err, &refused) && !errors.As(a.err, &elsewhere)
}

// change is one factor in which a request differs from the configured one.
type change func(*implicit.Request)

// ask sends variants of a request side by side, each with a state and nonce of its
// own, without cookie and hints.
func (r *Run) ask(ctx context.Context, base *implicit.Request, changes ...change) []answer {
	answers := make([]answer, len(changes))
	var all sync.WaitGroup
	for i, change := range changes {
		req := *base
		req.State, req.Nonce = random(r.Random), random(r.Random)
		if change != nil {
			change(&req)
		}
		all.Add(1)
		go func() {
			defer all.Done()
			answers[i] = r.send(ctx, &req)
		}()
	}
	all.Wait()
	return answers
}

// send sends a request, and once more where another try may get an answer.
func (r *Run) send(ctx context.Context, req *implicit.Request) answer {
	a := r.sendOnce(ctx, req)
	if !mayPass(a.err) {
		return a
	}
	if second := r.sendOnce(ctx, req); second.class != notSent {
		second.again = second.class != refusedEdge && second.class != noAnswer
		return second
	}
	return a
}

// mayPass reports whether the server or the connection failed, and not within the time
// that another try would take too.
func mayPass(err error) bool {
	var (
		dns   *net.DNSError
		chain *tls.CertificateVerificationError
		final interface{ Final() bool }
	)
	if err == nil || unsent(err) || errors.Is(err, context.DeadlineExceeded) || errors.As(err, &dns) || errors.As(err, &chain) || errors.As(err, &final) && final.Final() {
		return false
	}
	known := fault.Of(err, fault.Context{})
	return known.Kind == fault.Unreachable && classify(err, true) != refusedLimit
}

func (r *Run) sendOnce(ctx context.Context, req *implicit.Request) answer {
	a := answer{req: req}
	if env := r.PingOne(); env != nil {
		client := &pingone.Client{Environment: *env, HTTP: r.client(Anonymous)}
		a.auth, a.err = client.Authorize(ctx, req)
	} else {
		_, a.err = req.Send(ctx, r.client(Anonymous))
	}
	a.class = classify(a.err, r.PingOne() != nil)
	return a
}

func random(r io.Reader) string {
	var b [16]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		_, _ = rand.Read(b[:]) // never fails
	}
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// classify reads an answer. PingOne documents neither the code of a refusal nor its
// form, so that code, target and words are compared alike.
func classify(err error, pingOne bool) class {
	var (
		network  *implicit.NetworkError
		platform *pingone.Error
		user     *implicit.InteractionRequiredError
		refused  *implicit.AuthorizeError
		http     *implicit.HTTPError
	)
	switch {
	case err == nil:
		return accepted
	case unsent(err):
		return notSent
	case errors.As(err, &network):
		return noAnswer
	case errors.As(err, &platform):
		return classifyPlatform(platform)
	case errors.As(err, &refused):
		return classifyCode(refused.Code, refused.Description)
	case errors.As(err, &user) && pingOne:
		return elsewhere
	case errors.As(err, &user): // any other provider's page is where its users sign on
		return accepted
	case errors.As(err, &http):
		return classifyStatus(http.Status)
	}
	return refusedOther
}

func classifyStatus(status int) class {
	switch {
	case status == http.StatusTooManyRequests:
		return refusedLimit
	case status >= 500 || status == http.StatusRequestTimeout:
		return refusedEdge
	}
	return refusedOther
}

func classifyPlatform(e *pingone.Error) class {
	switch e.Reason {
	case pingone.ReasonRedirectMismatch:
		return refusedRedirect
	case pingone.ReasonNotFound:
		return refusedClient
	case pingone.ReasonNoRoute, pingone.ReasonUnavailable:
		return refusedEdge
	case pingone.ReasonRateLimited:
		return refusedLimit
	case pingone.ReasonForeignOrigin:
		return refusedPage
	}
	if e.Kind == pingone.KindHosted && e.Code == "" && strings.Contains(e.Message, "flow") {
		return refusedPage
	}
	if c := classifyStatus(e.Status); c != refusedOther {
		return c
	}
	as := e.OAuthError()
	return classifyCode(as.Code, as.Description)
}

func classifyCode(code, description string) class {
	text := strings.ToLower(description)
	holds := func(words ...string) bool {
		for _, word := range words {
			if strings.Contains(text, word) {
				return true
			}
		}
		return false
	}
	switch {
	case code == "login_required", code == "interaction_required", code == "consent_required", code == "account_selection_required":
		return needsUser
	case code == "temporarily_unavailable", code == "server_error":
		return refusedEdge
	case code == "unsupported_response_type", code == "unauthorized_client", holds("response type", "response_type", "grant type"):
		return refusedType
	case code == "invalid_scope", holds("scope"):
		return refusedScope
	case holds("pushed", "request_uri"):
		return refusedPAR
	case holds("redirect uri", "redirect_uri"):
		return refusedRedirect
	case holds("authentication is required"): // a page that says no more
		return needsUser
	}
	return refusedOther
}
