package sandbox

import (
	"slices"
	"strings"
	"time"
)

// Message is what PingOne would have sent to a user.
type Message struct {
	Username string
	Kind     string // passcode, recovery code or verification code
	By       string // EMAIL, SMS, VOICE or WHATSAPP
	To       string // the address, masked
	Code     string
}

// The codes in messages, unless the switch fresh-codes is on.
const (
	smsPasscode      = "246810"
	emailPasscode    = "24681012" // PingOne's sample policy has eight digits by e-mail
	recoveryCode     = "RECOVER1"
	verificationCode = "VERIFY01"
)

// How long codes are valid.
const (
	passcodeLifetime = 30 * time.Minute
	recoveryLifetime = 5 * time.Minute
)

const maxMessages = 1000 // older ones are forgotten

// sentCode is a code on its way back.
type sentCode struct {
	code string
	at   time.Time
}

// fits reports whether a code is the one that was sent less than lifetime ago.
func (c sentCode) fits(code string, now time.Time, lifetime time.Duration) bool {
	return code != "" && code == c.code && now.Sub(c.at) <= lifetime
}

// send tells a user a code: m.Code, or with fresh-codes a new one of its form.
func (s *Sandbox) send(c *call, m Message) sentCode {
	if s.on("fresh-codes") {
		m.Code = s.freshCode(m.Code)
	}
	s.messages = append(s.messages, m)
	if len(s.messages) > maxMessages {
		s.messages = slices.Delete(s.messages, 0, 1)
	}
	s.sent(m)
	return sentCode{m.Code, c.now}
}

// freshCode returns a random code with the length and alphabet of like.
func (s *Sandbox) freshCode(like string) string {
	alphabet := "0123456789"
	if strings.Trim(like, alphabet) != "" {
		alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
	}
	b := make([]byte, len(like))
	s.random(b)
	for i := range b {
		b[i] = alphabet[int(b[i])%len(alphabet)]
	}
	return string(b)
}

// Messages returns what was sent to a user so far, oldest first. The error is a
// *NotFoundError.
func (s *Sandbox) Messages(username string) ([]Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.accounts[username] == nil {
		return nil, &NotFoundError{"user", username}
	}
	var list []Message
	for _, m := range s.messages {
		if m.Username == username {
			list = append(list, m)
		}
	}
	return list, nil
}

// sendRecovery and sendVerification mail a code to the flow's user.

func (s *Sandbox) sendRecovery(c *call, f *flow) {
	a := f.account
	f.recovery = s.send(c, Message{a.Username, "recovery code", "EMAIL", maskEmail(a.mail), recoveryCode})
}

func (s *Sandbox) sendVerification(c *call, f *flow) {
	a := f.account
	f.verification = s.send(c, Message{a.Username, "verification code", "EMAIL", maskEmail(a.mail), verificationCode})
}

// maskEmail keeps the first two letters and the domain, as PingOne does.
func maskEmail(address string) string {
	name, domain, _ := strings.Cut(address, "@")
	return name[:min(2, len(name))] + "****@" + domain
}
