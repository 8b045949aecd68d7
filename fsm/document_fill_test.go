package fsm

import (
	"fmt"
	"reflect"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/settle-chat/settle/policy"
)

// filled gives every field of a document a value that no other one has, down to the smallest part.
func filled() Conversation {
	var c Conversation
	n := 0
	fill(reflect.ValueOf(&c).Elem(), &n)
	c.Schema = Schema
	return c
}

func fill(v reflect.Value, n *int) {
	*n++
	switch v.Interface().(type) {
	case time.Time:
		at := time.Date(2026, 11, 24, 10, 0, *n, *n*int(time.Millisecond), time.UTC)
		if *n%2 == 0 {
			at = at.Add(time.Duration(*n))
		}
		v.Set(reflect.ValueOf(at))
		return
	case policy.Assurance:
		v.SetInt(int64(1 + *n%4))
		return
	case []byte, Packed:
		v.SetBytes(fmt.Appendf(nil, "bytes %d", *n))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).Name == "Newer" {
				*n++
				v.Field(i).SetString(newer(*n))
				continue
			}
			fill(v.Field(i), n)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fill(v.Index(i), n)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range 3 {
			*n++
			value := reflect.New(v.Type().Elem()).Elem()
			fill(value, n)
			v.SetMapIndex(reflect.ValueOf(fmt.Sprint("key ", *n)), value)
		}
	case reflect.String:
		v.SetString(fmt.Sprint("text ", *n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int:
		v.SetInt(int64(*n))
	case reflect.Uint64:
		v.SetUint(uint64(*n))
	default:
		panic("no value for a " + v.Type().String())
	}
}

// newer is what a newer release may have added to a type: a text, a number and a message, each under a number of its own.
func newer(n int) string {
	out := protowire.AppendTag(nil, 100, protowire.BytesType)
	out = protowire.AppendString(out, fmt.Sprint("newer ", n))
	out = protowire.AppendTag(out, 101, protowire.VarintType)
	out = protowire.AppendVarint(out, uint64(n))
	out = protowire.AppendTag(out, 2000, protowire.BytesType)
	return string(protowire.AppendBytes(out, protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), 7)))
}

// extend puts newer fields into everything that is there.
func extend(v reflect.Value, n *int) {
	eachNewer(v, "", func(_ string, newerField reflect.Value) {
		*n++
		newerField.SetString(newer(*n))
	})
}

// eachNewer calls f for everything that may have newer fields, with its place: a thing of a list by its name.
func eachNewer(v reflect.Value, place string, f func(string, reflect.Value)) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			eachNewer(v.Elem(), place, f)
		}
	case reflect.Slice:
		for i := range v.Len() {
			eachNewer(v.Index(i), fmt.Sprintf("%s[%d]", place, i), f)
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			value := reflect.New(v.Type().Elem()).Elem()
			value.Set(v.MapIndex(key))
			eachNewer(value, place+"["+key.String()+"]", f)
			v.SetMapIndex(key, value)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			switch field := v.Type().Field(i); field.Name {
			case "Newer":
				f(place, v.Field(i))
			default:
				if field.Type != reflect.TypeFor[time.Time]() {
					eachNewer(v.Field(i), place+"."+field.Name, f)
				}
			}
		}
	}
}

func all(c Conversation) map[string]string {
	places := map[string]string{}
	eachNewer(reflect.ValueOf(&c).Elem(), "", func(place string, v reflect.Value) { places[place] = v.String() })
	return places
}
