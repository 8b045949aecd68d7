package bench

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/settle-chat/settle/channels/twilio/twiliotest"
)

// provider is the cheapest Twilio that accepts every message. It keeps none.
type provider struct {
	url     string
	server  *http.Server
	serving sync.WaitGroup

	mu   sync.Mutex
	told func(to string, at time.Time) // guarded by mu; nil: nobody wants to know
}

func startProvider() (*provider, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen on loopback: %w", err)
	}
	p := &provider{url: "http://" + l.Addr().String()}
	p.server = &http.Server{Handler: http.HandlerFunc(p.accept), ReadHeaderTimeout: 10 * time.Second}
	p.serving.Go(func() { _ = p.server.Serve(l) }) // ends with ErrServerClosed
	return p, nil
}

func (p *provider) close() {
	_ = p.server.Close()
	p.serving.Wait()
}

// tell lets f know of every message from now on.
func (p *provider) tell(f func(to string, at time.Time)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.told = f
}

func (p *provider) accept(w http.ResponseWriter, r *http.Request) {
	at := time.Now()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<16))
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	p.mu.Lock()
	told := p.told
	p.mu.Unlock()
	if told != nil {
		form, err := url.ParseQuery(string(body))
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		told(form.Get("To"), at)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	_, _ = fmt.Fprintf(w, `{"sid":%q,"status":"queued"}`, twiliotest.NewSID("SM")) // the bot may have been stopped
}
