package store_test

import (
	"testing"

	"github.com/settle-chat/settle/message"
)

// Repoint moves what points to the one conversation, and leaves alone what points elsewhere.
func TestRepointMovesOnlyWhatPointsThere(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		const second, foreign message.Address = "whatsapp-user:ZA.77", "sms:+447700900777"
		winner := b.begin(t, phone).Conversation.ID
		loser := b.begin(t, second).Conversation.ID
		other := b.begin(t, foreign).Conversation.ID
		for range 2 { // twice is once
			if err := b.a.Repoint(t.Context(), loser, winner, second, foreign); err != nil {
				t.Fatal(err)
			}
		}
		for address, want := range map[message.Address]string{phone: winner, second: winner, foreign: other} {
			l, err := b.b.LoadAddress(t.Context(), address)
			if err != nil || l.Conversation.ID != want {
				t.Errorf("LoadAddress(%s) = %s, %v, want %s", address, l.Conversation.ID, err, want)
			}
		}
	})
}
