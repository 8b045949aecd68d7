package bench

import (
	"net/http"
	"testing"
	"time"

	"github.com/settle-chat/settle/message"
)

func smsAddress(number string) message.Address { return message.Address("sms:" + number) }

// A request that could not be sent in time, because one before it was answered late, waited all the same.
func TestALateAnswerCountsForThoseBehindIt(t *testing.T) {
	t.Parallel()
	w := &world{}
	defer w.close()
	const stall, rate = 60 * time.Millisecond, 1000
	began := time.Now()
	address, err := w.listen(&http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		<-time.After(time.Until(began.Add(stall))) // only the first one waits
	})})
	if err != nil {
		t.Fatal(err)
	}
	l, err := w.newLoad(address, 1)
	if err != nil {
		t.Fatal(err)
	}
	s, err := l.open(t.Context(), newQueue(address, 0, 20, realNumber), rate, began)
	if err != nil || s.done != 20 {
		t.Fatalf("%d answered, %v, want 20", s.done, err)
	}
	for i, took := range s.each {
		if least := stall - time.Duration(i)*time.Second/rate; took < least {
			t.Errorf("request %d took %s: it was to be sent at %d ms and nothing was answered before %s", i, took, i, stall)
		}
	}
}

// What is answered otherwise than with 200 is no figure.
func TestAnErrorEndsTheRun(t *testing.T) {
	t.Parallel()
	w := &world{}
	defer w.close()
	address, err := w.listen(&http.Server{ReadHeaderTimeout: time.Second, Handler: http.NotFoundHandler()})
	if err != nil {
		t.Fatal(err)
	}
	l, err := w.newLoad(address, 2)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := l.closed(t.Context(), newQueue(address, 0, 10, realNumber), time.Minute); err == nil {
		t.Errorf("404 answers: %d done and no error, want %v", s.done, errAnswer)
	}
}
