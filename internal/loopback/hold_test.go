package loopback

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"
)

// heldLogin is a login that failed while the browser was at the provider.
func heldLogin(t *testing.T) (lg *login, stop func(), held chan struct{}) {
	lg = startLogin(t, Options{}, nil).start()
	lg.cancel()
	lg.ends()
	ctx, stop := context.WithCancel(t.Context())
	held = make(chan struct{})
	go func() {
		defer close(held)
		lg.Hold(ctx)
		lg.Close()
	}()
	return lg, stop, held
}

func TestThePortIsHeldUntilTheBrowserIsAnswered(t *testing.T) {
	lg, stop, held := heldLogin(t)
	defer stop()
	if s, err := net.Listen("tcp", "127.0.0.1:"+lg.at.port); err == nil {
		s.Close()
		t.Fatal("another program could bind the port")
	}
	lg.form("error=x&state=other") // does not free it
	cookie := lg.cookie
	lg.cookie = ""
	lg.form("error=x&state=" + lg.req.State) // neither does this
	select {
	case <-held:
		t.Fatal("the port was freed")
	case <-time.After(50 * time.Millisecond):
	}
	lg.cookie = cookie
	if _, page := lg.relay("#" + lg.answer()); !strings.Contains(page, "The login has ended") {
		t.Errorf("the browser shows %s", page)
	}
	<-held
	if lg.Pending() {
		t.Error("still pending")
	}
}

func TestASignalFreesAHeldPortAtOnce(t *testing.T) {
	lg, stop, held := heldLogin(t)
	if !lg.Pending() {
		t.Error("expected a browser on its way")
	}
	stop()
	select {
	case <-held:
	case <-time.After(5 * time.Second):
		t.Fatal("the port is still held")
	}
	s, err := net.Listen("tcp", "127.0.0.1:"+lg.at.port)
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
}

func TestNothingIsHeldWhereNoBrowserCame(t *testing.T) {
	lg := startLogin(t, Options{}, nil)
	lg.cancel()
	lg.ends()
	lg.Hold(t.Context()) // returns
	if lg.Pending() {
		t.Error("pending without a browser")
	}
}
