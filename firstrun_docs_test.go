package main

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/settle-chat/settle/config"
)

// What docs/first-run.md tells people to use is what the shipped workflows need.
func TestFirstRunsFilesFitTheShippedWorkflows(t *testing.T) {
	t.Parallel()
	c, err := config.Shape("docs/first-run/settle.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, where, err := loadBundles(c); err != nil || where != "compiled in" {
		t.Errorf("loadBundles: from %q: %v, want what is compiled in, without a problem", where, err)
	}
	accounts, err := readAccounts("docs/first-run/accounts.csv")
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile("docs/first-run/case.json")
	if err != nil {
		t.Fatal(err)
	}
	var open struct{ Ref, Customer, Event string }
	if err := json.Unmarshal(data, &open); err != nil {
		t.Fatal(err)
	}
	if len(accounts) != 1 || accounts[0].Ref != open.Ref || accounts[0].Customer != open.Customer {
		t.Errorf("accounts.csv has %+v, case.json opens %+v: want the same account", accounts, open)
	}
}
