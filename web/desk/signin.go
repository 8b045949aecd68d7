package desk

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"net/http"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/settle-chat/settle/web/ui"
)

// How long a link may be used, and how long whoever used it stays signed in.
const (
	LinkLasts    = time.Hour
	sessionLasts = 12 * time.Hour
)

// SignIn lets agents in by links that work once. It is for a laptop and a first try: who may do what, and the bank's own
// sign-in, come later. It is kept in this process only, and ends with it.
type SignIn struct {
	frame  func(title string) ui.Frame
	secure bool // the desk is reached by https only

	mu       sync.Mutex
	links    map[[sha256.Size]byte]time.Time // guarded by mu; hash of the token -> until when
	sessions map[[sha256.Size]byte]session   // guarded by mu; hash of the cookie
}

type session struct {
	agent string
	until time.Time
}

// NewSignIn lets nobody in until Link is called. secure says that the desk is reached by https only.
func NewSignIn(frame func(title string) ui.Frame, secure bool) *SignIn {
	return &SignIn{
		frame: frame, secure: secure,
		links: make(map[[sha256.Size]byte]time.Time), sessions: make(map[[sha256.Size]byte]session),
	}
}

// Link is the path of a page that signs one agent in, once, within LinkLasts.
func (s *SignIn) Link() string {
	token := rand.Text()
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for hash, until := range s.links {
		if now.After(until) {
			delete(s.links, hash)
		}
	}
	s.links[sha256.Sum256([]byte(token))] = now.Add(LinkLasts)
	return signInPath + token
}

const (
	signInPath = "/desk/sign-in/"
	cookie     = "settle-desk"
)

type agentKey struct{}

// Agent is the name of whoever sent a request that Guard has let in.
func (s *SignIn) Agent(r *http.Request) string {
	name, _ := r.Context().Value(agentKey{}).(string)
	return name
}

// Guard lets those in who are signed in, and tells the others how to.
func (s *SignIn) Guard(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		agent, ok := s.known(r)
		switch {
		case ok:
			next(w, r.WithContext(context.WithValue(r.Context(), agentKey{}, agent)))
		case ui.Part(r): // of a page that was open when its session ended
			ui.Write(w, r, http.StatusForbidden, outsideNote())
		default:
			ui.Write(w, r, http.StatusForbidden, outsidePage(s.frame("Sign in")))
		}
	})
}

func (s *SignIn) known(r *http.Request) (agent string, ok bool) {
	c, err := r.Cookie(cookie)
	if err != nil {
		return "", false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.sessions[sha256.Sum256([]byte(c.Value))]
	return found.agent, ok && time.Now().Before(found.until)
}

// Mount puts the sign-in below /desk/sign-in/. Opening the page uses nothing up: previews and scanners open every link.
func (s *SignIn) Mount(mux *http.ServeMux) {
	mux.HandleFunc("GET "+signInPath+"{token}", func(w http.ResponseWriter, r *http.Request) {
		ui.Write(w, r, http.StatusOK, signInPage(s.frame("Sign in"), r.URL.Path, ""))
	})
	mux.HandleFunc("POST "+signInPath+"{token}", s.enter)
	mux.HandleFunc("POST /desk/sign-out", s.leave)
}

// enter uses a link up: whoever comes second finds it gone.
func (s *SignIn) enter(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimSpace(r.PostFormValue("name"))
	if why := badName(name); why != "" {
		ui.Write(w, r, http.StatusUnprocessableEntity, signInPage(s.frame("Sign in"), r.URL.Path, why))
		return
	}
	secret, ok := s.use(r.PathValue("token"), name)
	if !ok {
		ui.Write(w, r, http.StatusForbidden, outsidePage(s.frame("Sign in")))
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: cookie, Value: secret, Path: "/desk", HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteStrictMode,
		MaxAge: int(sessionLasts.Seconds()),
	})
	http.Redirect(w, r, "/desk", http.StatusSeeOther)
}

func (s *SignIn) use(token, agent string) (secret string, ok bool) {
	hash := sha256.Sum256([]byte(token))
	s.mu.Lock()
	defer s.mu.Unlock()
	until, there := s.links[hash]
	delete(s.links, hash)
	now := time.Now()
	if !there || now.After(until) {
		return "", false
	}
	for old, each := range s.sessions {
		if now.After(each.until) {
			delete(s.sessions, old)
		}
	}
	secret = rand.Text()
	s.sessions[sha256.Sum256([]byte(secret))] = session{agent, now.Add(sessionLasts)}
	return secret, true
}

func (s *SignIn) leave(w http.ResponseWriter, r *http.Request) {
	if c, err := r.Cookie(cookie); err == nil {
		s.mu.Lock()
		delete(s.sessions, sha256.Sum256([]byte(c.Value)))
		s.mu.Unlock()
	}
	http.SetCookie(w, &http.Cookie{Name: cookie, Path: "/desk", HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteStrictMode, MaxAge: -1})
	ui.Write(w, r, http.StatusOK, outsidePage(s.frame("Signed out")))
}

// mostName is how long an agent's name may be: it stands in the journal.
const mostName = 40

func badName(name string) string {
	switch {
	case name == "":
		return "Write your name: it stands in the journal beside what you do."
	case !utf8.ValidString(name):
		return "That name has a character that can't be shown."
	case utf8.RuneCountInString(name) > mostName:
		return "That name is too long: 40 letters at most."
	}
	for _, r := range name {
		if !unicode.IsPrint(r) {
			return "That name has a character that can't be shown."
		}
	}
	return ""
}
