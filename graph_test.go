package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestGraph(t *testing.T) {
	t.Parallel()
	bank := filepath.Join(t.TempDir(), "bank")
	if err := copyLobby(bank); err != nil {
		t.Fatal(err)
	}
	none := t.TempDir()
	for _, tc := range []struct {
		args []string
		code int
		says string // on the standard output where it is fine, else as the error
	}{
		{[]string{"overdue-account"}, exitFine, "flowchart TD\n"},
		{[]string{"overdue-account", "--svg"}, exitFine, `<title id="graph-title">Overdue account - pay, pay part, plan, promise, dispute, hardship</title>`},
		{[]string{"lobby", bank}, exitFine, `n_menu("<b>menu</b><br/>say · anyone"):::anyone`},
		{[]string{"overdue-acount"}, exitUsage, `no workflow "overdue-acount"; did you mean "overdue-account"?`},
		{[]string{"overdue-account", bank}, exitUsage, `no workflow "overdue-account"; there are lobby`},
		{[]string{"lobby", none}, exitUsage, "has no settle.yaml"},
		{[]string{"lobby", "--out", filepath.Join(none, "no", "such.svg")}, exitUsage, "write the picture of workflow lobby"},
		{[]string{}, exitUsage, "settle graph --help"},
	} {
		code, out, errOut := settle(t, append([]string{"graph"}, tc.args...)...)
		said, silent := out, errOut
		if tc.code != exitFine {
			said, silent = errOut, out
		}
		if code != tc.code || !strings.Contains(said, tc.says) || silent != "" {
			t.Errorf("settle graph %v = %d %q %q, want %d and %q", tc.args, code, out, errOut, tc.code, tc.says)
		}
	}
}

func TestGraphWritesFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "lobby.svg")
	if code, out, errOut := settle(t, "graph", "lobby", "--svg", "--out", file); code != exitFine || out+errOut != "" {
		t.Fatalf("settle graph --out = %d %q %q, want 0 and nothing said", code, out, errOut)
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, want, _ := settle(t, "graph", "lobby", "--svg")
	if string(got) != want || want == "" {
		t.Errorf("the file holds %d bytes, want the %d that are printed without --out", len(got), len(want))
	}
}
