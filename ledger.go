package main

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/settle-chat/settle/config"
	"github.com/settle-chat/settle/integrations"
	"github.com/settle-chat/settle/integrations/ledger"
)

func newLedgerCommand() *cobra.Command {
	var path string
	c := &cobra.Command{
		Use:   "ledger",
		Short: "The ledger that plays the bank: put accounts in, look at its tables",
		Long: `The ledger is a small system of record in one file: for a first run, before the bank's own systems are connected.
Accounts that are there already stay as they are.`,
		Example: "  settle ledger seed accounts.csv\n  settle ledger show promises",
	}
	c.PersistentFlags().StringVarP(&path, "config", "c", "settle.yaml", "the configuration file")
	var asJSON bool
	show := &cobra.Command{
		Use: "show TABLE", Short: "Print a table: accounts, promises, plans, disputes, hardships, payments, payment_pages, flags, notes, changes",
		Example: "  settle ledger show promises\n  settle ledger show payments --json",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withLedger(path, func(l *ledger.Ledger) error {
				rows, err := l.Rows(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				return printRows(cmd.OutOrStdout(), rows, asJSON)
			})
		},
	}
	show.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	seed := &cobra.Command{
		Use: "seed FILE", Short: "Add accounts from a CSV file with the columns ref, customer, balance, days_past_due",
		Example: "  printf 'ref,customer,balance,days_past_due\\nACC-1,C-1,1250.00,12\\n' > accounts.csv && settle ledger seed accounts.csv",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			accounts, err := readAccounts(args[0])
			if err != nil {
				return err
			}
			return withLedger(path, func(l *ledger.Ledger) error {
				if err := l.Seed(cmd.Context(), accounts); err != nil {
					return err
				}
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "in the ledger: %s\n", count(len(accounts), "account"))
				return err
			})
		},
	}
	c.AddCommand(seed, show)
	return c
}

// withLedger opens the file of the first configured system of kind ledger.
func withLedger(path string, do func(*ledger.Ledger) error) error {
	c, err := config.Shape(path)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(c.Systems)) {
		section := c.Systems[name]
		if section.Kind != "ledger" {
			continue
		}
		kind, err := plugin(systemKinds, section.Section)
		if err != nil {
			return err
		}
		system, err := kind.Open(integrations.Deps{Name: name, DataDir: c.DataDir})
		if err != nil {
			return section.At(err)
		}
		l := system.(*ledger.Ledger)
		return errors.Join(do(l), l.Close())
	}
	return fmt.Errorf("%s has no system of kind ledger", c.Path())
}

func readAccounts(path string) ([]ledger.Account, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read accounts: %w", err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	header, err := r.Read()
	if want := "ref,customer,balance,days_past_due"; err != nil || strings.Join(header, ",") != want {
		return nil, fmt.Errorf("read accounts: %s:1: the first line must be %s", path, want)
	}
	var all []ledger.Account
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read accounts: %s: %w", path, err)
		}
		line, _ := r.FieldPos(0)
		days, err := strconv.Atoi(row[3])
		if err != nil {
			return nil, fmt.Errorf("read accounts: %s:%d: days_past_due must be a whole number", path, line)
		}
		all = append(all, ledger.Account{Ref: row[0], Customer: row[1], Balance: row[2], DaysPastDue: days})
	}
}

func printRows(out io.Writer, rows []map[string]string, asJSON bool) error {
	if len(rows) == 0 {
		return nil
	}
	if asJSON {
		e := json.NewEncoder(out)
		for _, row := range rows {
			if err := e.Encode(row); err != nil {
				return err
			}
		}
		return nil
	}
	names := slices.Sorted(maps.Keys(rows[0]))
	titles := make([]string, len(names))
	for i, name := range names {
		titles[i] = strings.ToUpper(name)
	}
	t := newTable(out, titles...)
	for _, row := range rows {
		cells := make([]string, len(names))
		for i, name := range names {
			cells[i] = row[name]
		}
		t.row(cells...)
	}
	return t.Flush()
}
