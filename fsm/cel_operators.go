package fsm

import (
	"fmt"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"github.com/cockroachdb/apd/v3"
)

// order compares two values that the checker let through.
func order(a, b ref.Val) int {
	if t, ok := a.Value().(time.Time); ok {
		u, _ := b.Value().(time.Time)
		return t.Compare(u)
	}
	return decimal(a).Cmp(decimal(b))
}

// ordered are the pairs that have an order. Of money and a number, the checker lets only fixed numbers through.
var ordered = [][2]*cel.Type{{cel.IntType, cel.IntType}, {moneyType, moneyType}, {moneyType, cel.IntType}, {cel.IntType, moneyType}, {dateType, dateType}}

func comparison(op string, holds func(order int) bool) cel.EnvOption {
	var all []cel.FunctionOpt
	for _, pair := range ordered {
		all = append(all, cel.Overload(op+pair[0].String()+pair[1].String(), pair[:], cel.BoolType,
			cel.BinaryBinding(func(a, b ref.Val) ref.Val { return types.Bool(holds(order(a, b))) })))
	}
	return cel.Function(op, all...)
}

// choose is min or max.
func choose(name string, first func(order int) bool) cel.EnvOption {
	var all []cel.FunctionOpt
	for _, pair := range ordered {
		result := pair[0]
		if pair[1] == moneyType {
			result = moneyType
		}
		all = append(all, cel.Overload(name+pair[0].String()+pair[1].String(), pair[:], result, cel.BinaryBinding(func(a, b ref.Val) ref.Val {
			v := b
			if first(order(a, b)) {
				v = a
			}
			if result == moneyType {
				return celValue{moneyType, decimal(v)}
			}
			return v
		})))
	}
	return cel.Function(name, all...)
}

type (
	onMoney func(c *apd.Context, d, x, y *apd.Decimal) (apd.Condition, error)
	onInts  func(a types.Int, b ref.Val) ref.Val
)

// amounts are the overloads of one operator on numbers: int with int, and the mixed ones that give money.
func amounts(exactly onMoney, whole onInts, mixed [][3]*cel.Type) []cel.FunctionOpt {
	all := []cel.FunctionOpt{cel.Overload(fmt.Sprintf("int%p", whole), []*cel.Type{cel.IntType, cel.IntType}, cel.IntType,
		cel.BinaryBinding(func(a, b ref.Val) ref.Val { return whole(a.(types.Int), b) }))}
	for _, m := range mixed {
		all = append(all, cel.Overload(fmt.Sprintf("%p%s%s", exactly, m[0], m[1]), m[:2], m[2], cel.BinaryBinding(func(a, b ref.Val) ref.Val {
			d := new(apd.Decimal)
			_, err := exactly(&exact, d, decimal(a), decimal(b))
			return money(d, err)
		})))
	}
	return all
}

// calculation is + or -: on numbers, and on a day or an instant with days.
func calculation(op string, exactly onMoney, whole onInts, moved func(at, d ref.Val) ref.Val) cel.EnvOption {
	all := amounts(exactly, whole, [][3]*cel.Type{{moneyType, moneyType, moneyType}, {moneyType, cel.IntType, moneyType}, {cel.IntType, moneyType, moneyType}})
	for _, t := range []*cel.Type{dateType, timeType} {
		all = append(all, cel.Overload(op+t.String(), []*cel.Type{t, daysType}, t, cel.BinaryBinding(moved)))
	}
	return cel.Function(op, all...)
}
