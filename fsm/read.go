package fsm

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/settle-chat/settle/fsm/answer"
	"github.com/settle-chat/settle/message"
)

// read is the closed grammar of one type. Nothing is ever guessed.
func (s *step) read(w *Workflow, def *FactDef, shown []Shown, numbered bool, text string) (string, error) {
	_, locale, err := s.texts(w)
	if err != nil {
		return "", err
	}
	switch def.Type {
	case Integer:
		n, err := answer.Integer(text)
		return fmt.Sprint(n), err
	case Money:
		return answer.Money(text, w.Currency, locale)
	case Date:
		d, err := answer.Date(text, s.today(), locale)
		return d.String(), err
	case Phone:
		return answer.Phone(text, regionOf(s.c.Contact))
	case Email:
		return answer.Email(text)
	case Postal:
		return answer.PostalAddress(text)
	case Several:
		options := s.optionsOf(w, shown)
		most := len(options)
		if def.Most > 0 {
			most = min(def.Most, most)
		}
		picked, err := answer.Choices(text, options, numbered, most)
		if err != nil {
			return "", err
		}
		ids := make([]string, len(picked))
		for i, at := range picked {
			ids[i] = shown[at].ID
		}
		return strings.Join(ids, ","), nil
	case Chosen, Boolean:
		c, err := answer.Choose(text, s.optionsOf(w, shown), numbered)
		if err == nil && c.Rest != "" {
			return "", answer.ErrNotUnderstood
		}
		if err == nil {
			return booleanOr(def.Type, shown[c.Index].ID), nil
		}
		if def.Type == Boolean {
			if yes, no := answer.YesNo(text, s.yesNo()); yes || no {
				return fmt.Sprint(yes), nil
			}
		}
		return "", err
	case File:
		return "", answer.ErrNotUnderstood
	}
	return answer.Text(text, 200)
}

// filed takes what was sent along as the answer: as many files as are asked for, of the kinds that are accepted.
func (s *step) filed(k *Case, w *Workflow, st *State, media []message.Media) error {
	var files []string
	for _, m := range media {
		kind := strings.TrimPrefix(m.Type[strings.LastIndex(m.Type, "/")+1:], "x-")
		if kind == "jpg" {
			kind = "jpeg"
		}
		if m.URL != "" && len(files) < max(1, st.Ask.Most) && (len(st.Ask.Accept) == 0 || slices.Contains(st.Ask.Accept, kind)) {
			files = append(files, m.URL)
		}
	}
	if len(files) == 0 {
		return s.missed(k, w, st, "")
	}
	return s.keep(k, w, st, strings.Join(files, " "))
}

func booleanOr(t Type, id string) string {
	if t == Boolean {
		return fmt.Sprint(id == "yes")
	}
	return id
}

func (s *step) optionsOf(w *Workflow, shown []Shown) []answer.Option {
	options := make([]answer.Option, len(shown))
	for i, o := range shown {
		options[i] = answer.Option{ID: o.ID, Label: o.Label, Short: o.Short, Synonyms: s.synonyms(w, o.ID)}
	}
	return options
}

// outside says which of the engine's sentences explains why a value isn't allowed; empty where it is.
func (s *step) outside(k *Case, w *Workflow, def *FactDef, v string) string {
	least, most := s.bounds(k, w, def)
	if (def.Min != nil && least == "") || (def.Max != nil && most == "") {
		return "answer-range" // a bound that can't be known allows nothing
	}
	if (least != "" && before(w, def.Type, v, least)) || (most != "" && before(w, def.Type, most, v)) {
		return "answer-range"
	}
	if def.Only == "business-days" {
		if d, err := answer.ParseCivil(v); err == nil && (d.Weekday() == time.Saturday || d.Weekday() == time.Sunday) {
			return "answer-workday"
		}
	}
	return ""
}

// before compares two canonical values of one type.
func before(w *Workflow, t Type, a, b string) bool {
	x, errX := ParseValue(t, w.Currency, a)
	y, errY := ParseValue(t, w.Currency, b)
	order, ok := x.Compare(y)
	return errX != nil || errY != nil || !ok || order < 0
}

// words the customer may use for yes and no come with the language.
func (s *step) yesNo() answer.YesWords { return answer.YesWordsFor(s.languages()) }

// regionOf is the country whose phone numbers a customer writes without a prefix: that of the language tag, if any.
func regionOf(c Contact) string {
	if _, region, ok := strings.Cut(c.Language, "-"); ok {
		return strings.ToUpper(region)
	}
	return ""
}
