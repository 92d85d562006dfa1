package pingonetest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
)

// maxPages bounds a sign-on that does not end.
const maxPages = 5

// SignOn is a user at a new browser. It opens authorizeURL, the address that
// the application under test redirects to, signs the user on at the hosted page
// by username and password, and returns where the browser goes then:
//
//   - location is the redirect URI, with the response in its fragment or query
//     (an OAuth error is a response too); or the application's own sign-on page.
//   - form is what the browser posts to location, with
//     response_mode=form_post; otherwise nil.
//
// Nothing is sent to location. SignOn returns an error when PingOne shows one,
// refuses the password, or asks for more than a password and a confirmation
// (multi-factor authentication, a new password).
func (s *Server) SignOn(ctx context.Context, authorizeURL string, user User) (location string, form url.Values, err error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return "", nil, err
	}
	browser := s.Client()
	browser.Jar = jar
	p, err := open(ctx, browser, http.MethodGet, authorizeURL, nil)
	for range maxPages {
		switch {
		case err != nil:
			return "", nil, fmt.Errorf("pingonetest: sign on: %w", err)
		case p.location != "":
			return p.location, nil, nil
		case p.action() == "":
			location, form, err = p.formPost()
			return location, form, err
		}
		fields := url.Values{"action": {p.action()}, "username": {user.Username}, "password": {user.Password}, "accept": {"true"}}
		p, err = open(ctx, browser, http.MethodPost, p.address, fields)
		if err == nil {
			err = p.problem()
		}
	}
	return "", nil, errors.New("pingonetest: sign on: no end after a few pages")
}

// page is what the browser shows, or where it is sent.
type page struct {
	location string // on another host; empty when there is a page
	address  string
	markup   string
}

func open(ctx context.Context, browser *http.Client, method, address string, fields url.Values) (*page, error) {
	req, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(fields.Encode()))
	if err != nil {
		return nil, err
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := browser.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if location := resp.Header.Get("Location"); location != "" && resp.StatusCode/100 == 3 {
		return &page{location: location}, nil
	}
	markup, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return nil, err
	}
	p := &page{address: resp.Request.URL.String(), markup: string(markup)}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s: %s", resp.Request.URL.Path, resp.Status, cmp.Or(p.first(`id="error"[^>]*>([^<]*)<`), p.markup))
	}
	return p, nil
}

// first returns the group of the first match in the page, unescaped, or "".
func (p *page) first(pattern string) string {
	m := regexp.MustCompile(pattern).FindStringSubmatch(p.markup)
	if m == nil {
		return ""
	}
	return html.UnescapeString(m[1])
}

// action is what the page's main button does, or "".
func (p *page) action() string { return p.first(`id="signon" name="action" value="([^"]*)"`) }

// problem returns the message of a page that refused a form, and an error for
// a page that password and username cannot answer.
func (p *page) problem() error {
	if message := p.first(`id="error"[^>]*>([^<]*)<`); message != "" {
		return fmt.Errorf("the hosted page says: %s", message)
	}
	switch action := p.action(); action {
	case "", "usernamePassword.check", "user.lookup", "user.consent", "user.update", "user.confirm":
		return nil
	default:
		return fmt.Errorf("the hosted page asks for %s", action)
	}
}

var inputs = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// formPost reads the page that posts itself to the redirect URI.
func (p *page) formPost() (location string, form url.Values, err error) {
	if location = p.first(`<form method="post" action="([^"]*)">`); location == "" {
		return "", nil, fmt.Errorf("pingonetest: sign on: the hosted page %q offers no way to sign on", p.first(`<title>([^<]*)<`))
	}
	form = url.Values{}
	for _, m := range inputs.FindAllStringSubmatch(p.markup, -1) {
		form.Add(html.UnescapeString(m[1]), html.UnescapeString(m[2]))
	}
	return location, form, nil
}
