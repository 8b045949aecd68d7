package main

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/settle-chat/settle/config"
	"github.com/settle-chat/settle/store"
)

func newKeysCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "keys",
		Short: "Keysets and API keys",
		Long: `A keyset seals everything in Redis that identifies a person. It is kept outside Redis: whoever loses it has lost
everything in Redis, and whoever has it and a copy of Redis can read everything.`,
		Example: "  settle keys new --out keyset.json\n  settle keys rotate add --keyset keyset.json\n  settle keys api",
	}
	c.AddCommand(newKeysNewCommand(), newKeysRotateCommand(), newKeysAPICommand())
	return c
}

func newKeysNewCommand() *cobra.Command {
	var path string
	c := &cobra.Command{
		Use:   "new",
		Short: "Make a keyset",
		Long:  "Makes a keyset and prints it, in clear text: it belongs in a secret store, or in a file that only the service can read.",
		Example: `  settle keys new --out keyset.json        then, in settle.yaml: keyset: "${file:keyset.json}"
  settle keys new | vault kv put secret/settle keyset=-`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			k, err := store.NewKeyset()
			if err != nil {
				return err
			}
			text, err := k.Marshal()
			if err != nil {
				return err
			}
			if path == "" {
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s\n", text)
				return err
			}
			if err := writeNew(path, text); err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "%s: written, for its owner only. Keep a copy where Redis's backups aren't.\n", path)
			return nil
		},
	}
	c.Flags().StringVarP(&path, "out", "o", "", "write it to this new file, readable by its owner only")
	return c
}

// writeNew never overwrites: an overwritten keyset is everything in Redis lost.
func writeNew(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("write keyset %q: it is there already, and what is sealed with it would be lost: choose another name", path)
	}
	if err != nil {
		return fmt.Errorf("write keyset: %w", err)
	}
	_, err = f.Write(append(text, '\n'))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write keyset %q: %w", path, err)
	}
	return nil
}

func newKeysRotateCommand() *cobra.Command {
	var keyset, conf string
	c := &cobra.Command{
		Use:   "rotate add|promote|rekey|drop",
		Short: "Replace a keyset's keys, one step at a time",
		Long: `Replaces the keys of a keyset in four steps. Give every process the new file, and restart it, before the next step:

  add      one more key, known and not yet used for writing
  promote  write with the newest key
  rekey    bring every conversation's addresses to the newest key (needs --config; can be repeated)
  drop     forget the keys that nothing is written with any more. What only they can open is lost: journals and
           transcripts written before promote are. Do it once none of that has to be kept

The file is replaced in one go; the one before is kept beside it, as FILE.before.`,
		Example: `  settle keys rotate add --keyset keyset.json
  settle keys rotate promote --keyset keyset.json
  settle keys rotate rekey --config settle.yaml
  settle keys rotate drop --keyset keyset.json`,
		Args:      cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		ValidArgs: []string{"add", "promote", "rekey", "drop"},
		RunE: func(cmd *cobra.Command, args []string) error {
			if args[0] == "rekey" {
				return rekey(cmd, conf)
			}
			if keyset == "" {
				return wrongUsage(errors.New("--keyset names the file to change"))
			}
			return rotate(cmd.ErrOrStderr(), keyset, args[0])
		},
	}
	c.Flags().StringVarP(&keyset, "keyset", "k", "", "the file with the keyset")
	configFlag(c, &conf)
	return c
}

func rotate(out io.Writer, path, step string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read keyset: %w", err)
	}
	k, err := store.ParseKeyset(text)
	if err != nil {
		return fmt.Errorf("keyset %q: %w", path, err)
	}
	switch step {
	case "add":
		k, err = k.Add()
	case "promote":
		k, err = k.Promote()
	case "drop":
		k, err = k.Drop()
	}
	if err != nil {
		return fmt.Errorf("rotate keyset %q: %s: %w", path, step, err)
	}
	next, err := k.Marshal()
	if err != nil {
		return err
	}
	if err := replace(path, text, next); err != nil {
		return fmt.Errorf("rotate keyset %q: %w", path, err)
	}
	fmt.Fprintf(out, "%s: %s done. Give it to every process before the next step; the one before is %s.before.\n", path, step, path)
	return nil
}

// replace writes the next file in one go: at every moment one whole keyset is there.
func replace(path string, before, next []byte) error {
	if err := os.WriteFile(path+".before", before, 0o600); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".keyset-*") // 0600
	if err != nil {
		return err
	}
	_, err = f.Write(append(next, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

func rekey(cmd *cobra.Command, path string) error {
	c, err := config.Read(path)
	if err != nil {
		return err
	}
	st, done, err := openStore(sharing(cmd.Context()), c, newLogger(cmd.ErrOrStderr(), "warn"))
	if err != nil {
		return err
	}
	defer done()
	n := 0
	for id, err := range st.Conversations(cmd.Context()) {
		if err == nil {
			err = st.Rekey(cmd.Context(), id)
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) { // gone meanwhile
			return fmt.Errorf("rekey, after %s: %w: run it again, what is done stays done", count(n, "conversation"), err)
		}
		n++
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "on the newest key: %s\n", count(n, "conversation"))
	return err
}

func newKeysAPICommand() *cobra.Command {
	return &cobra.Command{
		Use:   "api",
		Short: "Make an API key",
		Long: `Makes an API key and prints it with its SHA-256. The key goes to whoever calls the API, and is stored nowhere here; its
SHA-256 goes into settle.yaml, under api_keys.`,
		Example: "  settle keys api",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			key := rand.Text() + rand.Text()
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "key:    %s\nsha256: %x\n", key, sha256.Sum256([]byte(key)))
			return err
		},
	}
}
