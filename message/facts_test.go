package message

import "testing"

func TestHideFacts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text, want string
		ok         bool
	}{
		{"", "", true},
		{"stop", "stop", true},
		{"STOP. 14 March 1990, 2196", "STOP. #", true},
		{"15 april 2190. stop", "#. stop", true},
		{"born 14 maart, stop", "#, stop", true},
		{"2196 14th of March. Stop texting me", "#. Stop texting me", true},
		{"stop 1990-03-14", "stop #", true},
		{"stop 14/3 2196", "stop #", true},
		{"stop 14.3.1990", "stop #", true},
		{"stop sw1a 1aa", "stop #", true},
		{"I paid 1250 on Friday. Stop", "I paid 1250 on Friday. Stop", true},
		{"I paid R12.50 in March. Stop", "I paid R12.50 in March. Stop", true},
		{"stop １４ march", "stop １４ march", false},
		{"stop 14 mаrch", "stop 14 mаrch", false}, // a Cyrillic a
	} {
		if got, ok := HideFacts(tt.text, "#"); got != tt.want || ok != tt.ok {
			t.Errorf("HideFacts(%q) = %q, %v; want %q, %v", tt.text, got, ok, tt.want, tt.ok)
		}
	}
}
