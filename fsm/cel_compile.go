package fsm

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/cost"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// scope is what the expressions in one place may read.
type scope struct {
	names    map[string]Type
	facts    map[string]*FactDef // for choices and what computed facts rest on
	computed *computed
	hidden   map[string]string // names that exist but can't be read here, and why
	broken   map[string]bool   // names of which something wrong has been said, with all that begins with them and a dot
	env      *cel.Env
}

func (s *scope) prepare() error {
	base, err := expressions()
	if err != nil {
		return fmt.Errorf("prepare expressions: %w", err)
	}
	var opts []cel.EnvOption
	for _, name := range slices.Sorted(maps.Keys(s.names)) {
		opts = append(opts, cel.Variable(name, celType(s.names[name])), cel.Variable(hasPrefix+name, cel.BoolType))
	}
	s.env, err = base.Extend(opts...)
	if err != nil {
		return fmt.Errorf("declare the facts for expressions: %w", err)
	}
	return nil
}

func celType(t Type) *cel.Type {
	switch t {
	case Integer:
		return cel.IntType
	case Boolean:
		return cel.BoolType
	case Money:
		return moneyType
	case Date:
		return dateType
	case Moment:
		return timeType
	case Several:
		return cel.ListType(cel.StringType)
	}
	return cel.StringType
}

// mostCost bounds an expression's work. An ordinary line costs below 30; a whole list of choices is counted as mostChoices.
const (
	mostCost    = 5000
	mostChoices = 100
)

// wrong is what is wrong with an expression, and at which of its characters.
type wrong struct {
	column        int
	message, hint string
}

// compile checks one expression and makes it ready. want is what it must give; empty for anything.
func (s *scope) compile(source string, want Type) (*Expr, []wrong) {
	if len([]rune(source)) > maxExpression {
		return nil, []wrong{{0, "longer than 1000 characters", "name a part of it as a computed fact"}}
	}
	parsed, issues := s.env.Parse(source)
	if issues.Err() != nil {
		return nil, s.unread(source, issues)
	}
	w := &walker{scope: s, positions: parsed.NativeRep().SourceInfo(), expr: &Expr{Source: source}}
	w.walk(parsed.NativeRep().Expr())
	if len(w.wrongs) > 0 || w.broken {
		return nil, w.wrongs
	}
	checked, issues := s.env.Check(parsed)
	if issues.Err() != nil {
		return nil, s.issues(issues)
	}
	w.types = checked.NativeRep()
	w.walkTyped(w.types.Expr())
	given := w.given(w.types.Expr())
	if len(w.wrongs) == 0 && !fits(given, want, w.fixed(w.types.Expr())) {
		w.fail(w.types.Expr(), "gives %s, but %s is needed here", phrase(given), phrase(want))
	}
	if len(w.wrongs) > 0 {
		return nil, w.wrongs
	}
	estimate, err := s.env.EstimateCost(checked, sizes{})
	if err != nil || estimate.Max > mostCost {
		return nil, []wrong{{0, "too dear to calculate", "name a part of it as a computed fact"}}
	}
	program, err := s.env.Program(checked, cel.CostLimit(2*mostCost))
	if err != nil {
		return nil, []wrong{{0, err.Error(), ""}}
	}
	e := w.expr
	e.Type, e.program, e.library = want, program, s.computed
	if want == "" || given != Integer {
		e.Type = given
	}
	slices.Sort(e.Reads)
	e.Reads, e.Tested = slices.Compact(e.Reads), slices.Compact(slices.Sorted(slices.Values(e.Tested)))
	return e, nil
}

// sizes tells CEL's estimate what it can't know.
type sizes struct{}

// EstimateCallCost counts a search through a list as its length. All else that is declared here works in constant time.
func (sizes) EstimateCallCost(function, _ string, _ *cost.AstNode, args []cost.AstNode) *cost.CallEstimate {
	if function != operators.In || len(args) != 2 {
		return nil
	}
	most := uint64(mostChoices)
	if e := args[1].Expr(); e != nil && e.Kind() == ast.ListKind {
		most = uint64(e.AsList().Size())
	}
	return &cost.CallEstimate{CostEstimate: cost.Estimate{Min: 1, Max: 1 + most}}
}

// EstimateSize says how long lists and texts get.
func (sizes) EstimateSize(n cost.AstNode) *cost.SizeEstimate {
	if n.Type() != nil && n.Type().Kind() == types.ListKind {
		return &cost.SizeEstimate{Max: mostChoices}
	}
	return &cost.SizeEstimate{Max: maxText / 16}
}

func typeOf(t *cel.Type) Type {
	switch {
	case t == nil:
		return ""
	case t.Kind() == types.IntKind:
		return Integer
	case t.Kind() == types.BoolKind:
		return Boolean
	case t.Kind() == types.StringKind:
		return Text
	case t.Kind() == types.ListKind:
		return Several
	}
	return Type(t.TypeName()) // money, date, time; days fits nowhere
}

// fits reports whether a value of type given may be put where want is needed. A fixed whole number is an amount too.
func fits(given, want Type, fixed bool) bool {
	switch {
	case want == "":
		return slices.Contains([]Type{Text, Integer, Boolean, Money, Date, Chosen, Several, Phone, Email, Postal, File, Moment}, given)
	case given == want:
		return true
	case want == Money:
		return given == Integer && fixed
	case want == Text:
		return slices.Contains([]Type{Chosen, Phone, Email, Postal, File}, given)
	case want == Chosen:
		return given == Text && fixed
	case want == Moment:
		return given == Date
	}
	return false
}

func phrase(t Type) string {
	switch t {
	case Integer, Email, Postal:
		return "an " + string(t)
	case Money, Several:
		return string(t)
	case Boolean:
		return "true or false"
	case "days":
		return "a number of days"
	case "":
		return "nothing of use"
	}
	return "a " + string(t)
}

var (
	noOverload = regexp.MustCompile(`found no matching overload for '([^']*)' applied to '\(([^']*)\)'`)
	spelled    = strings.NewReplacer("list(string)", "choices", "list(int)", "numbers", "string", "text", "int", "integer", "bool", "boolean")
)

// unread says in our words why an expression can't be read.
func (s *scope) unread(source string, issues *cel.Issues) []wrong {
	first := issues.Errors()[0]
	if strings.HasPrefix(first.Message, "Syntax error:") {
		return []wrong{syntax(source, column(first))}
	}
	return s.issues(issues)
}

// column is where in an expression something is wrong; 0 where it isn't in its first line.
func column(e *cel.Error) int {
	if e.Location.Line() != 1 {
		return 0
	}
	return max(0, e.Location.Column())
}

// issues says in our words what CEL found.
func (s *scope) issues(issues *cel.Issues) []wrong {
	var all []wrong
	for _, e := range issues.Errors() {
		message := strings.SplitN(e.Message, "\n", 2)[0]
		if m := noOverload.FindStringSubmatch(message); m != nil {
			op, taken := strings.Trim(m[1], "_@"), spelled.Replace(m[2])
			if op == "?_:" {
				op = "?:"
			}
			message = fmt.Sprintf("%s doesn't take (%s)", op, taken)
			if (op == "==" || op == "!=") && strings.Contains(taken, "money") {
				message = op + " on money is refused: compare amounts with <, <=, > or >="
			}
		}
		all = append(all, wrong{min(column(e), math.MaxInt16), message, ""})
	}
	return all
}
