package config

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// References are found where values stand, whatever is wrong beside them; comments and keys refer to nothing.
func TestReferences(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"token": "t0ken\n",
		"settle.yaml": `# redis: ${env:NOT_THIS}
a: "${file:token}"
"${file:key}": [{b: "x${file:token}y${file:none}"}, "$${file:plain}"]
c: "${what:is}"
`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	all, err := References(filepath.Join(dir, "settle.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range all {
		got = append(got, r.Name+"="+r.Value.Reveal())
		found := r.Name == "${file:token}"
		if (r.Err == nil) != found || (r.Mode.Perm() == 0o600) != found || r.Modified.IsZero() == found {
			t.Errorf("%s: error %v, mode %v, modified %v, want what is known of a file that is there: %v", r.Name, r.Err, r.Mode, r.Modified, found)
		}
	}
	if want := []string{"${file:token}=t0ken", "${file:token}=t0ken", "${file:none}=", "${what:is}="}; !slices.Equal(got, want) {
		t.Errorf("References = %v, want %v", got, want)
	}
	if all[0].At.Line != 2 || all[0].At.Column != 4 {
		t.Errorf("the first is at %v, want 2:4", all[0].At)
	}
	if _, err := References(filepath.Join(dir, "none.yaml")); err == nil {
		t.Error("References of no file = nil, want an error")
	}
}
