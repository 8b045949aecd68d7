package rest

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/settle-chat/settle/integrations"
)

// A list is read element by element, each as strictly as a single value.
func TestListsAreReadElementByElement(t *testing.T) {
	t.Parallel()
	const declared = "offers: {kind: lookup, in: {ref: text}, out: {months: integer, rate: money}, request: {get: \"/x\"}, " +
		"answer: {months: \"$.offers[*].months\", rate: \"$.offers[*].each.rate\"}}"
	for _, tc := range []struct {
		json string
		want integrations.Values
		says string
	}{
		{`{"offers": [{"months": 3, "each": {"rate": 400}}, {"months": 6, "each": {"rate": "200.10"}}]}`,
			integrations.Values{"0.months": "3", "0.rate": "400.00", "1.months": "6", "1.rate": "200.10"}, ""},
		{`{"offers": []}`, integrations.Values{}, ""},
		{`{"offers": {}}`, nil, "want a list"},
		{`{}`, nil, "want a list"},
		{`{"offers": [{"months": 3, "each": {"rate": 400}}, {"each": {"rate": 1}}]}`, nil, "missing in element 1"},
		{`{"offers": [{"months": "three", "each": {"rate": 400}}]}`, nil, "element 0"},
	} {
		h := &seen{answer: func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, tc.json) }}
		s, _ := opened(t, h, declared, nil)
		got, err := s.Find(t.Context(), integrations.Request{Operation: "offers"})
		switch {
		case tc.says == "" && (err != nil || !maps.Equal(got, tc.want)):
			t.Errorf("Find with %s = %v, %v, want %v", tc.json, got, err, tc.want)
		case tc.says != "" && (kind(err) != "permanent" || !strings.Contains(err.Error(), tc.says)):
			t.Errorf("Find with %s = %v, want permanent and %q", tc.json, err, tc.says)
		}
	}
	if _, err := parsePath("$.a[*].b[*]"); err == nil {
		t.Error("parsePath takes two lists in one path")
	}
}
