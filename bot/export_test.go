package bot

// Sabotage takes a guarantee away, so that a test can show that its checker notices.
func (b *Bot) Sabotage(dedupe, claims bool) { b.sabotage = sabotage{dedupe: dedupe, claims: claims} }

// RedactCards is redactCards.
var RedactCards = redactCards
