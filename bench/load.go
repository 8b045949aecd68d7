package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/settle-chat/settle/channels/twilio/twiliotest"
)

// BankNumber is the number that customers write to.
const BankNumber = "+15017122661"

// The messages, in turn: an answer that moves the case on, and words that nobody understands.
var said = []string{"1", "what is this about please"}

// request is a signed message, as Twilio posts it, ready to be written to a connection.
func request(host string, n int, number string) []byte {
	form := twiliotest.Inbound(number, BankNumber, said[n%len(said)])
	path := "/channels/sms/inbound"
	body := form.Encode()
	return []byte("POST " + path + " HTTP/1.1\r\nHost: " + host +
		"\r\nUser-Agent: TwilioProxy/1.1\r\nAccept: */*\r\nContent-Type: application/x-www-form-urlencoded; charset=UTF-8\r\nX-Twilio-Signature: " +
		twiliotest.Sign(twiliotest.AuthToken, publicURL+path, form) + "\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body)
}

// queue is requests, each sent once.
type queue struct {
	requests [][]byte
	next     atomic.Int64
}

// newQueue signs messages from customers from..from+n-1 of a kind. Signing is no part of what is measured.
func newQueue(address string, from, n int, number func(int) string) *queue {
	q := &queue{requests: make([][]byte, n)}
	for i := range n {
		q.requests[i] = request(address, from+i, number(from+i))
	}
	return q
}

func (q *queue) take() (i int, request []byte) {
	i = int(q.next.Add(1)) - 1
	if i >= len(q.requests) {
		return i, nil
	}
	return i, q.requests[i]
}

func (q *queue) empty() bool { return int(q.next.Load()) >= len(q.requests) }

// connection is one that is kept, over which one request goes at a time. It knows no more of HTTP than our own answers need:
// a generator that costs much hides what is measured.
type connection struct {
	net.Conn
	in *bufio.Reader
}

// errAnswer says that a message was not answered with 200.
var errAnswer = errors.New("a message was answered otherwise than with 200")

func (c *connection) post(request []byte) error {
	if _, err := c.Write(request); err != nil {
		return fmt.Errorf("send a message: %w", err)
	}
	length, status := 0, ""
	for line := 0; ; line++ {
		text, err := c.in.ReadString('\n')
		if err != nil {
			return fmt.Errorf("read an answer: %w", err)
		}
		text = strings.TrimRight(text, "\r\n")
		if line == 0 {
			status = strings.TrimPrefix(text, "HTTP/1.1 ")
		} else if text == "" {
			break
		} else if value, ok := strings.CutPrefix(text, "Content-Length: "); ok {
			if length, err = strconv.Atoi(value); err != nil {
				return fmt.Errorf("read an answer: %w", err)
			}
		}
	}
	if _, err := c.in.Discard(length); err != nil {
		return fmt.Errorf("read an answer: %w", err)
	}
	if status != "200 OK" {
		return fmt.Errorf("%w: %s", errAnswer, status)
	}
	return nil
}

// load sends over its connections.
type load struct{ connections []*connection }

func (w *world) newLoad(address string, connections int) (*load, error) {
	l := &load{}
	w.ends = append(w.ends, func() {
		for _, c := range l.connections {
			_ = c.Close()
		}
	})
	for range connections {
		c, err := net.Dial("tcp", address)
		if err != nil {
			return nil, fmt.Errorf("connect to the service: %w", err)
		}
		l.connections = append(l.connections, &connection{c, bufio.NewReader(c)})
	}
	return l, nil
}

// closed sends as fast as it is answered: each connection its next request when the last one is answered.
func (l *load) closed(ctx context.Context, q *queue, d time.Duration) (sample, error) {
	began := time.Now()
	return l.all(func(c *connection) (each []time.Duration, err error) {
		for time.Since(began) < d && ctx.Err() == nil {
			_, r := q.take()
			if r == nil {
				return each, nil
			}
			sent := time.Now()
			if err := c.post(r); err != nil {
				return each, err
			}
			each = append(each, time.Since(sent))
		}
		return each, ctx.Err()
	})
}

// open sends at a rate, however slowly it is answered. A request's time begins when it was to be sent, so that one that had
// to wait for a connection waited.
func (l *load) open(ctx context.Context, q *queue, perSecond float64, began time.Time) (sample, error) {
	return l.all(func(c *connection) (each []time.Duration, err error) {
		for ctx.Err() == nil {
			i, r := q.take()
			if r == nil {
				return each, nil
			}
			due := scheduled(began, perSecond, i)
			time.Sleep(time.Until(due))
			if err := c.post(r); err != nil {
				return each, err
			}
			each = append(each, time.Since(due))
		}
		return each, ctx.Err()
	})
}

// scheduled is when the i-th request is to be sent.
func scheduled(began time.Time, perSecond float64, i int) time.Time {
	return began.Add(time.Duration(float64(i) / perSecond * float64(time.Second)))
}

// all lets every connection work, and adds up what they did.
func (l *load) all(work func(*connection) ([]time.Duration, error)) (sample, error) {
	var (
		wait  sync.WaitGroup
		mu    sync.Mutex
		sum   sample
		first error
	)
	began := time.Now()
	for _, c := range l.connections {
		wait.Go(func() {
			each, err := work(c)
			mu.Lock()
			defer mu.Unlock()
			sum.each = append(sum.each, each...)
			if first == nil {
				first = err
			}
		})
	}
	wait.Wait()
	sum.done, sum.took = len(sum.each), time.Since(began)
	return sum, first
}
