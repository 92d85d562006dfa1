package pingone

import (
	"strconv"
	"strings"
	"time"

	"github.com/implicit-cli/implicit/pkg/implicit"
)

// readCookie reads one Set-Cookie as browsers do: RFC 6265 section 5.2. net/http
// strips quotes and drops cookies with names and values that PingOne's load
// balancers may well set. gone is set where the cookie has expired. ok is false
// for what is no cookie: RFC 6265bis section 5.6 adds control characters, which
// could end a header.
func readCookie(line string, now time.Time) (c Cookie, gone, ok bool) {
	pair, attributes, _ := strings.Cut(line, ";")
	name, value, found := strings.Cut(pair, "=")
	name, value = strings.Trim(name, " \t"), strings.Trim(value, " \t")
	if !found || name == "" || strings.ContainsFunc(line, isControl) {
		return Cookie{}, false, false
	}
	return Cookie{name, implicit.NewSecret(value)}, expired(attributes, now), true
}

// isControl reports whether c is a control character other than a tab.
func isControl(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }

// expired reads Max-Age and Expires; the last one of each counts, and Max-Age
// before Expires: RFC 6265 section 5.3.
func expired(attributes string, now time.Time) bool {
	var byAge, byDate, hasAge bool
	for attribute := range strings.SplitSeq(attributes, ";") {
		name, value, _ := strings.Cut(attribute, "=")
		value = strings.Trim(value, " \t")
		switch strings.ToLower(strings.Trim(name, " \t")) {
		case "max-age":
			if isInteger(value) {
				byAge, hasAge = value[0] == '-' || strings.Trim(value, "0") == "", true
			}
		case "expires":
			if at, ok := cookieDate(value); ok {
				byDate = !at.After(now)
			}
		}
	}
	if hasAge {
		return byAge
	}
	return byDate
}

// isInteger reports whether s is digits, perhaps with a minus.
func isInteger(s string) bool {
	digits := strings.TrimPrefix(s, "-")
	return digits != "" && strings.Trim(digits, "0123456789") == ""
}

// cookieDate reads a date by RFC 6265 section 5.1.1, in which the order of the
// parts does not matter and a year may have two digits.
func cookieDate(s string) (time.Time, bool) {
	var clock []int
	day, month, year := 0, 0, -1
	for _, token := range strings.FieldsFunc(s, isDateDelimiter) {
		if c, ok := timeOfDay(token); ok && clock == nil {
			clock = c
		} else if n, ok := leadingNumber(token, 1, 2); ok && day == 0 {
			day = n
		} else if m, ok := monthOf(token); ok && month == 0 {
			month = m
		} else if n, ok := leadingNumber(token, 2, 4); ok && year < 0 {
			year = n
		}
	}
	switch {
	case 70 <= year && year <= 99:
		year += 1900
	case 0 <= year && year <= 69:
		year += 2000
	}
	if clock == nil || month == 0 || year < 1601 || clock[0] > 23 || clock[1] > 59 || clock[2] > 59 {
		return time.Time{}, false
	}
	t := time.Date(year, time.Month(month), day, clock[0], clock[1], clock[2], 0, time.UTC)
	return t, t.Day() == day // there is no 31 November
}

func isDateDelimiter(c rune) bool {
	return c == '\t' || ' ' <= c && c <= '/' || ';' <= c && c <= '@' || '[' <= c && c <= '`' || '{' <= c && c <= '~'
}

// leadingNumber reads the digits that a token begins with, if there are as many
// as wanted.
func leadingNumber(token string, atLeast, atMost int) (int, bool) {
	n := 0
	for n < len(token) && '0' <= token[n] && token[n] <= '9' {
		n++
	}
	if n < atLeast || n > atMost {
		return 0, false
	}
	number, err := strconv.Atoi(token[:n])
	return number, err == nil
}

func timeOfDay(token string) (clock []int, ok bool) {
	parts := strings.SplitN(token, ":", 3)
	if len(parts) != 3 {
		return nil, false
	}
	for i, part := range parts {
		n, ok := leadingNumber(part, 1, 2)
		if !ok || i < 2 && strings.Trim(part, "0123456789") != "" {
			return nil, false
		}
		clock = append(clock, n)
	}
	return clock, true
}

func monthOf(token string) (int, bool) {
	if len(token) < 3 {
		return 0, false
	}
	i := strings.Index("janfebmaraprmayjunjulaugsepoctnovdec", strings.ToLower(token[:3]))
	return i/3 + 1, i >= 0 && i%3 == 0
}
