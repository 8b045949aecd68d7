package ledger

import (
	"errors"
	"strings"
	"testing"

	"github.com/settle-chat/settle/integrations"
)

// Whatever a call brings, it is refused before anything is touched, or it is canonical; a refusal holds no value.
func FuzzInput(f *testing.F) {
	for name := range operations {
		f.Add(name, "ref", "A-1", "amount", "1250.00")
	}
	f.Add("create-plan", "months", "3", "instalment", "0.005")
	f.Add("record-promise", "on", "2026-02-30", "amount", "-1")
	f.Add("nothing", "", "", "\xff", "\xff")
	f.Fuzz(func(t *testing.T, name, key1, value1, key2, value2 string) {
		in := integrations.Values{"ref": "A-1", key1: value1, key2: value2}
		o := operations[name]
		l := &Ledger{code: "ZAR"}
		_, got, err := l.prepare(o.kind(), name, in)
		if err != nil {
			var permanent integrations.Permanent
			if !errors.As(err, &permanent) {
				t.Fatalf("prepare(%q, %q) = %v, want it refused for good", name, in, err)
			}
			for _, v := range []string{value1, value2} {
				if len(v) > 12 && !strings.Contains(name+key1+key2, v) && strings.Contains(err.Error(), v) {
					t.Errorf("prepare(%q, %q) = %v: it quotes a value", name, in, err)
				}
			}
			return
		}
		for input, text := range got.text {
			if again, err := integrations.Canonical(o.in[input].typ, text, "ZAR"); err != nil || again != text {
				t.Errorf("prepare(%q, %q): %s is %q, canonically %q, %v", name, in, input, text, again, err)
			}
		}
	})
}
