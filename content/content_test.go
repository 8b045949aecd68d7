package content

import (
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/settle-chat/settle/message"
)

// written is one text as its file has it.
type written struct {
	public bool
	text   string // all its forms, one a line
}

var hole = regexp.MustCompile(`\{[a-z][a-z0-9_.-]*\}`)

// texts reads one language: SECTION/NAME to the text.
func texts(t *testing.T, file string) map[string]written {
	t.Helper()
	data, err := FS.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var sections map[string]map[string]any
	if err := yaml.Load(data, &sections); err != nil {
		t.Fatalf("read %s: %v", file, err)
	}
	all := map[string]written{}
	for section, entries := range sections {
		for name, v := range entries {
			if name != "public" {
				all[section+"/"+name] = written{false, strings.Join(forms(v), "\n")}
				continue
			}
			for name, v := range v.(map[string]any) {
				all[section+"/"+name] = written{true, strings.Join(forms(v), "\n")}
			}
		}
	}
	return all
}

// forms are all that a customer may read of a text. What they may type instead isn't among it.
func forms(v any) []string {
	m, ok := v.(map[string]any)
	if !ok {
		return []string{v.(string)}
	}
	var all []string
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if key != "also" && key != "template" && key != "count" {
			all = append(all, forms(m[key])...)
		}
	}
	return all
}

// Every language says the same: the same texts, as public, with the same placeholders in them.
func TestLanguagesSayTheSame(t *testing.T) {
	t.Parallel()
	files, err := fs.Glob(FS, "messages/*.yaml")
	if err != nil || len(files) < 2 {
		t.Fatalf("messages = %v, %v, want two languages at least", files, err)
	}
	english := texts(t, "messages/en.yaml")
	for _, file := range files {
		other := texts(t, file)
		for _, name := range slices.Sorted(maps.Keys(english)) {
			want, got := english[name], other[name]
			switch {
			case got.text == "":
				t.Errorf("%s has no %s", file, name)
			case got.public != want.public:
				t.Errorf("%s: %s public = %v, want %v, as in English", file, name, got.public, want.public)
			case !slices.Equal(holes(got.text), holes(want.text)):
				t.Errorf("%s: %s has %v, want %v, as in English", file, name, holes(got.text), holes(want.text))
			}
		}
		for _, name := range slices.Sorted(maps.Keys(other)) {
			if english[name].text == "" {
				t.Errorf("%s has %s, which English hasn't", file, name)
			}
		}
	}
}

func holes(text string) []string {
	all := hole.FindAllString(text, -1)
	slices.Sort(all)
	return all
}

// An SMS with one letter that GSM-7 hasn't costs twice as much, and a first message says how to have no more of them.
func TestTextsFitAnSMS(t *testing.T) {
	t.Parallel()
	files, err := fs.Glob(FS, "messages/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		for name, w := range texts(t, file) {
			for form := range strings.SplitSeq(w.text, "\n") {
				plain := hole.ReplaceAllString(form, "R 12 500,00")
				if c := message.Count(plain); c.Encoding != message.GSM7 || c.Segments > 2 {
					t.Errorf("%s: %s is %s in %d segments, want GSM-7 in two at most: %s", file, name, c.Encoding, c.Segments, form)
				}
				if path.Base(name) == "hello" && !strings.Contains(form, "STOP") {
					t.Errorf("%s: %s doesn't say STOP: %s", file, name, form)
				}
			}
		}
	}
}
