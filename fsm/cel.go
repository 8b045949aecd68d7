package fsm

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"github.com/cockroachdb/apd/v3"
)

// Expr is one compiled expression, read-only and safe for concurrent use. It was type-checked and found cheap when loaded,
// so that evaluating it takes microseconds whatever the values are.
type Expr struct {
	Source string
	At     Position
	Type   Type
	Uses   []string // the facts it reads, through computed facts too; computed ones themselves are not among them
	Reads  []string // every name it reads: facts, limits, paid.amount, case.ref
	Tested []string // those of Reads that has() asks for: they may be missing

	program cel.Program
	library *computed
}

// computed are the values that a workflow brings itself.
type computed struct {
	limits map[string]Value
	facts  map[string]*FactDef // the computed ones
}

// Vars are the values that an expression may read.
type Vars struct {
	Get      func(name string) (Value, bool) // facts, and what belongs to a case; limits and computed facts are found without it
	Now      time.Time                       // the event's time, in the contact's zone
	Currency string

	worked map[string]Value // computed facts found during one evaluation: one that is read often is worked out once
}

// ErrMissing is returned by Eval when a value isn't known: what rests on it is not eligible. Test with errors.As.
type ErrMissing struct{ Fact string }

func (e ErrMissing) Error() string { return "missing " + e.Fact }

// Eval calculates the value. A name that isn't known makes it ErrMissing, even where the rest would decide alone; only a
// name that the expression itself asks for with has() is read as CEL reads it.
func (e *Expr) Eval(vars Vars) (Value, error) {
	a := &activation{vars: vars, library: e.library}
	if len(e.Reads) > len(a.room) {
		a.found = make([]found, 0, len(e.Reads))
	} else {
		a.found = a.room[:0]
	}
	for _, name := range e.Reads {
		if slices.Contains(e.Tested, name) {
			continue
		}
		v, ok := a.value(name)
		if !ok {
			return Value{}, ErrMissing{name}
		}
		a.found = append(a.found, found{name, v})
	}
	out, _, err := e.program.Eval(a)
	if err != nil {
		if a.missing != "" {
			return Value{}, ErrMissing{a.missing}
		}
		return Value{}, fmt.Errorf("evaluate %q: %w", e.Source, err)
	}
	v, err := toValue(out, e.Type, vars.Currency)
	if err != nil {
		return Value{}, fmt.Errorf("evaluate %q: %w", e.Source, err)
	}
	return v, nil
}

// activation answers CEL's questions for names. It lives for one evaluation.
type activation struct {
	vars    Vars
	library *computed
	missing string // the first name that was asked for in vain
	found   []found
	room    [4]found // for found: few expressions read more
}

// found is a name that is known, with its value: it is looked for once in an evaluation.
type found struct {
	name  string
	value Value
}

func (a *activation) Parent() cel.Activation { return nil }

// ResolveName is CEL's question for a variable.
func (a *activation) ResolveName(name string) (any, bool) {
	if asked, ok := hasName(name); ok {
		_, known := a.value(asked)
		return types.Bool(known), true
	}
	for i := range a.found {
		if a.found[i].name == name {
			return toCEL(a.found[i].value), true
		}
	}
	v, ok := a.value(name)
	if !ok {
		if a.missing == "" {
			a.missing = name
		}
		return nil, false
	}
	return toCEL(v), true
}

func (a *activation) value(name string) (Value, bool) {
	switch name {
	case "now":
		return MomentValue(a.vars.Now), true
	case "today":
		return DateValue(a.vars.Now.Date()), true
	}
	if a.library != nil {
		if v, ok := a.library.limits[name]; ok {
			return v, true
		}
		if def := a.library.facts[name]; def != nil {
			return a.work(name, def)
		}
	}
	if a.vars.Get == nil {
		return Value{}, false
	}
	return a.vars.Get(name)
}

// work calculates a computed fact, once in an evaluation: without that, facts that read each other twice would cost twice
// as much at every step. No value stands for one that can't be known.
func (a *activation) work(name string, def *FactDef) (Value, bool) {
	v, ok := a.vars.worked[name]
	if !ok {
		if a.vars.worked == nil {
			a.vars.worked = map[string]Value{} // before it goes on to the facts that this one reads
		}
		v, _ = def.Is.Eval(a.vars)
		a.vars.worked[name] = v
	}
	return v, !v.IsZero()
}

// Value finds what a name stands for now: a limit, a computed fact, today, now, or what vars.Get knows.
func (w *Workflow) Value(name string, vars Vars) (Value, bool) {
	return (&activation{vars: vars, library: w.computed}).value(name)
}

func toCEL(v Value) any {
	switch v.kind {
	case Integer:
		return types.Int(v.Int())
	case Boolean:
		return types.Bool(v.True())
	case Money:
		return celValue{moneyType, v.Decimal()}
	case Date:
		return celValue{dateType, v.Time()}
	case Moment:
		return celValue{timeType, v.Time()}
	case Several:
		return types.NewStringList(types.DefaultTypeAdapter, v.List())
	}
	return types.String(v.text)
}

// toValue is a result as the type that the expression was found to have: a fixed number where an amount is needed is one.
func toValue(out ref.Val, want Type, currency string) (Value, error) {
	switch x := out.(type) {
	case types.Bool:
		return BooleanValue(bool(x)), nil
	case types.Int:
		if want == Money {
			return MoneyValue(apd.New(int64(x), 0), currency)
		}
		return IntegerValue(int64(x)), nil
	case types.String:
		return ParseValue(want, currency, string(x))
	case traits.Lister:
		return fromList(x)
	case celValue:
		switch v := x.v.(type) {
		case *apd.Decimal:
			return MoneyValue(v, currency)
		case time.Time:
			if x.kind == dateType {
				return DateValue(v.Date()), nil
			}
			return MomentValue(v), nil
		}
	}
	return Value{}, errors.New("the result is of no type that a fact can have")
}

func fromList(l traits.Lister) (Value, error) {
	var names []string
	for it := l.Iterator(); it.HasNext() == types.True; {
		names = append(names, fmt.Sprint(it.Next().Value()))
	}
	return ParseValue(Several, "", strings.Join(names, ","))
}
