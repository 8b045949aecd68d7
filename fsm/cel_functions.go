package fsm

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"github.com/cockroachdb/apd/v3"
)

// The types that CEL doesn't bring. They are opaque: nothing but the functions below works on them.
var (
	moneyType = cel.OpaqueType("money")
	dateType  = cel.OpaqueType("date")
	timeType  = cel.OpaqueType("time")
	daysType  = cel.OpaqueType("days")
)

// celValue is a value of one of them: *apd.Decimal, time.Time, time.Time, days.
type celValue struct {
	kind *cel.Type
	v    any
}

type days struct {
	n        int64
	business bool
}

func (c celValue) Type() ref.Type { return c.kind }
func (c celValue) Value() any     { return c.v }

// Equal is needed for dates; money has no == in the language.
func (c celValue) Equal(other ref.Val) ref.Val {
	o, ok := other.(celValue)
	if !ok || o.kind != c.kind {
		return types.False
	}
	if t, ok := c.v.(time.Time); ok {
		u, ok := o.v.(time.Time)
		return types.Bool(ok && t.Equal(u))
	}
	return types.False
}

func (c celValue) ConvertToNative(t reflect.Type) (any, error) {
	return nil, fmt.Errorf("%s is no %v", c.kind, t)
}

func (c celValue) ConvertToType(t ref.Type) ref.Val {
	if t == types.TypeType {
		return c.kind
	}
	return types.NewErr("%s is no %s", c.kind, t)
}

// expressions is CEL cut down to what a policy needs, and money, dates and days added. Nothing loops: no macros over lists,
// no regular expressions, no text is built. Every operator is declared here, with exactly the types that it takes.
var expressions = sync.OnceValues(func() (*cel.Env, error) {
	yes, num, text := cel.BoolType, cel.IntType, cel.StringType
	opts := []cel.EnvOption{
		cel.ClearMacros(), cel.Macros(cel.GlobalMacro("has", 1, hasMacro)),
		cel.ParserExpressionSizeLimit(maxExpression), cel.ParserRecursionLimit(48), cel.ParserErrorRecoveryLimit(4),
		cel.ExpressionNodeLimit(256), cel.ExpressionNestingDepthLimit(48),
		cel.Function(operators.LogicalAnd, cel.Overload("and", []*cel.Type{yes, yes}, yes)),
		cel.Function(operators.LogicalOr, cel.Overload("or", []*cel.Type{yes, yes}, yes)),
		cel.Function(operators.Conditional, cel.Overload("if", []*cel.Type{yes, cel.TypeParamType("T"), cel.TypeParamType("T")}, cel.TypeParamType("T"))),
		cel.Function(operators.LogicalNot, cel.Overload("not", []*cel.Type{yes}, yes,
			cel.UnaryBinding(func(v ref.Val) ref.Val { return !v.(types.Bool) }))),
		cel.Function(operators.Negate,
			cel.Overload("minus-int", []*cel.Type{num}, num, cel.UnaryBinding(func(v ref.Val) ref.Val { return v.(types.Int).Negate() })),
			cel.Overload("minus-money", []*cel.Type{moneyType}, moneyType, cel.UnaryBinding(func(v ref.Val) ref.Val {
				return money(new(apd.Decimal).Neg(decimal(v)), nil)
			}))),
		cel.Function(operators.In,
			cel.Overload("text-in", []*cel.Type{text, cel.ListType(text)}, yes, cel.BinaryBinding(contains)),
			cel.Overload("int-in", []*cel.Type{num, cel.ListType(num)}, yes, cel.BinaryBinding(contains))),
		cel.Function("money", cel.Overload("money-of", []*cel.Type{text}, moneyType, cel.UnaryBinding(func(v ref.Val) ref.Val {
			return money(literalMoney(string(v.(types.String))))
		}))),
		cel.Function("round_up", cel.Overload("round-up", []*cel.Type{moneyType, num}, moneyType, cel.BinaryBinding(roundUp))),
		cel.Function("days", cel.Overload("days-of", []*cel.Type{num}, daysType, cel.UnaryBinding(func(v ref.Val) ref.Val { return daysOf(v, false) }))),
		cel.Function("business_days", cel.Overload("business-days-of", []*cel.Type{num}, daysType,
			cel.UnaryBinding(func(v ref.Val) ref.Val { return daysOf(v, true) }))),
		calculation(operators.Add, (*apd.Context).Add, types.Int.Add, addDays),
		calculation(operators.Subtract, (*apd.Context).Sub, types.Int.Subtract, subtractDays),
		cel.Function(operators.Multiply, amounts((*apd.Context).Mul, types.Int.Multiply, [][3]*cel.Type{{moneyType, num, moneyType}, {num, moneyType, moneyType}})...),
		cel.Function(operators.Divide, amounts((*apd.Context).Quo, types.Int.Divide, [][3]*cel.Type{{moneyType, num, moneyType}})...),
		choose("min", func(order int) bool { return order <= 0 }),
		choose("max", func(order int) bool { return order >= 0 }),
	}
	for _, op := range []string{operators.Equals, operators.NotEquals} {
		var same []cel.FunctionOpt
		for _, t := range []*cel.Type{yes, num, text, dateType} {
			same = append(same, cel.Overload(op+t.String(), []*cel.Type{t, t}, yes))
		}
		opts = append(opts, cel.Function(op, same...))
	}
	for op, holds := range map[string]func(order int) bool{
		operators.Less: func(o int) bool { return o < 0 }, operators.LessEquals: func(o int) bool { return o <= 0 },
		operators.Greater: func(o int) bool { return o > 0 }, operators.GreaterEquals: func(o int) bool { return o >= 0 },
	} {
		opts = append(opts, comparison(op, holds))
	}
	return cel.NewCustomEnv(opts...)
})

const maxExpression = 1000 // code points

// hasPrefix marks the hidden variable that says whether a name is known. No author can write it.
const hasPrefix = "@has:"

func hasName(variable string) (string, bool) { return strings.CutPrefix(variable, hasPrefix) }

// hasMacro turns has(x) into the hidden variable, for CEL's own has() asks about fields only.
func hasMacro(f cel.MacroExprFactory, _ ast.Expr, args []ast.Expr) (ast.Expr, *common.Error) {
	name, ok := dotted(args[0])
	if !ok {
		return nil, f.NewError(args[0].ID(), "has() takes the name of one fact")
	}
	return f.NewIdent(hasPrefix + name), nil
}

// dotted reads a.b.c.
func dotted(e ast.Expr) (string, bool) {
	switch e.Kind() {
	case ast.IdentKind:
		return e.AsIdent(), true
	case ast.SelectKind:
		if s := e.AsSelect(); !s.IsTestOnly() {
			head, ok := dotted(s.Operand())
			return head + "." + s.FieldName(), ok
		}
	}
	return "", false
}

func decimal(v ref.Val) *apd.Decimal {
	switch x := v.(type) {
	case types.Int:
		return apd.New(int64(x), 0)
	case celValue:
		if d, ok := x.v.(*apd.Decimal); ok {
			return d
		}
	}
	return new(apd.Decimal)
}

func money(d *apd.Decimal, err error) ref.Val {
	if err != nil {
		return types.WrapErr(err)
	}
	return celValue{moneyType, d}
}

// literalMoney reads money("99.50").
func literalMoney(s string) (*apd.Decimal, error) {
	if !plainMoney.MatchString(s) {
		return nil, errors.New(`money("...") takes a plain decimal, as money("99.50")`)
	}
	d, _, err := apd.NewFromString(s)
	return d, err
}

// roundUp rounds away from zero to a multiple of its second argument.
func roundUp(amount, to ref.Val) ref.Val {
	n := to.(types.Int)
	if n <= 0 {
		return types.NewErr("round_up takes a step above zero")
	}
	up := exact
	up.Rounding = apd.RoundUp
	d := new(apd.Decimal)
	if _, err := exact.Quo(d, decimal(amount), apd.New(int64(n), 0)); err != nil {
		return types.WrapErr(err)
	}
	if _, err := up.Quantize(d, d, 0); err != nil {
		return types.WrapErr(err)
	}
	_, err := exact.Mul(d, d, apd.New(int64(n), 0))
	return money(d, err)
}

func contains(v, list ref.Val) ref.Val {
	if l, ok := list.(interface{ Contains(ref.Val) ref.Val }); ok {
		return l.Contains(v)
	}
	return types.NewErr("in takes a list")
}

// mostDays bounds days(n): further than any account lives, near enough for every calendar.
const mostDays = 36600

func daysOf(v ref.Val, business bool) ref.Val {
	n := int64(v.(types.Int))
	if n > mostDays || n < -mostDays {
		return types.NewErr("at most %d days", mostDays)
	}
	return celValue{daysType, days{n, business}}
}

func addDays(at, d ref.Val) ref.Val      { return shift(at, d, 1) }
func subtractDays(at, d ref.Val) ref.Val { return shift(at, d, -1) }

// shift moves a day or an instant. Business days are Monday to Friday: the calendars of holidays are the queues' own.
func shift(at, d ref.Val, sign int64) ref.Val {
	a, by := at.(celValue), d.(celValue).v.(days)
	t, n := a.v.(time.Time), by.n*sign
	if !by.business {
		return inCalendar(a.kind, t.AddDate(0, 0, int(n)))
	}
	return inCalendar(a.kind, businessDays(t, int(n)))
}

func businessDays(t time.Time, n int) time.Time {
	step := 1
	if n < 0 {
		n, step = -n, -1
	}
	weekend := func() bool { return t.Weekday() == time.Saturday || t.Weekday() == time.Sunday }
	for n > 0 && weekend() { // from a weekend one counts as from the working day before it
		t = t.AddDate(0, 0, -step)
	}
	t = t.AddDate(0, 0, step*(n/5)*7)
	for n %= 5; n > 0; {
		if t = t.AddDate(0, 0, step); !weekend() {
			n--
		}
	}
	return t
}

// inCalendar refuses years that a date can't be written with.
func inCalendar(kind *cel.Type, t time.Time) ref.Val {
	if t.Year() < 1 || t.Year() > 9999 {
		return types.NewErr("beyond the calendar")
	}
	return celValue{kind, t}
}
