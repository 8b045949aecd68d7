package graph

import "fmt"

// entry is one thing that the legend explains.
type entry struct {
	kind  Kind      // a shape; or
	arrow ArrowKind // a line; or
	level string    // a colour
	words string
	x, y  int
}

// legend explains what is in one picture.
type legend struct {
	entries       []entry
	width, height int
}

// Sizes of the legend's samples.
const (
	sampleWidth  = 34
	sampleHeight = 18
	rowHeight    = 28
)

var arrowWords = map[ArrowKind]string{ByCustomer: "the customer replies", ByRule: "a result, an event or a rule", ByTime: "time passes"}

var levelWords = map[string]string{
	"anyone": "anyone may see it", "device": "needs device", "person": "needs person", "approval": "needs approval", "passkey": "needs passkey",
}

var kindWords = map[Kind]string{
	Say: "says", Ask: "asks", Offer: "offers", Confirm: "reads back", Sign: "signs", Do: "does", Decide: "decides", Wait: "waits", Outcome: "outcome",
	Exception: "exception",
}

// legendOf explains the assurances, kinds and arrows that are in a picture, a row each, broken where it is wider than most.
func legendOf(p *picture, most int) legend {
	kindIn, levelIn, arrowIn := map[Kind]bool{}, map[string]bool{}, map[ArrowKind]bool{}
	for _, b := range p.boxes {
		kindIn[b.Kind], levelIn[b.Needs] = true, true
	}
	for _, l := range append(p.links[:len(p.links):len(p.links)], p.loops...) {
		arrowIn[l.kind] = true
	}
	var rows [3][]entry
	for _, level := range levels {
		if levelIn[level] {
			rows[0] = append(rows[0], entry{level: level, words: levelWords[level]})
		}
	}
	for _, k := range kinds {
		if kindIn[k] {
			rows[1] = append(rows[1], entry{kind: k, words: kindWords[k]})
		}
	}
	for _, k := range arrowKinds {
		if arrowIn[k] {
			rows[2] = append(rows[2], entry{arrow: k, words: arrowWords[k]})
		}
	}
	l := legend{height: margin}
	for _, row := range rows {
		x := margin
		for i, e := range row {
			w := sampleWidth + 8 + textWidth(e.words, smallSize) + 20
			if i > 0 && x+w > most-margin {
				x, l.height = margin, l.height+rowHeight
			}
			e.x, e.y = x, l.height-margin
			l.entries = append(l.entries, e)
			x += w
			l.width = max(l.width, x)
		}
		if len(row) > 0 {
			l.height += rowHeight
		}
	}
	return l
}

func (d *document) legend(l legend, top int) {
	d.printf(`<g class="g-legend" transform="translate(0 %d)">`+"\n", top)
	for _, e := range l.entries {
		switch {
		case e.arrow != "":
			y := e.y + sampleHeight/2
			d.printf(`<g class="g-arrow g-%s">`, e.arrow)
			d.line(e.arrow, fmt.Sprintf("M%d %dh%d", e.x, y, sampleWidth))
			d.printf("</g>\n")
		case e.level != "":
			d.printf(`<g class="g-%s">`, e.level)
			d.shape(Say, e.x, e.y, sampleWidth, sampleHeight)
			d.printf("</g>\n")
		default:
			d.printf(`<g class="g-%s">`, e.kind)
			d.shape(e.kind, e.x, e.y, sampleWidth, sampleHeight)
			d.printf("</g>\n")
		}
		d.text(e.x+sampleWidth+8, e.y+13, "g-line", "start", smallSize, false, e.words)
	}
	d.printf("</g>\n")
}
