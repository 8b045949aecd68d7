package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/settle-chat/settle/fsm"
)

// released is set by the linker: -ldflags "-X main.released=1.2.3".
var released string

// versionInfo says what this program is.
type versionInfo struct {
	Version string `json:"version"`
	Commit  string `json:"commit,omitempty"`
	Go      string `json:"go"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
	Engine  int    `json:"engine"` // the semantics that cases are pinned to
}

func version() versionInfo {
	v := versionInfo{Version: released, Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH, Engine: fsm.Engine}
	info, ok := debug.ReadBuildInfo()
	if ok {
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision":
				v.Commit = s.Value + v.Commit
			case s.Key == "vcs.modified" && s.Value == "true":
				v.Commit += " with changes"
			}
		}
		if v.Version == "" && info.Main.Version != "(devel)" {
			v.Version = info.Main.Version
		}
	}
	if v.Version == "" {
		v.Version = "development"
	}
	return v
}

func newVersionCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "version",
		Short:   "What this program is",
		Example: "  settle version\n  settle version --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			v := version()
			if asJSON {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(v)
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "settle %s, engine %d, %s, %s/%s\n", v.Version, v.Engine, v.Go, v.OS, v.Arch)
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return c
}
