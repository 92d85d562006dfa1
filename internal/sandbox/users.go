package sandbox

// User is an account of the sandbox, as Settings and help texts list it. Its
// password protects nothing.
type User struct {
	Username string `json:"username"`
	Password string `json:"password"`
	// TOTPSecret is base32 (RFC 6238: SHA-1, 30 s, 6 digits) or, where hash or
	// digits differ, an otpauth://totp address.
	TOTPSecret string `json:"totp_secret,omitempty"`
	Note       string `json:"note"`
}

// account is a user with everything that signing on may change.
type account struct {
	User
	id            string
	given, family string
	mail, phone   string
	address       map[string]string // members of the claim
	attributes    map[string]any    // custom ones, for mappings
	claims        map[string]any    // for ID token and userinfo as they are
	accessClaims  map[string]any    // the same for access tokens
	groups        []string
	admin         bool
	devices       []device
	disabled      bool
	noPassword    bool
	anyPassword   bool
	expired       bool // the password
	mustChange    bool // the password
	unverified    bool // the e-mail address
	locked        bool // from the start
	failures      int
	external      bool // signs on at an external identity provider
	lockout       waiting
}

// Users returns the accounts of a new sandbox. The first one signs on with
// its password alone.
func Users() []User {
	var list []User
	for _, a := range accountList() {
		list = append(list, a.User)
	}
	return list
}

func accountList() []account {
	totp := func(id string) device { return device{id: id, kind: "TOTP", nickname: "Authenticator app"} }
	list := []account{
		{id: "05e20000-0000-4000-8000-000000000001", given: "Pat", family: "Plain",
			User: User{Username: "plain", Password: "fake-password-1", Note: "password alone"}},
		{id: "05e20000-0000-4000-8000-000000000002", given: "Odd", family: "Signs",
			User: User{Username: "signs", Password: "fake +&=%\"\\ p\u00e4ssw\u00f6rd", Note: "password with characters that need encoding"}},
		{id: "05e20000-0000-4000-8000-000000000003", given: "Toni", family: "Time", devices: []device{totp("de71ce00-0000-4000-8000-000000000003")},
			User: User{Username: "totp", Password: "fake-password-3", TOTPSecret: "IMPLICITSANDBOXTOTPSECRETAAAAAAA", Note: "MFA by TOTP"}},
		{id: "05e20000-0000-4000-8000-000000000004", given: "Dana", family: "Devices",
			devices: []device{
				totp("de71ce00-0000-4000-8000-000000000041"),
				{id: "de71ce00-0000-4000-8000-000000000042", kind: "SMS", phone: "*******42"},
				{id: "de71ce00-0000-4000-8000-000000000043", kind: "MOBILE", nickname: "Phone", model: "Example Phone 1"},
			},
			User: User{Username: "devices", Password: "fake-password-4", TOTPSecret: "IMPLICITSANDBOXTOTPSECRETBBBBBBB", Note: "MFA by one of TOTP, SMS and push (approved at the third poll); the SMS passcode is " + smsPasscode}},
		{id: "05e20000-0000-4000-8000-000000000005", given: "Sam", family: "Short",
			devices: []device{{id: "de71ce00-0000-4000-8000-000000000005", kind: "SMS", phone: "*******05"}},
			User:    User{Username: "sms", Password: "fake-password-5", Note: "MFA by SMS; the passcode is " + smsPasscode}},
		{id: "05e20000-0000-4000-8000-000000000006", given: "Pia", family: "Push",
			devices: []device{{id: "de71ce00-0000-4000-8000-000000000006", kind: "MOBILE", nickname: "Phone", model: "Example Phone 1"}},
			User:    User{Username: "push", Password: "fake-password-6", Note: "MFA by push, approved at the third poll"}},
		{id: "05e20000-0000-4000-8000-000000000007", given: "Tim", family: "Late",
			devices: []device{{id: "de71ce00-0000-4000-8000-000000000007", kind: "MOBILE", nickname: "Phone", model: "Example Phone 1", push: statusPushTimedOut}},
			User:    User{Username: "push-timeout", Password: "fake-password-7", Note: "MFA by push, timed out at the third poll"}},
		{id: "05e20000-0000-4000-8000-000000000008", given: "Nora", family: "No",
			devices: []device{{id: "de71ce00-0000-4000-8000-000000000008", kind: "MOBILE", nickname: "Phone", model: "Example Phone 1", push: statusFailed}},
			User:    User{Username: "push-denied", Password: "fake-password-8", Note: "MFA by push, denied at the third poll"}},
		{id: "05e20000-0000-4000-8000-000000000009", given: "Fay", family: "Key",
			devices: []device{{id: "de71ce00-0000-4000-8000-000000000009", kind: "FIDO2", nickname: "Security key"}},
			User:    User{Username: "fido2", Password: "fake-password-9", Note: "MFA by FIDO2: a button on the sign-on page; the flows API stops at ASSERTION_REQUIRED"}},
		{id: "05e20000-0000-4000-8000-000000000010", given: "Max", family: "Temp", mustChange: true,
			User: User{Username: "must-change", Password: "fake-password-10", Note: "MUST_CHANGE_PASSWORD after the password"}},
		{id: "05e20000-0000-4000-8000-000000000011", given: "Eve", family: "Old", expired: true,
			User: User{Username: "expired", Password: "fake-password-11", Note: "PASSWORD_EXPIRED after the password"}},
		{id: "05e20000-0000-4000-8000-000000000012", given: "Lou", family: "Lock", locked: true,
			User: User{Username: "locked", Password: "fake-password-12", Note: "locked out; any other user is after 5 failures, for 15 minutes"}},
		{id: "05e20000-0000-4000-8000-000000000013", given: "Ned", family: "Null", noPassword: true,
			User: User{Username: "no-password", Note: "no password set; recovery (password.forgot) works, the code is " + recoveryCode}},
		{id: "05e20000-0000-4000-8000-000000000014", given: "Dee", family: "Off", disabled: true,
			User: User{Username: "disabled", Password: "fake-password-14", Note: "disabled"}},
		{id: "05e20000-0000-4000-8000-000000000015", given: "Uma", family: "Mail", unverified: true,
			User: User{Username: "unverified", Password: "fake-password-15", Note: "VERIFICATION_CODE_REQUIRED after the password; the code is " + verificationCode}},
		{id: "05e20000-0000-4000-8000-000000000016", given: "Stef", family: "Staff", groups: []string{"Staff"},
			User: User{Username: "staff", Password: "fake-password-16", Note: "in the group Staff"}},
		{id: "05e20000-0000-4000-8000-000000000017", given: "Emma", family: "Post",
			devices: []device{{id: "de71ce00-0000-4000-8000-000000000017", kind: "EMAIL", email: "em****@example.com"}},
			User:    User{Username: "email", Password: "fake-password-17", Note: "MFA by e-mail; the passcode is " + emailPasscode}},
		{id: "05e20000-0000-4000-8000-000000000018", given: "Vic", family: "Voice",
			devices: []device{{id: "de71ce00-0000-4000-8000-000000000018", kind: "VOICE", phone: "*******18"}},
			User:    User{Username: "voice", Password: "fake-password-18", Note: "MFA by a call; the passcode is " + smsPasscode}},
		{id: "05e20000-0000-4000-8000-000000000019", given: "Wim", family: "What",
			devices: []device{{id: "de71ce00-0000-4000-8000-000000000019", kind: "WHATSAPP", phone: "*******19"}},
			User:    User{Username: "whatsapp", Password: "fake-password-19", Note: "MFA by WhatsApp; the passcode is " + smsPasscode}},
		{id: "05e20000-0000-4000-8000-000000000020", given: "Toni", family: "Eight", devices: []device{totp("de71ce00-0000-4000-8000-000000000020")},
			User: User{Username: "totp-sha256", Password: "fake-password-20", TOTPSecret: totpAddress("totp-sha256", "SHA256", "8"), Note: "MFA by TOTP with SHA-256 and 8 digits"}},
		{id: "05e20000-0000-4000-8000-000000000021", given: "Toni", family: "Long", devices: []device{totp("de71ce00-0000-4000-8000-000000000021")},
			User: User{Username: "totp-sha512", Password: "fake-password-21", TOTPSecret: totpAddress("totp-sha512", "SHA512", "6"), Note: "MFA by TOTP with SHA-512 and 6 digits"}},
		{id: "05e20000-0000-4000-8000-000000000022", given: "Ray", family: "Try",
			devices: []device{{id: "de71ce00-0000-4000-8000-000000000022", kind: "MOBILE", nickname: "Phone", model: "Example Phone 1", push: statusPushTimedOut, approves: true}},
			User:    User{Username: "push-retry", Password: "fake-password-22", Note: "MFA by push, timed out at the third poll, approved when sent again"}},
		{id: "05e20000-0000-4000-8000-000000000023", given: "Bo", family: "Blocked",
			devices: []device{{id: "de71ce00-0000-4000-8000-000000000023", kind: "MOBILE", nickname: "Phone", model: "Example Phone 1", blocked: true}},
			User:    User{Username: "push-blocked", Password: "fake-password-23", Note: "MFA by push, but the phone is blocked: NO_USABLE_DEVICES"}},
		{id: "05e20000-0000-4000-8000-000000000024", given: "Ann", family: "All",
			devices: []device{
				totp("de71ce00-0000-4000-8000-000000000241"),
				{id: "de71ce00-0000-4000-8000-000000000242", kind: "SMS", phone: "*******42"},
				{id: "de71ce00-0000-4000-8000-000000000243", kind: "EMAIL", email: "al****@example.com"},
				{id: "de71ce00-0000-4000-8000-000000000244", kind: "VOICE", phone: "*******44"},
				{id: "de71ce00-0000-4000-8000-000000000245", kind: "WHATSAPP", phone: "*******45"},
				{id: "de71ce00-0000-4000-8000-000000000246", kind: "MOBILE", nickname: "Phone", model: "Example Phone 1"},
				{id: "de71ce00-0000-4000-8000-000000000247", kind: "FIDO2", nickname: "Security key"},
				{id: "de71ce00-0000-4000-8000-000000000248", kind: "MOBILE", nickname: "Old phone", blocked: true},
			},
			User: User{Username: "all-devices", Password: "fake-password-24", TOTPSecret: "IMPLICITSANDBOXTOTPSECRETCCCCCCC", Note: "MFA by one device of each kind, and a blocked one"}},
		{id: "05e20000-0000-4000-8000-000000000025", given: "Ed", family: "Extern", external: true,
			User: User{Username: "external", Password: "fake-password-25", Note: "EXTERNAL_AUTHENTICATION_REQUIRED after the user name or the password"}},
	}
	for i := range list {
		list[i].mail, list[i].phone = list[i].Username+"@example.com", "+1 555 0100"
		list[i].address = map[string]string{
			"street_address": "1 Sandbox Way", "locality": "Nowhere", "region": "NA", "postal_code": "00000", "country": "US",
		}
	}
	return list
}

func totpAddress(username, algorithm, digits string) string {
	return "otpauth://totp/Sandbox:" + username + "?secret=IMPLICITSANDBOXTOTPSECRETDDDDDDD&issuer=Sandbox&algorithm=" + algorithm + "&digits=" + digits + "&period=30"
}
