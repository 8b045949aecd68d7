package graph

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/settle-chat/settle/fsm"
)

// Of is the graph of a loaded workflow. Its texts are those of its own language, or else of the first.
func Of(w *fsm.Workflow) Graph {
	d := drawing{w: w, texts: w.Texts[w.Language]}
	if tags := slices.Sorted(maps.Keys(w.Texts)); d.texts == nil && len(tags) > 0 {
		d.texts = w.Texts[tags[0]]
	}
	d.g = Graph{Name: w.Name, Title: w.Title}
	d.arrow(Arrow{From: StartNode, To: w.Start, Kind: ByRule, Label: w.Trigger.Event, When: sources(w.Trigger.When)})
	d.anywhere()
	states := slices.SortedFunc(maps.Values(w.States), inFile)
	for _, s := range states {
		d.state(s)
	}
	d.g.Nodes = append(d.g.Nodes, Node{Name: StartNode, Kind: Start})
	if d.leads(func(a Arrow) string { return a.From }, AnywhereNode) {
		d.g.Nodes = append(d.g.Nodes, Node{Name: AnywhereNode, Kind: Anywhere})
	}
	for _, s := range states {
		d.g.Nodes = append(d.g.Nodes, d.stateNode(s))
	}
	d.ends()
	return d.g
}

// drawing is a graph in the making.
type drawing struct {
	w     *fsm.Workflow
	texts *fsm.Texts
	g     Graph
}

func (d *drawing) arrow(a Arrow) {
	if a.To != "" {
		d.g.Arrows = append(d.g.Arrows, a)
	}
}

// leads says whether any arrow has this name at the end that is asked for.
func (d *drawing) leads(end func(Arrow) string, name string) bool {
	return slices.ContainsFunc(d.g.Arrows, func(a Arrow) bool { return end(a) == name })
}

// text is a text as its author wrote it: each placeholder stands for itself.
func (d *drawing) text(name string) string {
	def := d.texts.Get(name)
	if def == nil {
		return ""
	}
	s, err := def.Fill("", "", func(hole string) (string, bool) { return "{" + hole + "}", true })
	if err != nil {
		return "" // a plural without a form for this number: the picture says less, and settle check says why
	}
	return s
}

func (d *drawing) stateNode(s *fsm.State) Node {
	n := Node{Name: s.Name, Kind: Kind(s.Kind), Needs: s.Needs.String(), Text: d.text(s.Say)}
	switch {
	case s.Ask != nil:
		n.Lines = append(n.Lines, s.Ask.Name+", "+string(s.Ask.Type))
		for _, choice := range s.Ask.Of {
			n.Options = append(n.Options, option(choice, d.text(choice), nil))
		}
	case s.Offer != nil:
		n.Lines = append(n.Lines, "of "+s.Offer.Name)
		n.Options = append(n.Options, option(s.Offer.Name, d.text(s.Offer.Name+"-option"), sources(s.Offer.When)))
	case s.Do != nil:
		n.Lines = append(n.Lines, s.Do.Operation)
	}
	for _, c := range s.Also {
		n.Lines = append(n.Lines, "also "+c.Operation)
	}
	for _, a := range d.g.Arrows {
		if a.From == s.Name && a.Says != "" {
			n.Options = append(n.Options, option(a.Label, a.Says, a.When))
		}
	}
	return n
}

// option is one answer in a node's tooltip.
func option(id, says string, when []string) string {
	s := id
	if says != "" {
		s += ": " + says
	}
	if len(when) > 0 {
		s += " (when " + strings.Join(when, " and ") + ")"
	}
	return s
}

// ends adds the outcomes and exceptions to which something leads.
func (d *drawing) ends() {
	reached := func(name string) bool { return d.leads(func(a Arrow) string { return a.To }, name) }
	for _, name := range slices.Sorted(maps.Keys(d.w.Outcomes)) {
		if !reached(name) {
			continue
		}
		d.g.Nodes = append(d.g.Nodes, d.endNode(name, Outcome, &d.w.Outcomes[name].End))
	}
	exceptions := slices.SortedFunc(maps.Values(d.w.Exceptions), func(a, b *fsm.Exception) int {
		return cmp.Or(cmp.Compare(a.Queue, b.Queue), cmp.Compare(a.Name, b.Name))
	})
	for _, x := range exceptions {
		if !reached(x.Name) {
			continue
		}
		n := d.endNode(x.Name, Exception, &x.End)
		n.Queue = x.Queue
		switch x.Back {
		case "":
		case fsm.Never:
			n.Lines = append(n.Lines, "never goes on")
		default:
			n.Lines = append(n.Lines, "goes on at "+x.Back)
		}
		d.g.Nodes = append(d.g.Nodes, n)
	}
}

func (d *drawing) endNode(name string, kind Kind, e *fsm.End) Node {
	n := Node{Name: name, Kind: kind, Needs: e.Needs.String(), Text: d.text(e.Say)}
	if e.Write != nil {
		n.Lines = append(n.Lines, e.Write.Operation)
	}
	for _, c := range e.Also {
		n.Lines = append(n.Lines, "also "+c.Operation)
	}
	if e.Queue != "" {
		n.Lines = append(n.Lines, "queue "+e.Queue)
	}
	if e.Undo != nil {
		n.Lines = append(n.Lines, "UNDO for "+duration(e.Undo.Within)+": "+e.Undo.To)
	}
	if e.Opens != nil {
		n.Lines = append(n.Lines, "opens "+e.Opens.Workflow)
	}
	return n
}

func sources(when []*fsm.Expr) []string {
	var all []string
	for _, x := range when {
		all = append(all, x.Source)
	}
	return all
}

// inFile orders states by where they stand: the workflow's own file first, as its author reads it.
func inFile(a, b *fsm.State) int {
	return cmp.Or(cmp.Compare(b.At.File, a.At.File), cmp.Compare(a.At.Line, b.At.Line), cmp.Compare(a.At.Column, b.At.Column), cmp.Compare(a.Name, b.Name))
}
