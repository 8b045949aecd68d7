package fsm

import (
	"fmt"
	"hash/fnv"
	"strings"

	"github.com/settle-chat/settle/fsm/answer"
)

// spoken is what texts has found last.
type spoken struct {
	workflow *Workflow
	language string
	texts    *Texts
	locale   answer.Locale
}

// texts are a workflow's texts in the contact's language, else in its default.
func (s *step) texts(w *Workflow) (*Texts, answer.Locale, error) {
	tag, last := s.c.Contact.Language, &s.spoken
	if last.workflow == w && last.language == tag {
		return last.texts, last.locale, nil
	}
	texts, locale, err := w.textsFor(tag)
	if err == nil {
		*last = spoken{w, tag, texts, locale}
	}
	return texts, locale, err
}

func (w *Workflow) textsFor(tag string) (*Texts, answer.Locale, error) {
	locale, err := answer.LocaleFor(tag)
	if err == nil {
		if t := w.Texts[locale.Language]; t != nil {
			return t, locale, nil
		}
	}
	if locale, err = answer.LocaleFor(w.Language); err != nil {
		return nil, answer.Locale{}, fmt.Errorf("default language of workflow %s: %w", w.Name, err)
	}
	return w.Texts[w.Language], locale, nil
}

// fill is one text with its placeholders put in once, as data, formatted by type and language.
func (s *step) fill(k *Case, w *Workflow, channel, name string, extra map[string]string) (string, error) {
	texts, locale, err := s.texts(w)
	if err != nil {
		return "", faulty(k, err)
	}
	t := texts.Get(name)
	if t == nil {
		return "", faulty(k, fmt.Errorf("workflow %s has no text %q", w.Name, name))
	}
	var missing []string
	text, err := t.Fill(channel, s.variant(name, t), func(placeholder string) (string, bool) {
		v, ok := s.placeholder(k, w, locale, placeholder, extra)
		if !ok {
			missing = append(missing, placeholder)
		}
		return v, ok
	})
	if err != nil {
		return "", faulty(k, fmt.Errorf("text %q: nothing known for %s: %w", name, strings.Join(missing, ", "), err))
	}
	return text, nil
}

// template is the approved template that a text may go out as where the thread is closed to free text.
func (s *step) template(w *Workflow, name string) string {
	if texts, _, err := s.texts(w); err == nil && texts.Get(name) != nil {
		return texts.Get(name).Template
	}
	return ""
}

// variant chooses one of a text's variants by the conversation: the same contact always sees the same one.
func (s *step) variant(name string, t *TextDef) string {
	names := t.Variants
	if len(names) == 0 {
		return ""
	}
	h := fnv.New64a()
	h.Write([]byte(s.c.ID + "\x00" + name))
	return names[h.Sum64()%uint64(len(names))]
}

// placeholder is the value of {name} in words.
func (s *step) placeholder(k *Case, w *Workflow, locale answer.Locale, name string, extra map[string]string) (string, bool) {
	if name == "queue.opens" {
		return s.opens(k, w, locale)
	}
	if fact, bound, ok := strings.Cut(name, "."); ok && (bound == "min" || bound == "max") && w.Facts[fact] != nil {
		least, most := s.bounds(k, w, w.Facts[fact])
		raw := least
		if bound == "max" {
			raw = most
		}
		return s.words(w, w.Facts[fact].Type, raw, locale), raw != ""
	}
	if raw, ok := extra[name]; ok {
		if t, typed := w.Vars[name]; typed {
			return s.words(w, t, raw, locale), true
		}
		return raw, true
	}
	if k == nil {
		return "", false
	}
	v, ok := s.vars(k, w, extra).Get(name)
	if !ok {
		return "", false
	}
	return s.words(w, w.Vars[name], v.String(), locale), true
}

// words is a canonical value as a customer reads it.
func (s *step) words(w *Workflow, t Type, raw string, locale answer.Locale) string {
	switch t {
	case Money:
		return answer.FormatMoney(raw, w.Currency, locale)
	case Date:
		if d, err := answer.ParseCivil(raw); err == nil {
			return answer.FormatDate(d, locale, answer.DateStyle{Weekday: true, Today: s.today()})
		}
	}
	return raw
}

// label is an option's label, with its short form.
func (s *step) label(k *Case, w *Workflow, id string, extra map[string]string) (label, short string, err error) {
	if label, err = s.fill(k, w, "", id, extra); err != nil {
		return "", "", err
	}
	texts, locale, err := s.texts(w)
	if err != nil {
		return "", "", faulty(k, err)
	}
	short, err = texts.Get(id).FillShort("", "", func(placeholder string) (string, bool) {
		return s.placeholder(k, w, locale, placeholder, extra)
	})
	return label, short, faulty(k, err)
}

// synonyms are the other words that an option answers to.
func (s *step) synonyms(w *Workflow, id string) []string {
	texts, _, err := s.texts(w)
	if err != nil || texts.Get(id) == nil {
		return nil
	}
	return texts.Get(id).Also
}

// hints are what the engine's own sentences may say about the question at hand.
func (s *step) hints(k *Case, w *Workflow) map[string]string {
	st := w.States[k.State]
	if st == nil || st.Kind != AskState {
		return nil
	}
	_, locale, err := s.texts(w)
	if err != nil {
		return nil
	}
	least, most := s.bounds(k, w, st.Ask)
	return map[string]string{
		"least": s.words(w, st.Ask.Type, least, locale), "most": s.words(w, st.Ask.Type, most, locale),
	}
}
