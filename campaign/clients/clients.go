// Package clients makes an audience of public data: 30,000 real clients of a Taiwanese bank, without names or addresses (Yeh
// and Lien, 2009, UCI Machine Learning Repository, CC BY 4.0). What the data doesn't have is made up, the same each time.
//
// It promises that nobody can be reached by what it makes: each number of theirs is one of 555-0100 to 555-0199 of an American
// area code, which are reserved for fiction. SEX, EDUCATION, MARRIAGE and AGE are not read.
package clients

import (
	"encoding/binary"
	"encoding/csv"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Client is one row of the data, with what is made up for it.
type Client struct {
	Ref, Customer string
	FirstName     string
	Last4         string
	Born          time.Time
	Postcode      string
	Language      string
	Zone          string
	Mobile        string // +1 NXX 555 01xx
	WhatsApp      string // the same number, or empty: seven in ten have it
	Due           time.Time
	Consented     time.Time
	DaysPastDue   int
	Balance       string // as it is in the data, in whole units; a credit is none
}

// KnownBy is what this client answers when asked who they are.
func (c Client) KnownBy() string { return c.Born.Format("2 January") + " " + c.Postcode }

var firstNames = []string{
	"Mei", "Jun", "Lin", "Wei", "Hua", "Chen", "Yi", "Ting", "Hao", "Jia", "An", "Ming", "Shu", "Yun", "Kai", "Ling", "Rui", "Fang", "Bo", "Xin",
}

// area is the zone of an area code.
type area struct{ code, zone string }

// areas are area codes that lie in one zone each, the zones mixed.
var areas = func() (all []area) {
	for zone, codes := range areaCodes {
		for _, code := range strings.Fields(codes) {
			all = append(all, area{code, zone})
		}
	}
	slices.SortFunc(all, func(a, b area) int { return strings.Compare(a.code, b.code) })
	return all
}()

// numbersEach is how many numbers of an area code are reserved.
const numbersEach = 100

// Read makes clients of the data, row by row. on is the day that the accounts stand as the data says. An error ends it.
func Read(in io.Reader, on time.Time) iter.Seq2[Client, error] {
	return func(yield func(Client, error) bool) {
		r := csv.NewReader(in)
		r.ReuseRecord = true
		header, err := r.Read()
		if err != nil {
			yield(Client{}, fmt.Errorf("read the clients' header: %w", err))
			return
		}
		index := make(map[string]int)
		for i, name := range header {
			index[name] = i
		}
		for _, name := range []string{"ID", "PAY_0", "BILL_AMT1"} {
			if _, ok := index[name]; !ok {
				yield(Client{}, fmt.Errorf("read clients: there is no column %s: is this credit-card-clients.csv?", name))
				return
			}
		}
		for {
			cells, err := r.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			var c Client
			if err == nil {
				c, err = client(cells[index["ID"]], cells[index["PAY_0"]], cells[index["BILL_AMT1"]], on)
			}
			if err != nil {
				yield(Client{}, fmt.Errorf("read clients: %w", err))
				return
			}
			if !yield(c, nil) {
				return
			}
		}
	}
}

// client is one client. pay is how many months late, 0 and below for none.
func client(id, pay, bill string, on time.Time) (Client, error) {
	n, err := strconv.Atoi(id)
	months, wrong := strconv.Atoi(pay)
	owed, bad := strconv.ParseInt(bill, 10, 64)
	if err := errors.Join(err, wrong, bad); err != nil {
		return Client{}, err
	}
	at, line := areas[n%len(areas)], n/len(areas)
	if n < 0 || line >= numbersEach {
		return Client{}, fmt.Errorf("client %d: there are reserved numbers for %d only", n, len(areas)*numbersEach)
	}
	draw := func(what string, below int) int { return drawn(n, what, below) }
	c := Client{
		Ref: fmt.Sprintf("CC-%05d", n), Customer: fmt.Sprintf("TW-%05d", n), FirstName: firstNames[draw("name", len(firstNames))],
		Last4: fmt.Sprintf("%04d", draw("last4", 10_000)), Postcode: fmt.Sprintf("%05d", 10_000+draw("postcode", 90_000)),
		Born:     time.Date(1950+draw("year", 50), 1, 1+draw("day", 365), 0, 0, 0, 0, time.UTC),
		Language: "en", Zone: at.zone, Mobile: fmt.Sprintf("+1%s55501%02d", at.code, line),
		Consented: on.AddDate(0, 0, -200-draw("consent", 1000)), Balance: strconv.FormatInt(max(owed, 0), 10) + ".00",
	}
	if draw("whatsapp", 10) < 7 {
		c.WhatsApp = c.Mobile
	}
	if months > 0 {
		c.DaysPastDue = 30*months - draw("days", 30)
	}
	c.Due = on.AddDate(0, 0, -c.DaysPastDue)
	return c, nil
}

// MostMade is how many clients Made can make: there are as many numbers.
const MostMade = 1000

// Made makes clients of nothing, all of them late, for a demo: they live in a zone, and their numbers are those of 020 7946
// 0000 to 0999, which are reserved for fiction too. There are at most MostMade of them.
func Made(n int, on time.Time, zone string) iter.Seq2[Client, error] {
	return func(yield func(Client, error) bool) {
		for i := range min(n, MostMade) {
			months, owed := 1+drawn(i, "months", 3), 200+drawn(i, "owed", 20_000)
			c, err := client(strconv.Itoa(i), strconv.Itoa(months), strconv.Itoa(owed), on)
			c.Zone, c.Mobile = zone, fmt.Sprintf("+442079460%03d", i)
			c.DaysPastDue = max(c.DaysPastDue, 5)
			if c.WhatsApp != "" {
				c.WhatsApp = c.Mobile
			}
			if !yield(c, err) {
				return
			}
		}
	}
}

// drawn is a number below a bound: the same for the same client and purpose, whatever else is drawn.
func drawn(n int, what string, below int) int {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%s/%d", what, n) // a hash never fails
	sum := h.Sum(nil)
	return int(binary.BigEndian.Uint32(sum[4:]) % uint32(below)) //nolint:gosec // below is one of the few numbers above
}

// Write writes clients as the audience that campaigns/overdue.yaml reads, and says how many there are.
func Write(out io.Writer, all iter.Seq2[Client, error]) (rows int, err error) {
	const day = "02/01/2006"
	w := csv.NewWriter(out)
	err = w.Write([]string{"account_ref", "customer_no", "first_name", "last4", "born", "postcode", "language", "zone", "mobile", "whatsapp", "due",
		"consented", "days_past_due", "balance"})
	for c, wrong := range all {
		if err := errors.Join(err, wrong); err != nil {
			return rows, err
		}
		rows++
		err = w.Write([]string{c.Ref, c.Customer, c.FirstName, c.Last4, c.Born.Format(day), c.Postcode, c.Language, c.Zone, c.Mobile, c.WhatsApp,
			c.Due.Format(day), c.Consented.Format(day), strconv.Itoa(c.DaysPastDue), c.Balance})
	}
	w.Flush()
	return rows, errors.Join(err, w.Error())
}
