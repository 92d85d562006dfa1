package pingone

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

const (
	flowID      = "0e1f2a3b-4c5d-4e6f-8a7b-9c0d1e2f3a4b"
	redirectURI = "https://app.example.com/callback"
	tokens      = "access_token=at&token_type=Bearer&expires_in=3600&id_token=it"
)

// script is a PingOne written down answer by answer, from its documentation: in
// the texts BASE stands for the environment's address, STATE for the state of
// the request.
type script struct {
	*httptest.Server
	t        *testing.T
	answers  map[string][]reply // by "METHOD /path"; the last one stays
	requests []*http.Request
	bodies   []string
	state    string
}

type reply struct {
	status   int
	location string
	media    string
	body     string
	cookies  []string
	header   map[string]string
}

func newScript(t *testing.T, answers map[string][]reply) (*script, *Client) {
	t.Helper()
	s := &script{t: t, answers: answers}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	env, err := ParseEnvironment(s.URL + "/" + envID)
	if err != nil {
		t.Fatal(err)
	}
	noWait := func(context.Context, time.Duration) error { return nil }
	return s, &Client{Environment: env, HTTP: &implicit.Client{Sleep: noWait}}
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.t.Error(err)
	}
	s.requests, s.bodies = append(s.requests, r), append(s.bodies, string(body))
	if v := r.FormValue("state"); v != "" {
		s.state = v
	}
	path := r.Method + " " + strings.TrimPrefix(r.URL.Path, "/"+envID)
	left := s.answers[path]
	if len(left) == 0 {
		s.t.Errorf("%s was sent", path)
		http.NotFound(w, r)
		return
	}
	if len(left) > 1 {
		s.answers[path] = left[1:]
	}
	left[0].write(w, strings.NewReplacer("BASE", s.URL+"/"+envID, "STATE", s.state, "HOST", strings.TrimPrefix(s.URL, "http://")))
}

func (a reply) write(w http.ResponseWriter, fill *strings.Replacer) {
	for _, c := range a.cookies {
		w.Header().Add("Set-Cookie", c)
	}
	for name, value := range a.header {
		w.Header().Set(name, value)
	}
	if a.location != "" {
		w.Header().Set("Location", fill.Replace(a.location))
	}
	if a.media != "" {
		w.Header().Set("Content-Type", a.media)
	} else if a.body != "" {
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(a.status)
	if _, err := io.WriteString(w, fill.Replace(a.body)); err != nil {
		panic(err)
	}
}

// sent returns "METHOD /path" of every request.
func (s *script) sent() (lines []string) {
	for _, r := range s.requests {
		lines = append(lines, r.Method+" "+strings.TrimPrefix(r.URL.Path, "/"+envID))
	}
	return lines
}

// answers knows one person.
type person struct{ name, password string }

func (p person) Answer(_ context.Context, q Question) (Answer, error) {
	all := map[Field]implicit.Secret{FieldUsername: implicit.NewSecret(p.name), FieldPassword: implicit.NewSecret(p.password)}
	given := map[Field]implicit.Secret{}
	for _, f := range q.Fields {
		given[f] = all[f]
	}
	return Answer{Values: given}, nil
}

var jane = person{"jane", `p+&=%"\ ä`}

// flowBody is a flow as PingOne prints it: status, its actions, and more members.
func flowBody(status string, actions []string, more ...string) string {
	links := []string{`"self":{"href":"BASE/flows/` + flowID + `"}`, `"signOnPage":{"href":"https://apps.pingone.eu/x/signon/?flowId=` + flowID + `"}`}
	for _, a := range actions {
		links = append(links, fmt.Sprintf(`%q:{"href":"BASE/flows/%s"}`, a, flowID))
	}
	members := append([]string{`"_links":{` + strings.Join(links, ",") + `}`, `"id":"` + flowID + `"`, `"status":"` + status + `"`,
		`"resumeUrl":"BASE/as/resume?flowId=` + flowID + `"`, `"expiresAt":"2026-01-02T03:19:05.678Z"`}, more...)
	return "{" + strings.Join(members, ",") + "}"
}

var (
	toFlow    = reply{status: 302, location: "https://apps.pingone.eu/" + envID + "/signon/?flowId=" + flowID, cookies: []string{"ST=st1; Path=/" + envID + "; Secure; HttpOnly", "ST-NO-SS=st1"}}
	asksBoth  = reply{status: 200, body: flowBody("USERNAME_PASSWORD_REQUIRED", []string{"usernamePassword.check", "session.reset"})}
	completed = reply{status: 200, body: flowBody("COMPLETED", nil), cookies: []string{"ST=st2; Path=/" + envID}}
	toTokens  = reply{status: 302, location: redirectURI + "#" + tokens + "&state=STATE"}

	authorizePath = "GET /as/authorize"
	flowGet       = "GET /flows/" + flowID
	flowPost      = "POST /flows/" + flowID
	resumePath    = "GET /as/resume"
)

// usual is a sign-on by the book; change replaces answers.
func usual(change map[string][]reply) map[string][]reply {
	all := map[string][]reply{authorizePath: {toFlow}, flowGet: {asksBoth}, flowPost: {completed}, resumePath: {toTokens}}
	for path, replies := range change {
		all[path] = replies
	}
	return all
}

func (s *script) signOn(c *Client, mode string) (*implicit.Response, error) {
	req := c.NewRequest("app", redirectURI)
	req.ResponseMode = mode
	return c.SignOn(context.Background(), req, jane)
}

func TestSignOnByTheBook(t *testing.T) {
	s, c := newScript(t, usual(nil))
	resp, err := s.signOn(c, "fragment")
	if err != nil {
		t.Fatal(err)
	}
	if resp.AccessToken.Reveal() != "at" || resp.IDToken.Reveal() != "it" || resp.State != s.state || resp.Channel != implicit.ChannelFragment {
		t.Errorf("%+v", resp)
	}
	if want := []string{authorizePath, flowGet, flowPost, resumePath}; !slices.Equal(s.sent(), want) {
		t.Errorf("sent %q", s.sent())
	}
	if got, want := s.bodies[2], `{"password":"p+\u0026=%\"\\ ä","username":"jane"}`; got != want {
		t.Errorf("the action's body is %s, expected %s", got, want)
	}
	if got := s.requests[2].Header.Get("Content-Type"); got != "application/vnd.pingidentity.usernamePassword.check+json" {
		t.Errorf("the action's media type is %s", got)
	}
	for i, want := range []string{"", "ST=st1; ST-NO-SS=st1", "ST=st1; ST-NO-SS=st1", "ST-NO-SS=st1; ST=st2"} {
		if got := s.requests[i].Header.Get("Cookie"); got != want {
			t.Errorf("%s sends the cookies %q, expected %q", s.sent()[i], got, want)
		}
		if s.requests[i].Header.Get("Authorization") != "" {
			t.Errorf("%s carries an Authorization header", s.sent()[i])
		}
		if s.requests[i].Header.Get("Accept") != "*/*" {
			t.Errorf("%s accepts %s", s.sent()[i], s.requests[i].Header.Get("Accept"))
		}
	}
	if s.requests[3].URL.RawQuery != "flowId="+flowID {
		t.Errorf("resume sends %s", s.requests[3].URL.RawQuery)
	}
}

// Every reading of the pages ends with the tokens.
func TestSignOnReadings(t *testing.T) {
	full := `"authorizeResponse":{"access_token":"at","token_type":"Bearer","expires_in":3600,"id_token":"it","state":"STATE"}`
	inline := reply{status: 200, body: flowBody("COMPLETED", nil, full)}
	const other = "11111111-2222-4333-8444-555555555555"
	rows := []struct {
		name   string
		mode   string
		change map[string][]reply
		calls  int
	}{
		{"sign-on page of the application", "fragment", map[string][]reply{authorizePath: {{status: 302, location: "https://login.example.com/in?environmentId=" + envID + "&flowId=" + flowID}}}, 4},
		{"relative Location", "fragment", map[string][]reply{authorizePath: {{status: 302, location: "/" + envID + "/signon/?flowId=" + flowID}}}, 4},
		{"303", "fragment", map[string][]reply{authorizePath: {{status: 303, location: toFlow.location}}, resumePath: {{status: 303, location: toTokens.location}}}, 4},
		{"301", "fragment", map[string][]reply{authorizePath: {{status: 301, location: toFlow.location}}, resumePath: {{status: 301, location: toTokens.location}}}, 4},
		{"307", "fragment", map[string][]reply{authorizePath: {{status: 307, location: toFlow.location}}, resumePath: {{status: 307, location: toTokens.location}}}, 4},
		{"308", "fragment", map[string][]reply{authorizePath: {{status: 308, location: toFlow.location}}, resumePath: {{status: 308, location: toTokens.location}}}, 4},
		{"a session answers at once", "fragment", map[string][]reply{authorizePath: {toTokens}}, 1},
		{"a session answers pi.flow at once", "pi.flow", map[string][]reply{authorizePath: {inline}}, 1},
		{"a session answers pi.flow by resume", "pi.flow", map[string][]reply{authorizePath: {completed}, resumePath: {inline}}, 2},
		{"COMPLETE", "fragment", map[string][]reply{flowPost: {{status: 200, body: flowBody("COMPLETE", nil)}}}, 4},
		{"204 for an action", "fragment", map[string][]reply{flowPost: {{status: 204}}, flowGet: {asksBoth, completed}}, 5},
		{"new flow ID", "fragment", map[string][]reply{flowPost: {{status: 200, body: strings.ReplaceAll(flowBody("COMPLETED", nil), flowID, other)}}}, 4},
		{"new flow ID at the first reading, and no links", "fragment", map[string][]reply{
			flowGet:                {{status: 200, body: `{"id":"` + other + `","status":"USERNAME_PASSWORD_REQUIRED"}`}},
			"POST /flows/" + other: {{status: 200, body: `{"status":"COMPLETED"}`}}}, 4},
		{"vendor media type", "fragment", map[string][]reply{flowGet: {{status: 200, media: "application/hal+json;charset=UTF-8", body: asksBoth.body}}}, 4},
		{"no links", "fragment", map[string][]reply{flowGet: {{status: 200, body: `{"id":"` + flowID + `","status":"USERNAME_PASSWORD_REQUIRED"}`}}}, 4},
		{"an empty authorizeResponse", "pi.flow", map[string][]reply{authorizePath: {asksBoth},
			flowPost: {{status: 200, body: flowBody("COMPLETED", nil, `"authorizeResponse":{}`)}}, resumePath: {inline}}, 3},
		{"a session answers pi.flow with an empty authorizeResponse", "pi.flow", map[string][]reply{
			authorizePath: {{status: 200, body: flowBody("COMPLETED", nil, `"authorizeResponse": { }`)}}, resumePath: {inline}}, 2},
		{"no resumeUrl", "fragment", map[string][]reply{flowPost: {{status: 200, body: `{"id":"` + flowID + `","status":"COMPLETED"}`}}}, 4},
		{"expiresAt of another form", "fragment", map[string][]reply{flowGet: {{status: 200, body: strings.Replace(asksBoth.body, "2026-01-02T03:19:05.678Z", "soon", 1)}}}, 4},
		{"identifier first", "fragment", map[string][]reply{
			flowGet:  {{status: 200, body: flowBody("SIGN_ON_REQUIRED", []string{"user.lookup"})}},
			flowPost: {{status: 200, body: flowBody("USERNAME_PASSWORD_REQUIRED", []string{"usernamePassword.check"})}, completed}}, 5},
		{"password of the known user", "fragment", map[string][]reply{
			flowGet: {{status: 200, body: flowBody("PASSWORD_REQUIRED", []string{"usernamePassword.check", "session.reset"}, `"_embedded":{"user":{"username":"JANE"}}`)}}}, 4},
		{"password of another user", "fragment", map[string][]reply{
			flowGet:  {{status: 200, body: flowBody("PASSWORD_REQUIRED", []string{"usernamePassword.check", "session.reset"}, `"_embedded":{"user":{"username":"joe"}}`)}},
			flowPost: {asksBoth, completed}}, 5},
		{"answer inline", "pi.flow", map[string][]reply{authorizePath: {asksBoth}, flowPost: {inline}}, 2},
		{"half the answer inline", "pi.flow", map[string][]reply{authorizePath: {asksBoth},
			flowPost: {{status: 200, body: flowBody("COMPLETED", nil, `"authorizeResponse":{"access_token":"at"}`)}}, resumePath: {inline}}, 3},
		{"pi.flow resumes by redirect", "pi.flow", map[string][]reply{authorizePath: {asksBoth}}, 3},
		{"form post", "form_post", map[string][]reply{resumePath: {{status: 200, media: "text/html;charset=UTF-8",
			body: `<html><body onload="document.forms[0].submit()"><form method="POST" action="` + redirectURI + `"><input type="hidden" name="access_token" value="at"/><input type="hidden" name="id_token" value="it"/><input type="hidden" name="state" value="STATE"/></form></body></html>`}}}, 4},
		{"flow asked for at first with 503", "fragment", map[string][]reply{flowGet: {{status: 503}, asksBoth}}, 5},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			s, c := newScript(t, usual(row.change))
			resp, err := s.signOn(c, row.mode)
			if err != nil {
				t.Fatal(err)
			}
			if resp.AccessToken.Reveal() != "at" || resp.IDToken.Reveal() != "it" || resp.State != s.state {
				t.Errorf("%+v", resp)
			}
			if len(s.requests) != row.calls {
				t.Errorf("sent %q", s.sent())
			}
		})
	}
}

// Each wrong turn is an error of its own kind; credentials go out at most once,
// and never where the flow did not ask.
func TestSignOnGoneWrong(t *testing.T) {
	foreign := strings.ReplaceAll(flowBody("USERNAME_PASSWORD_REQUIRED", []string{"usernamePassword.check"}), "BASE", "https://evil.example.com")
	at := func(base string) []reply {
		return []reply{{status: 200, body: strings.Replace(asksBoth.body, `"usernamePassword.check":{"href":"BASE`, `"usernamePassword.check":{"href":"`+base, 1)}}
	}
	done := func(resumeURL string) []reply {
		return []reply{{status: 200, body: strings.Replace(completed.body, "BASE/as/resume?flowId="+flowID, resumeURL, 1)}}
	}
	location := func(to string) []reply { return []reply{{status: 302, location: to}} }
	bad := func(status int, body string) []reply { return []reply{{status: status, body: body}} }
	rows := []struct {
		name     string
		mode     string
		change   map[string][]reply
		want     any // a Reason, or a pointer to the kind of error
		says     string
		password int // times it is sent
	}{
		{"foreign action link", "fragment", map[string][]reply{flowGet: {{status: 200, body: foreign}}}, ReasonForeignOrigin, "evil.example.com", 0},
		{"action link on another port", "fragment", map[string][]reply{flowGet: at("http://127.0.0.1:1")}, ReasonForeignOrigin, "", 0},
		{"action link over https", "fragment", map[string][]reply{flowGet: at("https://HOST")}, ReasonForeignOrigin, "", 0},
		{"action link with a user", "fragment", map[string][]reply{flowGet: at("http://u@HOST")}, ReasonForeignOrigin, "", 0},
		{"action link with our host as user", "fragment", map[string][]reply{flowGet: at("http://HOST@evil.example.com")}, ReasonForeignOrigin, "", 0},
		{"action link that is relative", "fragment", map[string][]reply{flowGet: at("")}, ReasonForeignOrigin, "", 0},
		{"action link of another environment", "fragment", map[string][]reply{flowGet: at("http://HOST/11111111-2222-4333-8444-555555555555")}, ReasonForeignOrigin, "under", 0},
		{"action link with dots", "fragment", map[string][]reply{flowGet: at("BASE/../11111111-2222-4333-8444-555555555555")}, ReasonForeignOrigin, "", 0},
		{"resumeUrl of another environment", "fragment", map[string][]reply{flowPost: done("http://HOST/11111111-2222-4333-8444-555555555555/as/resume")}, ReasonForeignOrigin, "under", 1},
		{"resumeUrl with escaped dots", "fragment", map[string][]reply{flowPost: done("BASE/%2e%2e/11111111-2222-4333-8444-555555555555/as/resume")}, ReasonForeignOrigin, "", 1},
		{"foreign resumeUrl", "fragment", map[string][]reply{flowPost: done("https://evil.example.com/as/resume?flowId=x")}, ReasonForeignOrigin, "evil.example.com", 1},
		{"resumeUrl on another port", "fragment", map[string][]reply{flowPost: done("http://127.0.0.1:1/as/resume")}, ReasonForeignOrigin, "", 1},
		{"resumeUrl that begins like ours", "fragment", map[string][]reply{flowPost: done("http://HOST.evil.example.com/")}, ReasonForeignOrigin, "", 1},
		{"resume lands elsewhere", "fragment", map[string][]reply{resumePath: location("https://evil.example.com/callback#" + tokens)}, ReasonForeignOrigin, "evil.example.com", 1},
		{"resume lands on a longer host", "fragment", map[string][]reply{resumePath: location("https://app.example.com.evil.example/callback#" + tokens)}, ReasonForeignOrigin, "", 1},
		{"resume lands on a longer path", "fragment", map[string][]reply{resumePath: location(redirectURI + "/x#" + tokens)}, ReasonForeignOrigin, "", 1},
		{"resume's form posts elsewhere", "form_post", map[string][]reply{resumePath: {{status: 200, media: "text/html",
			body: `<form method="post" action="https://evil.example.com/callback"><input type="hidden" name="id_token" value="x"></form>`}}}, ReasonForeignOrigin, "", 1},
		{"resume leads back", "fragment", map[string][]reply{resumePath: location(toFlow.location)}, new(*Error), "back to the sign-on page", 1},
		{"resume leads to itself", "fragment", map[string][]reply{resumePath: location("BASE/as/resume?flowId=" + flowID)}, new(*Error), "status 302: it leads to itself", 1},
		{"resume without Location", "fragment", map[string][]reply{resumePath: {{status: 302}}}, new(*implicit.HTTPError), "302", 1},
		{"resume without tokens", "pi.flow", map[string][]reply{authorizePath: {asksBoth}, resumePath: {asksBoth}}, new(*Error), "no authorizeResponse", 1},
		{"resume is gone", "fragment", map[string][]reply{resumePath: bad(404, `{"id":"i","code":"NOT_FOUND","message":"No."}`)}, new(*Error), "unknown or expired", 1},
		{"resume refuses", "fragment", map[string][]reply{resumePath: location(redirectURI + "#error=access_denied&state=STATE")}, new(*implicit.AuthorizeError), "access_denied", 1},
		{"resume answers 502", "fragment", map[string][]reply{resumePath: {{status: 502, media: "text/html", body: "<title>Bad Gateway</title>"}}}, new(*Error), "Bad Gateway", 1},
		{"resume holds a parameter twice", "fragment", map[string][]reply{resumePath: location(toTokens.location + "&state=x")}, new(*implicit.ParseError), "more than once", 1},
		{"resume holds an error twice escaped", "fragment", map[string][]reply{resumePath: location(redirectURI + "#access_token=%zz")}, new(*implicit.ParseError), "", 1},

		{"authorize loops", "fragment", map[string][]reply{authorizePath: location("BASE/as/authorize")}, new(*Error), "no flowId", 0},
		{"authorize leaves PingOne", "fragment", map[string][]reply{authorizePath: location("https://idp.example.com/login")}, new(*implicit.InteractionRequiredError), "idp.example.com", 0},
		{"authorize without Location", "fragment", map[string][]reply{authorizePath: {{status: 302}}}, new(*implicit.HTTPError), "302", 0},
		{"authorize shows a page", "fragment", map[string][]reply{authorizePath: {{status: 200, media: "text/html", body: "<title>Oops</title>"}}}, new(*Error), "Oops", 0},
		{"authorize answers JSON", "fragment", map[string][]reply{authorizePath: {asksBoth}}, new(*implicit.HTTPError), "", 0},
		{"another environment's sign-on page", "fragment", map[string][]reply{authorizePath: location("https://login.example.com/?environmentId=11111111-2222-4333-8444-555555555555&flowId=" + flowID)}, ReasonForeignOrigin, envID, 0},
		{"a flow ID with a path in it", "fragment", map[string][]reply{authorizePath: location("https://apps.pingone.eu/?flowId=..%2Fas%2Fsignoff")}, new(*Error), "another shape", 0},
		{"pi.flow is not honoured", "pi.flow", map[string][]reply{}, new(*Error), "pi.flow", 0},
		{"pi.flow meets DaVinci's JSON", "pi.flow", map[string][]reply{authorizePath: {{status: 200, body: `{"interactionId":"x","connectorId":"y","status":"CONTINUE"}`}}}, new(*implicit.InteractionRequiredError), "DaVinci", 0},
		{"pi.flow meets DaVinci's page", "pi.flow", map[string][]reply{authorizePath: {{status: 200, media: "text/html", body: "<title>x</title>"}}}, new(*implicit.InteractionRequiredError), "DaVinci", 0},
		{"pi.flow gets two answers in one", "pi.flow", map[string][]reply{authorizePath: {{status: 200, body: flowBody("COMPLETED", nil, `"authorizeResponse":{"token":"a","access_token":"b"}`)}}}, new(*implicit.ParseError), "both", 0},
		{"pi.flow answers with a code", "pi.flow", map[string][]reply{authorizePath: {{status: 200, body: flowBody("COMPLETED", nil, `"authorizeResponse":{"code":"a"}`)}}}, new(*implicit.ParseError), "code", 0},

		{"unknown status", "fragment", map[string][]reply{flowGet: {{status: 200, body: flowBody("RETINA_REQUIRED", nil)}}}, new(*implicit.InteractionRequiredError), "RETINA_REQUIRED", 0},
		{"action is not offered", "fragment", map[string][]reply{flowGet: {{status: 200, body: flowBody("USERNAME_PASSWORD_REQUIRED", []string{"password.forgot"})}}}, ReasonNotOffered, "password.forgot", 0},
		{"no action is offered", "fragment", map[string][]reply{flowGet: {{status: 200, body: flowBody("USERNAME_PASSWORD_REQUIRED", nil)}}}, ReasonNotOffered, "it offers nothing", 0},
		{"empty _links", "fragment", map[string][]reply{flowGet: {{status: 200, body: `{"id":"` + flowID + `","status":"USERNAME_PASSWORD_REQUIRED","_links":{}}`}}}, ReasonNotOffered, "", 0},
		{"the action's link is empty", "fragment", map[string][]reply{flowGet: at("\"},\"x\":{\"href\":\"")}, ReasonNotOffered, "", 0},
		{"flow is truncated", "fragment", map[string][]reply{flowGet: bad(200, `{"id":"`)}, new(*implicit.HTTPError), "expected a flow", 0},
		{"flow is an array", "fragment", map[string][]reply{flowGet: bad(200, `[]`)}, new(*implicit.HTTPError), "expected a flow", 0},
		{"flow has no status", "fragment", map[string][]reply{flowGet: bad(200, `{"id":"`+flowID+`"}`)}, new(*implicit.HTTPError), "status", 0},
		{"flow's ID has a path in it", "fragment", map[string][]reply{flowPost: bad(200, `{"id":"../../x","status":"COMPLETED"}`)}, new(*implicit.HTTPError), "", 1},
		{"flow is gone", "fragment", map[string][]reply{flowGet: bad(404, `{"code":"NOT_FOUND"}`)}, new(*Error), "unknown or expired", 0},
		{"flow asks the same for ever", "fragment", map[string][]reply{flowPost: {asksBoth}}, new(*Error), "wrong user name or password", 1},
		{"flow goes in a circle", "fragment", map[string][]reply{
			flowGet:  {{status: 200, body: flowBody("SIGN_ON_REQUIRED", []string{"user.lookup"})}},
			flowPost: {asksBoth, {status: 200, body: flowBody("SIGN_ON_REQUIRED", []string{"user.lookup"})}}}, new(*implicit.InteractionRequiredError), "a value other than", 1},
		{"flow failed, and resume says why", "fragment", map[string][]reply{flowPost: {{status: 200, body: flowBody("FAILED", nil)}},
			resumePath: location(redirectURI + "?error=access_denied&error_description=No&state=STATE")}, new(*implicit.AuthorizeError), "No", 1},
		{"wrong media type", "fragment", map[string][]reply{flowPost: {{status: 415}}}, new(*implicit.HTTPError), "415", 1},
		{"action answered by a redirect", "fragment", map[string][]reply{flowPost: location("https://evil.example.com/")}, new(*implicit.HTTPError), "302", 1},
		{"action answered with 503", "fragment", map[string][]reply{flowPost: {{status: 503}}}, new(*implicit.HTTPError), "503", 1},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			s, c := newScript(t, usual(row.change))
			resp, err := s.signOn(c, row.mode)
			if err == nil {
				t.Fatalf("it succeeds with %+v", resp)
			}
			if !asKind(err, row.want) {
				t.Errorf("%T, expected %T: %v", err, row.want, err)
			}
			if !strings.Contains(err.Error(), row.says) {
				t.Errorf("the error lacks %q: %v", row.says, err)
			}
			if strings.Contains(err.Error(), "p+&") || strings.Contains(err.Error(), s.state) && s.state != "" {
				t.Errorf("the error holds a secret: %v", err)
			}
			sent := 0
			for _, body := range s.bodies {
				if strings.Contains(body, `"password"`) {
					sent++
				}
			}
			if sent != row.password {
				t.Errorf("the password was sent %d times, expected %d", sent, row.password)
			}
		})
	}
}

// JSON would replace the bytes, and another password would be sent.
func TestPasswordThatIsNotUTF8(t *testing.T) {
	s, c := newScript(t, usual(nil))
	_, err := c.SignOn(context.Background(), c.NewRequest("app", redirectURI), person{"jane", "p\xe4ss"})
	if !asKind(err, new(*implicit.RequestError)) || strings.Contains(err.Error(), "p\xe4") {
		t.Errorf("%T: %v", err, err)
	}
	if len(s.requests) != 2 {
		t.Errorf("sent %q", s.sent())
	}
}
