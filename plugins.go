package main

import (
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/channels/twilio"
	"github.com/settle-chat/settle/config"
	"github.com/settle-chat/settle/integrations"
	"github.com/settle-chat/settle/integrations/ledger"
	"github.com/settle-chat/settle/integrations/rest"
)

// What is compiled in. A new channel or system is one line here and one directory.

var channelKinds = map[string]func() channels.Config{
	"twilio": func() channels.Config { return new(twilio.Config) },
}

var systemKinds = map[string]func() integrations.Config{
	"ledger": func() integrations.Config { return new(ledger.Config) },
	"rest":   func() integrations.Config { return new(rest.Config) },
}

// commands are the program's commands, each in a file of its own.
func commands() []*cobra.Command {
	return []*cobra.Command{
		newDemoCommand(), newServeCommand(), newInitCommand(), newDoctorCommand(), newChatCommand(), newCheckCommand(), newTestCommand(), newGraphCommand(),
		newLaunchCommand(), newPauseCommand(), newResumeCommand(), newCancelCommand(),
		newCasesCommand(), newHandoffsCommand(), newLettersCommand(), newLedgerCommand(), newKeysCommand(), newBenchCommand(), newReadyCommand(), newVersionCommand(),
	}
}

// plugin makes a section's own Config and decodes the section into it.
func plugin[C any](kinds map[string]func() C, s config.Section) (C, error) {
	fresh, ok := kinds[s.Kind]
	if !ok {
		var none C
		return none, s.UnknownKind(slices.Collect(maps.Keys(kinds)))
	}
	c := fresh()
	return c, s.Decode(c)
}
