package main

import (
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets scripts run this very program as settle.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"settle": main})
}

// TestScripts runs testdata/script: chat, check and test as whoever types them sees them. bank is a project with a lobby.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			return copyLobby(filepath.Join(e.WorkDir, "bank"))
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}
