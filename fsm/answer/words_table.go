package answer

// outranking has the words that outrank every state, by language; commas part them. A word stands once in a language (a test
// says so), and none of them is a word that message.Word takes for STOP.
var outranking = map[string]map[WordKind]string{
	"en": {
		Agent: "agent,human,person,real person,a human,a person,an agent,operator,representative,consultant,colleague,ask a colleague," +
			"speak to someone,talk to someone,speak to a person,talk to a person,speak to a human,talk to a human,speak to an agent,talk to an agent," +
			"i want to speak to someone,i want to talk to someone,i want to speak to a person,i want to talk to a person,i want an agent,i want a human," +
			"i need an agent,call me,call me back,phone me",
		Back:     "back,go back",
		Menu:     "menu,main menu,options",
		Undo:     "undo,undo that",
		Cases:    "cases,my cases",
		Help:     "help,help me",
		Language: "english,in english",
	},
	"af": {
		Agent: "agent,mens,persoon,regte mens,regte persoon,'n mens,'n persoon,'n agent,konsultant,kollega,vra 'n kollega," +
			"praat met iemand,praat met 'n mens,praat met 'n persoon,praat met 'n agent,ek wil met iemand praat,ek wil met 'n mens praat," +
			"ek wil met 'n persoon praat,bel my,bel my terug",
		Back:     "terug,gaan terug",
		Menu:     "menu,kieslys,hoofkieslys,opsies",
		Undo:     "ontdoen,herroep",
		Cases:    "sake,my sake",
		Help:     "hulp,help,help my",
		Language: "afrikaans,in afrikaans",
	},
}

var yesWords = map[string]YesWords{
	"en": {
		Yes: []string{"yes", "y", "yep", "yeah", "yup", "yes i agree", "i agree", "agree", "agreed", "confirm", "i confirm", "confirmed", "correct",
			"yes correct", "right", "thats right", "thats correct", "that is right", "that is correct"},
		No: []string{"no", "n", "nope", "nah", "wrong", "incorrect", "not right", "not correct", "thats wrong", "that is wrong", "i dont agree",
			"i do not agree"},
	},
	"af": {
		Yes: []string{"ja", "j", "reg", "korrek", "ja dis reg", "dis reg", "dit is reg", "akkoord", "ek stem saam", "stem saam", "bevestig", "ek bevestig"},
		No:  []string{"nee", "verkeerd", "dis verkeerd", "dit is verkeerd", "nie reg nie", "dis nie reg nie", "ek stem nie saam nie"},
	},
}
