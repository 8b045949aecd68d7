package main

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/settle-chat/settle/channels/simulator"
)

// The demo's campaign plays by itself: everybody is reached, some answer, and some are recognised.
func TestDemoCampaign(t *testing.T) {
	t.Parallel()
	const customers = 30
	d, end, err := openDemo(t.Context(), t.TempDir(), simulator.Chaos{}, customers, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer end()
	said := ""
	for range 300 { // minutes; they answer within some
		if err := d.Advance(t.Context(), time.Minute); err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		d.Report(&out)
		var all, reached, answered, known, stopped int
		said = out.String()
		if _, err := fmt.Sscanf(said, "campaign: %d customers, %d reached, %d have answered, %d were recognised, %d have opted out",
			&all, &reached, &answered, &known, &stopped); err != nil {
			t.Fatalf("the report %q: %v", said, err)
		}
		if all == customers && reached == customers && answered > customers/3 && known > customers/4 {
			return
		}
	}
	t.Errorf("after five hours the report says %q, want %d reached, a third of them answering", said, customers)
}
