package web

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"unicode"

	"github.com/go-playground/validator/v10"

	"github.com/settle-chat/settle/message"
)

var validate = newValidator()

func newValidator() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.RegisterTagNameFunc(func(f reflect.StructField) string {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		return name
	})
	// Names and references stand in keys, logs and lists: nothing in them may move a cursor or hide.
	if err := v.RegisterValidation("printable", func(l validator.FieldLevel) bool {
		s := l.Field().String()
		return strings.TrimSpace(s) == s && strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) < 0
	}); err != nil {
		panic(err) // the tag's name is wrong: no test of this package would pass
	}
	v.RegisterStructValidation(func(l validator.StructLevel) {
		r, ok := l.Current().Interface().(caseRequest)
		if !ok {
			return
		}
		for i, a := range r.Addresses {
			if _, err := message.ParseAddress(a); err != nil {
				l.ReportError(a, fmt.Sprintf("addresses[%d]", i), "Addresses", "address", err.Error())
			}
		}
	}, caseRequest{})
	return v
}

// check says what is wrong with a request, by field and without its values.
func check(in any) []fieldError {
	err := validate.Struct(in)
	var all validator.ValidationErrors
	if !errors.As(err, &all) {
		return nil
	}
	errs := make([]fieldError, 0, len(all))
	for _, e := range all {
		_, field, _ := strings.Cut(e.Namespace(), ".")
		if name, ok := strings.CutPrefix(field, "facts["); ok {
			field = "facts." + strings.TrimSuffix(name, "]")
		}
		errs = append(errs, fieldError{clip(field), explain(e)})
	}
	return errs
}

func explain(e validator.FieldError) string {
	unit := "characters"
	switch e.Kind() {
	case reflect.Slice, reflect.Map:
		unit = "entries"
	}
	switch e.Tag() {
	case "required":
		return "is missing"
	case "required_without":
		return "is missing: name the event, or the workflow"
	case "max":
		return fmt.Sprintf("has more than %s %s", e.Param(), unit)
	case "min":
		return fmt.Sprintf("has fewer than %s %s", e.Param(), unit)
	case "oneof":
		return "is none of " + strings.ReplaceAll(e.Param(), " ", ", ")
	case "datetime":
		return "is no time: write 2026-11-20T08:00:00Z"
	case "printable":
		return "has control characters, or spaces around it"
	case "address":
		return "is no address: " + strings.TrimPrefix(e.Param(), "parse address: not an address: ")
	}
	return "can't be used"
}
