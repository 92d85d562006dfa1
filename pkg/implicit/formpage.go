package implicit

import "github.com/implicit-cli/implicit/pkg/internal/web"

// parseFormPage reads the page that a provider sends for response_mode=form_post
// (OAuth 2.0 Form Post Response Mode, section 2): the hidden inputs of the one
// form that posts to the redirect URI. It runs no script and submits nothing.
// With an empty redirectURI any action is accepted. The error is a [*ParseError].
func parseFormPage(page []byte, redirectURI string) (*Response, error) {
	form, ok := web.ResponseForm(page)
	if !ok {
		return nil, parseErrorf("expected a page with one form that holds tokens or an error, found none")
	}
	if redirectURI != "" {
		if _, err := matchRedirect(form.Action, redirectURI); err != nil {
			return nil, err
		}
	}
	params := make([]Param, len(form.Inputs))
	for i, input := range form.Inputs {
		params[i] = Param(input)
	}
	if err := checkText(params); err != nil {
		return nil, err
	}
	return newResponse(ChannelForm, params)
}
