package campaign

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/settle-chat/settle/config"
	"github.com/settle-chat/settle/fsm"
)

func number(i int) string { return strconv.Itoa(i) }

// audience is the CSV file, read row by row.
type audience struct {
	path   string
	file   io.Closer
	kept   *keeper
	csv    *csv.Reader
	header []string
	index  map[string]int
	last   int // the line of the last row that was read
}

// record is one row as it stands in the file.
type record struct {
	line  int
	cells []string
	raw   string // the row's own bytes, where it can't be read as cells
	wrong *Refusal
}

// mostRow is how large one row may be. A quote that is never closed would make the rest of the file one.
const mostRow = 1 << 20

var errLongRow = errors.New("a row of more than 1 MiB")

// openAudience opens the file and checks that its header has what the plan reads.
func openAudience(p *Plan) (*audience, error) {
	f, err := os.Open(p.CSV())
	if err != nil {
		return nil, fmt.Errorf("open audience: %w: audience.csv in %s names it", err, p.path)
	}
	a := &audience{path: p.CSV(), file: f}
	if err := a.begin(f, p); err != nil {
		_ = f.Close()
		return nil, err
	}
	return a, nil
}

func (a *audience) begin(in io.Reader, p *Plan) error {
	b := bufio.NewReader(in)
	lead, err := b.Peek(3)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read audience %q: %w", a.path, err)
	}
	switch {
	case bytes.Equal(lead, []byte("\xef\xbb\xbf")):
		_, _ = b.Discard(3) // peeked at
	case bytes.HasPrefix(lead, []byte("\xff\xfe")), bytes.HasPrefix(lead, []byte("\xfe\xff")):
		return fmt.Errorf("read audience %q: it is UTF-16: save it as CSV in UTF-8", a.path)
	}
	a.kept = &keeper{in: b}
	a.csv = csv.NewReader(a.kept)
	a.csv.FieldsPerRecord = -1
	first, err := a.next()
	switch {
	case errors.Is(err, io.EOF):
		return fmt.Errorf("read audience %q: it is empty: its first line names the columns", a.path)
	case err != nil:
		return err
	case first.wrong != nil:
		return fmt.Errorf("read audience %q: its first line, which names the columns: %s", a.path, first.wrong)
	}
	a.header, a.index = first.cells, make(map[string]int, len(first.cells))
	var ps fsm.Problems
	for i, name := range a.header {
		name = strings.TrimSpace(name)
		if _, twice := a.index[name]; twice && name != "" {
			ps = append(ps, fsm.Problem{At: fsm.Position{File: a.path, Line: 1, Column: 1}, Code: "audience", Message: fmt.Sprintf("column %q is here twice", name)})
		}
		a.index[name] = i
	}
	if len(a.header) == 1 && strings.Contains(a.header[0], ";") {
		return fmt.Errorf("read audience %q: its columns are separated by semicolons: save it with commas", a.path)
	}
	reads := p.columns()
	for _, name := range slices.Sorted(maps.Keys(reads)) {
		if _, ok := a.index[name]; !ok {
			ps = append(ps, p.places.Problem(reads[name], "%s has no column %q: %s", p.Audience.CSV, name, config.DidYouMean(name, a.header)))
		}
	}
	return ps.Err()
}

// next is the next row; io.EOF where there is none. Any other error says that the file can't be read on.
func (a *audience) next() (record, error) {
	from := a.csv.InputOffset()
	cells, err := a.csv.Read()
	raw := a.kept.take(from, a.csv.InputOffset())
	var bad *csv.ParseError
	switch {
	case err == nil:
		line, _ := a.csv.FieldPos(0)
		a.last = line
		r := record{line: line, cells: cells}
		switch {
		case a.header != nil && len(cells) != len(a.header):
			last, _ := a.csv.FieldPos(len(cells) - 1)
			r.wrong = &Refusal{Reason: "another number of columns than the header", Detail: fmt.Sprintf("%d, not %d%s", len(cells), len(a.header), through(line, last))}
		case slices.ContainsFunc(cells, func(s string) bool { return !utf8.ValidString(s) }):
			r.wrong = &Refusal{Reason: "not UTF-8: save the file as CSV in UTF-8"}
		}
		return r, nil
	case errors.As(err, &bad):
		if errors.Is(err, csv.ErrQuote) && bad.Line > bad.StartLine && a.kept.ended {
			return record{}, fmt.Errorf("read audience: %s:%d: a quote that is opened in this row isn't closed: close it, or double the quotes within a cell", a.path, bad.StartLine)
		}
		return record{line: bad.StartLine, raw: strings.TrimRight(raw, "\r\n"), wrong: &Refusal{
			Reason: "quotes that don't fit: put the whole cell in quotes, and double those within it", Detail: strings.TrimPrefix(through(bad.StartLine, bad.Line), ", "),
		}}, nil
	case errors.Is(err, io.EOF):
		return record{}, err
	case errors.Is(err, errLongRow):
		return record{}, fmt.Errorf("read audience %q: %w begins after line %d: is a quote opened there and not closed?", a.path, err, a.last)
	}
	return record{}, fmt.Errorf("read audience %q: %w", a.path, err)
}

func through(first, last int) string {
	if last <= first {
		return ""
	}
	return fmt.Sprintf(", over lines %d to %d: is a quote not closed?", first, last)
}

// keeper remembers what was read since the last row, for a row that can't be read as cells.
type keeper struct {
	in    io.Reader
	bytes []byte
	at    int64 // the offset of bytes[0]
	ended bool
}

func (k *keeper) Read(p []byte) (int, error) {
	if len(k.bytes) > mostRow {
		return 0, errLongRow
	}
	n, err := k.in.Read(p)
	k.bytes = append(k.bytes, p[:n]...)
	k.ended = errors.Is(err, io.EOF)
	return n, err
}

// take is what stands between two offsets; all before the second is forgotten.
func (k *keeper) take(from, to int64) string {
	text := string(k.bytes[from-k.at : to-k.at])
	k.bytes = append(k.bytes[:0], k.bytes[to-k.at:]...)
	k.at = to
	return text
}

func (a *audience) close() { _ = a.file.Close() } // it was only read

// cell is a row's value in a column, without the spaces around it.
func (a *audience) cell(r record, name string) string {
	return strings.TrimSpace(r.cells[a.index[name]])
}
