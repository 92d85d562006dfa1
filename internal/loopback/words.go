package loopback

// text names what a page says.
type text int

// Pages without a verdict, those that refuse, and those that a browser sees on its
// way.
const (
	waiting text = iota
	notOurs
	signed
	notTaken
	again
	startedAlready
	ended
	handingOver
	goingOn
	checking
	noLogin
)

// texts is what they say, the last one by the relay page's script.
var texts = [...]Verdict{
	waiting: {
		Title: "Still waiting for the sign-on",
		Text:  "There is no response in this address. The login in the terminal is still waiting.",
		Hint:  "Finish signing on in the provider’s page, or press Ctrl-C in the terminal and start again.",
	},
	notOurs: {
		Title: "Not part of this login",
		Text:  "This response belongs to another login, or is forged. Nothing was taken from it, and the login in the terminal is still waiting.",
		Hint:  "Finish signing on in the window that the terminal opened.",
	},
	signed: {
		Title: "The response cannot be read",
		Text:  "The provider sent a signed response (JARM), which was not requested. The login in the terminal is still waiting.",
		Hint:  "Press Ctrl-C in the terminal, and check the settings of the application at the provider.",
	},
	notTaken: {
		Title: "Not signed in",
		Text:  "This response is an error or not valid, and this browser did not start the login, or it blocks cookies. The login in the terminal is still waiting.",
		Hint:  "Finish signing on in the window that the terminal opened, or press Ctrl-C in the terminal.",
	},
	again: {
		Title: "This login has its response",
		Text:  "Another response was received before this one, and only the first counts. The terminal shows the result.",
	},
	startedAlready: {
		Title: "This page works once",
		Text:  "The sign-on was already started from here.",
		Hint:  "If it was not started by you, press Ctrl-C in the terminal and start again.",
	},
	ended: {
		Title: "The login has ended",
		Text:  "The command in the terminal was no longer waiting for this response. It was discarded.",
		Hint:  "Start the login again from the terminal.",
	},
	handingOver: {Title: "Handing over to the terminal", Text: "One moment …"},
	goingOn:     {Title: "Opening the sign-on page", Text: "One moment …"},
	checking:    {Title: "Checking the response", Text: "One moment …"},
	noLogin: {
		Title: "No login is waiting here",
		Text:  "The command in the terminal has ended, so the response was not handed over.",
		Hint:  "Start the login again from the terminal.",
	},
}

func unreadable(err error) Verdict {
	return Verdict{
		Title: "The response cannot be trusted",
		Text:  "The provider’s response was refused: " + err.Error() + ".",
		Hint:  "The terminal has the details.",
	}
}
