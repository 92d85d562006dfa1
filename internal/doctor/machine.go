package doctor

import (
	"context"
	"errors"

	"github.com/implicit-cli/implicit/internal/login"
	"github.com/implicit-cli/implicit/internal/loopback"
)

// Machine is how this machine is checked; what is nil is not checked.
type Machine struct {
	Browser bool                             // one can be opened
	Listen  func(redirectURI string) error   // listens where the browser's response would go, and closes
	Store   func(ctx context.Context) Stored // opens the store
	State   func() (path string, err error)  // checks that the state directory is safe
}

// Stored is where tokens would be stored.
type Stored struct {
	Where   string // in words
	Problem string // what is not as it should be; empty: nothing
	Err     error
}

// OnMachine checks what a sign-on needs of this machine. Some way of signing on works
// without each, so nothing here fails.
func OnMachine() Probe { return Probe{Name: "machine", Ask: onMachine} }

func onMachine(ctx context.Context, r *Run) (found []Finding) {
	m := r.Machine
	here := func(name, tried string) Finding { return Finding{Name: name, Hop: HopMachine, Tried: tried} }
	uri := login.BlankRequest(r.Settings, login.ViaBrowser).RedirectURI
	f := here("port", "listen for "+uri)
	switch {
	case m.Listen == nil || r.via() == login.ViaTerminal:
	case !loopback.IsLocal(uri):
		found = append(found, f.skip("the redirect URI is not on this machine: the address is pasted (--via paste)"))
	default:
		found = append(found, f.listened(m.Listen(uri)))
	}
	f = here("browser", "look for a browser")
	if m.Browser {
		found = append(found, f.ok("one can be opened"))
	} else {
		found = append(found, f.warn("none can be opened here", "use --via paste, or --via terminal with a user name and a password"))
	}
	if m.Store != nil {
		found = append(found, here("store", "open the store for tokens").stored(m.Store(ctx)))
	}
	if m.State != nil {
		f := here("state_directory", "check who can change the state directory")
		path, err := m.State()
		if err != nil {
			found = append(found, f.warnAs(err))
		} else {
			found = append(found, f.ok(path))
		}
	}
	return found
}

func (f Finding) listened(err error) Finding {
	var busy *loopback.PortBusyError
	switch {
	case err == nil:
		return f.ok("the port is free")
	case errors.As(err, &busy) && busy.PortFree != "":
		return f.warn(err.Error(), "stop that program, or register "+busy.PortFree+" (a native application may use any port) and give it as --redirect-uri")
	}
	return f.warnAs(err)
}

func (f Finding) stored(s Stored) Finding {
	switch {
	case s.Err != nil:
		return f.warnAs(s.Err)
	case s.Problem != "":
		return f.warn(s.Problem, "unlock the keyring, or choose a store: --store file, --store helper:NAME")
	}
	return f.ok(s.Where)
}

// warnAs is failAs as a warning.
func (f Finding) warnAs(err error) Finding {
	f = f.failAs(err, "")
	return f.warn(f.Saw, f.Change)
}
