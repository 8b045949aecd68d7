package bot_test

import (
	"bytes"
	"io/fs"
	"testing"
	"testing/fstest"
	"time"

	"github.com/settle-chat/settle/config"
	"github.com/settle-chat/settle/content"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/message"
)

// Whose debt it is reaches policy: a third party collects from nobody in the United States or Canada by SMS (Twilio 30863), a
// first party does.
func TestThirdPartyDoesNotCollectBySMSInTheUnitedStates(t *testing.T) {
	t.Parallel()
	for creditor, want := range map[string]int{"first-party": 1, "third-party": 0} {
		t.Run(creditor, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, benchOptions{start: tuesday.Add(6 * time.Hour)}) // eleven in the morning in New York
			b.lib = contentOf(t, creditor)
			b.bot = b.newBot(b.store, nil)
			c := client(1)
			c.number = "+12025550101"
			seed(b, c)
			r := request(c)
			r.Zone, r.Addresses = "America/New_York", []message.Address{message.Address("sms:" + c.number)}
			if _, err := b.bot.Open(b.ctx(), r); err != nil {
				t.Fatal(err)
			}
			b.settle()
			if got := len(b.heard(c)); got != want {
				t.Errorf("%d messages from a %s creditor, want %d", got, creditor, want)
			}
		})
	}
}

// contentOf is the shipped content with another creditor.
func contentOf(t *testing.T, creditor string) *fsm.Library {
	t.Helper()
	tree := fstest.MapFS{}
	err := fs.WalkDir(content.FS, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := content.FS.ReadFile(path)
		tree[path] = &fstest.MapFile{Data: bytes.ReplaceAll(data, []byte("creditor: first-party"), []byte("creditor: "+creditor))}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Parse("settle.yaml", tree["settle.yaml"].Data)
	if err != nil {
		t.Fatal(err)
	}
	d := c.Declarations()
	d.Channels = []string{"email", "sms", "whatsapp"}
	library, err := fsm.LoadTree(tree, d)
	if err != nil {
		t.Fatal(err)
	}
	return library
}
