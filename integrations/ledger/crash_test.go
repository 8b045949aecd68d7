package ledger

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/settle-chat/settle/integrations"
)

const childEnv = "SETTLE_LEDGER_CRASH_TEST"

// child pays a cent at a time, says so, and waits to be killed.
func child() {
	l, err := Open(os.Getenv(childEnv))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for n := 0; ; n++ {
		key := fmt.Sprintf("key-%d", n)
		if _, err := l.Apply(context.Background(), integrations.Change{Key: key, Operation: "record-payment",
			In: integrations.Values{"ref": "ACC-0001", "amount": "0.01", "reference": key}}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(key)
	}
}

// An acknowledged change survives kill -9, and a key and its row are there together or not at all.
func TestKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "bank.db")
	l, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Seed(t.Context(), []Account{{Ref: "ACC-0001", Balance: "1000.00"}}); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	most := 0
	for round := range 5 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childEnv+"="+path)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// Each round starts over with key-0: what an earlier round made is made no second time.
		acknowledged := 0
		for lines := bufio.NewScanner(out); lines.Scan(); acknowledged++ {
			if acknowledged == 20+17*round {
				cmd.Process.Kill()
			}
		}
		cmd.Wait()
		most = max(most, acknowledged)

		l, err := Open(path)
		if err != nil {
			t.Fatalf("round %d: open after the kill: %v", round, err)
		}
		payments, changes, balance := rows(t, l, "payments"), rows(t, l, "changes"), rows(t, l, "accounts")[0]["balance"]
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		// One more than acknowledged may be on disk: its answer was what the kill took.
		if len(payments) < most || len(payments) > most+1 || len(changes) != len(payments) {
			t.Fatalf("round %d: %d payments, %d changes, want %d or one more of each", round, len(payments), len(changes), most)
		}
		if want := fmt.Sprintf("%d.%02d", (100000-len(payments))/100, (100000-len(payments))%100); balance != want {
			t.Fatalf("round %d: balance %s after %d payments, want %s", round, balance, len(payments), want)
		}
		if !strings.HasPrefix(changes[0]["key"], "key-") {
			t.Fatalf("round %d: changes hold %v", round, changes[0])
		}
	}
}
