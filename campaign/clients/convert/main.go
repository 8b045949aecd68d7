// Convert prints the audience of campaigns/overdue.yaml, made of credit-card-clients.csv as package clients says:
//
//	go run ./campaign/clients/convert credit-card-clients.csv > clients.csv
//	go run ./campaign/clients/convert -on 2026-11-24 credit-card-clients.csv > clients.csv
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/settle-chat/settle/campaign/clients"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintf(os.Stderr, "convert: %v\n", err)
		os.Exit(1)
	}
}

func run() error {
	on := flag.String("on", time.Now().UTC().Format(time.DateOnly), "the day that the accounts stand as the data says")
	flag.Parse()
	day, err := time.Parse(time.DateOnly, *on)
	if err != nil {
		return errors.New("-on: not a day: write it as 2026-11-24")
	}
	if flag.NArg() != 1 {
		return errors.New("name one file: credit-card-clients.csv")
	}
	in, err := os.Open(flag.Arg(0))
	if err != nil {
		return fmt.Errorf("open the data: %w", err)
	}
	defer in.Close() //nolint:errcheck // it was only read
	out := bufio.NewWriter(os.Stdout)
	if _, err := clients.Write(out, clients.Read(in, day)); err != nil {
		return err
	}
	return out.Flush()
}
