package fsm

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// walker looks an expression over: first its names, then its types.
type walker struct {
	scope     *scope
	positions *ast.SourceInfo
	types     *ast.AST
	expr      *Expr
	wrongs    []wrong
	broken    bool // it reads a name of which something wrong has been said
}

func (w *walker) fail(e ast.Expr, format string, args ...any) {
	column := 0
	if start := w.positions.GetStartLocation(e.ID()); start != nil && start.Line() == 1 {
		column = max(0, start.Column())
	}
	message, hint := phrased(format, args)
	w.wrongs = append(w.wrongs, wrong{column, message, hint})
}

// functions and signs are all that can be applied.
var functions = []string{"has", "days", "business_days", "money", "round_up", "min", "max"}

var signs = []string{
	operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot, operators.Conditional, operators.Negate, operators.In,
	operators.Add, operators.Subtract, operators.Multiply, operators.Divide,
	operators.Equals, operators.NotEquals, operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals,
}

func (w *walker) walk(e ast.Expr) {
	switch e.Kind() {
	case ast.IdentKind, ast.SelectKind:
		name, ok := dotted(e)
		if !ok {
			w.fail(e, "only names can have a dot")
			return
		}
		w.name(e, name)
	case ast.LiteralKind:
		switch e.AsLiteral().(type) {
		case types.Double:
			w.fail(e, `numbers with a point aren't exact: write money("99.50")`)
		case types.Int, types.String, types.Bool:
		default:
			w.fail(e, "only whole numbers, texts, true and false can be written out")
		}
	case ast.CallKind:
		c := e.AsCall()
		if c.IsMemberFunction() {
			w.fail(e, "nothing has functions of its own: write %s(...) with one of %s", c.FunctionName(), strings.Join(functions, ", "))
			return
		}
		switch name := c.FunctionName(); {
		case name[0] >= 'a' && name[0] <= 'z' && !slices.Contains(functions, name):
			w.fail(e, "there is no function %q%s", name, didYouMean(name, functions))
			return
		case (name[0] < 'a' || name[0] > 'z') && !slices.Contains(signs, name):
			w.fail(e, "%s isn't part of the language", strings.ReplaceAll(strings.Trim(name, "_@"), "_", ""))
			return
		}
		for _, a := range c.Args() {
			w.walk(a)
		}
	case ast.ListKind:
		for _, item := range e.AsList().Elements() {
			if item.Kind() != ast.LiteralKind {
				w.fail(item, "a list can only hold texts or whole numbers written out")
				continue
			}
			w.walk(item)
		}
	default:
		w.fail(e, "only names, numbers, texts, lists and the functions %s can stand here", strings.Join(functions, ", "))
	}
}

func (w *walker) name(e ast.Expr, name string) {
	asked, has := hasName(name)
	if has {
		name = asked
	}
	if why := w.scope.hidden[name]; why != "" {
		w.fail(e, "%s", why)
		return
	}
	first, _, _ := strings.Cut(name, ".")
	if w.scope.broken[name] || w.scope.broken[first] {
		w.broken = true
		return
	}
	if _, ok := w.scope.names[name]; !ok {
		w.fail(e, "unknown name %q%s", name, didYouMean(name, slices.Collect(maps.Keys(w.scope.names))))
		return
	}
	w.expr.Reads = append(w.expr.Reads, name)
	if has {
		w.expr.Tested = append(w.expr.Tested, name)
	}
}

// walkTyped refuses what type-checks but can't be meant.
func (w *walker) walkTyped(e ast.Expr) {
	if e.Kind() != ast.CallKind {
		return
	}
	c := e.AsCall()
	for _, a := range c.Args() {
		w.walkTyped(a)
	}
	switch c.FunctionName() {
	case operators.Add, operators.Subtract, operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals, "min", "max":
		if len(c.Args()) != 2 {
			return
		}
		for i, a := range c.Args() {
			other := c.Args()[1-i]
			if w.given(a) == Integer && w.given(other) == Money && !w.fixed(a) {
				w.fail(a, "an amount can only stand beside another amount, a limit or a number written out; this is a count")
			}
		}
	case operators.Equals, operators.NotEquals, operators.In:
		w.choice(c.Args()[0], c.Args()[1])
		w.choice(c.Args()[1], c.Args()[0])
	case "money":
		if a := c.Args()[0]; a.Kind() == ast.LiteralKind {
			if _, err := literalMoney(fmt.Sprint(a.AsLiteral().Value())); err != nil {
				w.fail(a, "%v", err)
			}
		} else {
			w.fail(a, `money("...") takes an amount written out`)
		}
	case "round_up":
		if a := c.Args()[1]; a.Kind() == ast.LiteralKind && a.AsLiteral() == types.Int(0) {
			w.fail(a, "round_up takes a step above zero")
		}
	}
}

// choice refuses a text that the fact beside it can never be.
func (w *walker) choice(fact, text ast.Expr) {
	name, ok := dotted(fact)
	def := w.scope.facts[name]
	if !ok || def == nil || len(def.Of) == 0 {
		return
	}
	literals := []ast.Expr{text}
	if text.Kind() == ast.ListKind {
		literals = text.AsList().Elements()
	}
	for _, l := range literals {
		if l.Kind() != ast.LiteralKind {
			continue
		}
		if s, ok := l.AsLiteral().(types.String); ok && !slices.Contains(def.Of, string(s)) {
			w.fail(l, "%s can't be %q%s", name, string(s), didYouMean(string(s), def.Of))
		}
	}
}

// given is the type of a part, as exact as the facts declare it.
func (w *walker) given(e ast.Expr) Type {
	if name, ok := dotted(e); ok {
		if t, ok := w.scope.names[name]; ok {
			return t
		}
	}
	return typeOf(w.types.GetType(e.ID()))
}

// fixed reports whether a part is made of limits and of numbers written out, so that its author means an amount by it.
func (w *walker) fixed(e ast.Expr) bool {
	switch e.Kind() {
	case ast.LiteralKind:
		return true
	case ast.CallKind:
		return !slices.ContainsFunc(e.AsCall().Args(), func(a ast.Expr) bool { return !w.fixed(a) })
	}
	name, ok := dotted(e)
	if !ok || w.scope.computed == nil {
		return false
	}
	_, limit := w.scope.computed.limits[name]
	return limit
}
