package message

import (
	"regexp"
	"slices"
	"strings"
)

// asksToStop reports whether a folded text asks, somewhere in a sentence, for no more messages. Every rule names what is
// to stop (texts, calls, being on a list): "stop" alone may be about a card.
func asksToStop(form string) bool {
	in := digraphsOf(form)
	for _, rule := range requests {
		if !slices.ContainsFunc(rule.has, func(part string) bool { return in.holds(part) && strings.Contains(form, part) }) {
			continue
		}
		for _, at := range rule.asks.FindAllStringIndex(form, -1) {
			before, after := form[:at[0]], form[at[1]:]
			if rule.unless != nil && rule.unless.MatchString(before) || rule.unlessThen != nil && rule.unlessThen.MatchString(after) {
				continue
			}
			return true
		}
	}
	return false
}

// digraphs are the pairs of letters that stand side by side in a folded text. Looking for a word is dearer than asking whether
// its first two letters are among them, and there are many words to look for.
type digraphs [(26*26 + 63) / 64]uint64

func digraphsOf(form string) (p digraphs) {
	for i := 1; i < len(form); i++ {
		if at, ok := digraph(form[i-1], form[i]); ok {
			p[at/64] |= 1 << (at % 64)
		}
	}
	return p
}

// holds is true where a part may be in the text.
func (p *digraphs) holds(part string) bool {
	at, ok := digraph(part[0], part[1])
	return !ok || p[at/64]&(1<<(at%64)) != 0
}

func digraph(a, b byte) (at int, ok bool) {
	if a < 'a' || a > 'z' || b < 'a' || b > 'z' {
		return 0, false
	}
	return int(a-'a')*26 + int(b-'a'), true
}

// request is one way of asking: asks is looked for at word boundaries, and doesn't count after unless or before unlessThen.
type request struct {
	has        []string // where none of these is in the text asks can't match: cheap to see, and true of nearly every text
	asks       *regexp.Regexp
	unless     *regexp.Regexp
	unlessThen *regexp.Regexp
}

// Building blocks. All match folded text: lower case, no marks, no punctuation, single spaces.
const (
	// things are what we send, and our sending it.
	things = `(?:te?xt(?:s|ing)?|messag(?:es?|ing)|msgs?|sms(?:e|es|ing)?|whatsapp(?:s|ing)?|e ?mail(?:s|ing)?|mail(?:s|ing|ers?)?|calls?|calling|phoning|` +
		`contact(?:ing)?|communications?|communicating|correspondence|notifications?|notifying|reminders?|reminding|spam(?:s|ming)?|bothering|` +
		`harass(?:ing|ment)?|pestering|annoying|bugging|nagging|disturbing|hounding|stalking|bombarding|writing|newsletters?|promos?|promotions?|adverts?)`
	// between is what may stand between "stop" and the thing.
	between = `(?:(?:sending|receiving|getting|me|us|my|with|the|these|those|this|that|such|all|any|your|you|ur|of|more|further|future|please|pls|from|` +
		`bloody|damn|fucking|stupid|constant|daily|marketing|promotional|automated|unwanted|endless|so|many|to|on|and|now|immediately) ){0,6}`
	// verbs are what we must not do; done, what must not be done to the customer.
	verbs = `(?:te?xt|message|messaging|msg|sms|whatsapp|contact|call|phone|ring|e ?mail|mail|write|bother|harass|spam|disturb|pester|texting|calling|contacting|bothering|emailing|phoning)`
	done  = `(?:contacted|texted|messaged|called|phoned|e ?mailed|smsed|bothered|disturbed|spammed|harassed)`
	// whom makes "call" a call to the customer.
	whom = `(?: to)?(?: me| us| him| her| my \w+| this (?:number|phone|address)| here| again| any ?more| ever|$)`
	// leave has no other use, unless it says what is left (opt out of the insurance); slip is not meaning it.
	leave  = `(?:unsubscribe|unsub|unsuscribe|unsubcribe|unsubscibe|unsubscribing|opt(?:ing)?(?: me| us)? out|optout)(?: me| us)?`
	slip   = `(?:dont|do not|didnt|did not|never|not|havent|did i|accidentally|wont|why was i|am i|mistake)(?: want to| wish to| mean to| ask to| try to| asked to)?`
	not    = `(?:dont|do not|donot|dnt|do nt|don t|never)`
	soft   = `(?:` + filler + ` )*`
	filler = `(?:please|pls|plz|just|now|so|ok|okay|hey|hi|hello|no|yes|man|enough|kindly|sir|madam|it|this|already|thanks|asb)`
)

// Building blocks of Afrikaans.
const (
	dinge    = `(?:sms(?:e|es)?|boodskap(?:pe|pies)?|teks(?:te)?|whatsapps?|e ?pos(?:se)?|oproepe|kennisgewings|herinneringe|spam)`
	doen     = `(?:kontak|bel|pla|lastig|teister|steur|skryf|sms|whatsapp|boodskap|spam)`
	tussenin = `(?:(?:om|met|my|ons|die|al|hierdie|te|vir|jou|jul|julle|u|asb|asseblief|so|stuur|en|weer|meer|ooit|nog|enige|van|langer|verder|nommer) ){0,6}`
)

var requests = []request{
	// stop texting me; no more messages; enough with your calls
	{has: words("stop quit cease halt discontinue terminate end"), asks: rule(`(?:stop|quit|cease|halt|discontinue|terminate|end (?:all|these|this|the|your|any)) ` + between + things),
		unless: ends(`dont|do not|didnt|did not|not|never|doesnt|wont|cant|cannot|couldnt|wouldnt|(?:did|do|does|have|has|why|when) (?:you|u|they|it|the \w+)`)},
	{has: words("sending"), asks: rule(`(?:stop|quit) sending(?: me| us)?(?: (?:these|this|those|them|stuff|things|it|please|pls|now|all|shit|crap|rubbish|nonsense|your|the|fucking|bloody))*$`)},
	{has: words("end cancel"), asks: rule(`(?:end|cancel) (?:(?:all|these|the|your|my|any|please) )*(?:texts|messages|sms|smses|emails|calls|reminders|notifications)`)},
	{has: words("more enough"), asks: rule(`(?:no more|enough) (?:of |with )?` + between + things), unless: ends(`there|are|is|have|got|see|get|gets|receive|received|had|not`)},
	{has: words("no"), asks: rule(`(?:please )?no (?:more )?(?:texts|messages|sms|smses|emails|calls|spam|contact)(?: please| pls| any ?more| thanks)+$`)},
	// don't text me again; you may not call; I asked you not to write to me
	{has: words("dont not donot never nt don"), asks: rule(not + ` (?:(?:ever|you|u|dare|try|to|be|keep|please|bother) ){0,3}` + verbs + `(?: (?:or|and) ` + verbs + `)?` + whom),
		unless: ends(`you|u|they|it|we|he|she|who|i|why|if|bank|app|people|has|have|had|will|would|could`)},
	{has: words("not cant cannot mustnt shouldnt"), asks: rule(`(?:not to|you (?:must|may|can|should|are) not(?: to)?|you (?:cant|cannot|mustnt|shouldnt)) (?:ever )?` + verbs + ` (?:me|us|this number|here)`)},
	{has: words("dont not donot never nt don"), asks: rule(not + ` (?:(?:ever|you|u|please|keep|be|dare) ){0,2}(?:send|sending|deliver) ` + between + `(?:` + things + `|anything|stuff|rubbish|crap|shit|any ?more|again)`),
		unless: ends(`you|u|they|it|we|he|she|who|i|why|if|bank|app|has|have|had|will|would|could`)},
	// I don't want your messages, to be contacted, to hear from you
	{has: words("dont not donot never longer nt don"), asks: rule(`(?:` + not + `|no longer) (?:want|wanna|wish|like|need|agree|consent|care)(?: for| to| you| u| anyone| your bank| the bank| be| receive| receiving| get| getting| have)* ` + between + `(?:` + things + `|` + done + `|hear from (?:you|u|this))`),
		unlessThen: regexp.MustCompile(`^ (?:you|u|the|your)\b`)},
	{has: words("interested"), asks: rule(`not interested in ` + between + things)},
	// take me off your list; lose my number
	{has: words("remove take delete drop erase scrub get strike"), asks: rule(`(?:remove|take|delete|drop|erase|scrub|get|strike) (?:me|us|this (?:number|no|nr|phone|cell)|my (?:cell |cellphone |phone |mobile |e ?mail )?(?:number|nr|no|email|address|name|details|contacts?|info|data))` +
		`(?: (?:please|pls|off|from|of|out|on|in|your|this|the|ur|all|any|that|these|mailing|sms|te?xt|texting|message|messaging|marketing|contact|call|calling|distribution|email|spam))* ` +
		`(?:lists?|database|db|systems?|records|books|files|service)`)},
	{has: words("remove take"), asks: rule(`(?:remove|take) (?:me|us)(?: off| out| please| pls| now| immediately| from this| from here)*$`), unless: ends(`it|they|that|long`)},
	{has: words("list"), asks: rule(`off (?:(?:of|this|your|ur|the|that|text|texting|sms|mailing|message|calling|call|contact) )+lists?`)},
	{has: words("wrong"), asks: rule(`wrong (?:number|person|guy|contact) (?:please |pls |so )*(?:remove|delete|block)(?: me| it| this| please| pls| number)*$`)},
	{has: words("number"), asks: rule(`(?:lose|delete|remove|forget|scrap|erase) (?:my|this) (?:\w+ )?number(?: please| pls| now| immediately)*$`), unless: ends(`i|you|can|to|not|dont`)},
	// unsubscribe, opt out: these words have no other use, unless it is named
	{has: words("unsub unsuscribe opt"), asks: rule(leave), unless: ends(slip), unlessThen: regexp.MustCompile(`^ (?:of|from)\b`)},
	{has: words("unsub unsuscribe opt"), asks: rule(leave + ` (?:of|from) ` + between + `(?:` + things + `|this|these|that|it|all|everything|you|here|lists?|service)`), unless: ends(slip)},
	{has: words("consent permission"), asks: rule(`(?:revoke|revoking|withdraw|withdrawing|retract|cancel) (?:my|all|any|the) (?:\w+ ){0,2}(?:consent|permission)`)},
	{has: words("permission consent allowed authori"), asks: rule(`(?:dont|do not|no longer|not|no|never|nor) (?:have |give |gave |got |you |the |any |my )*(?:consent|permission|allowed|authori[sz]ed) to ` + verbs)},
	{has: words("cease"), asks: rule(`cease and desist|cease all contact`)},
	// leave me alone, and less kindly
	{has: words("leave"), asks: rule(`leave (?:me|us) (?:the \w+ |tf )?(?:alone|be|in peace)`)},
	{has: words("off fok vo rot"), asks: rule(`(?:fuck|f|piss|bugger|sod) off|voe?r?tse[kg]|voetsak|fok ?off?|rot op`)},
	{has: words("away lost shut"), asks: regexp.MustCompile(`^` + soft + `(?:go away|get lost|shut up)(?: (?:please|pls|now|and|you|already|man|all|leave|stop)\b|$)`)},
	// stop I've paid; can you please stop; you must stop
	{has: words("stop unsubscribe opt"), asks: regexp.MustCompile(`^` + soft + `(?:stop|unsubscribe|opt ?out) ` + soft + `(?:i|im|ive|ill|id|we|you|u|youre|they|its|thats|wrong|not|who|why|what|dont|do not|never|` +
		`this is|this isnt|it is|that is|leave|remove|or i|or else|or ill|before i|sent from|ek|jy|julle|dis|dit is|verkeerde|hoekom|wie|nie|moenie)\b`)},
	{has: words("stop"), asks: regexp.MustCompile(`^` + soft + `(?:(?:can|could|will|would|wont) (?:you|u)|i (?:want|need|would like) you to|id like you to|you (?:must|should|have to|need to|better)) ` + soft + `stop(?: ` + filler + `)*$`)},

	// hou op om my te sms; julle moet ophou bel; stop die boodskappe
	{has: words("op stop staak beeindig"), asks: rule(`(?:(?:hou|hoe) (?:(?:nou|net|asb|asseblief|tog|dadelik) )*op|ophou|stop|staak|beeindig) ` + tussenin + `(?:` + dinge + `|` + doen + `)`), unless: ends(`nie|moenie`)},
	// moenie my weer kontak nie; moet my nie bel nie
	{has: words("moe"), asks: rule(`(?:moenie|moet(?: my| ons| hierdie nommer)?(?: asb| asseblief)? (?:nie|nooit)) ` + tussenin + `(?:` + dinge + `|` + doen + `)`), unless: ends(`hoekom|waarom|sy|hy|hulle|ek`)},
	// ek wil nie meer boodskappe kry nie; ek wil nie hê julle moet my bel nie
	{has: words("wil soek verlang wens"), asks: rule(`(?:wil|soek|verlang|wens) (?:(?:asb|asseblief) )?(?:nie|geen|niks) (?:(?:he|dat|moet) )*` + tussenin + `(?:` + dinge + `|gekontak|gebel|gepla|gesms|geboodskap)`)},
	{has: words("wil"), asks: rule(`wil nie he (?:dat )?(?:julle|jy|u|iemand) (?:moet )?(?:my|ons) (?:(?:weer|meer|ooit) )*(?:moet )?` + doen)},
	{has: words("verdere meer nog"), asks: rule(`(?:geen|nie) (?:verdere |meer |nog )+` + dinge + `|geen ` + dinge + ` (?:meer|verder)`), unless: ends(`kry|ontvang|kom|is|het`)},
	// los my uit; laat my met rus
	{has: words("los laat"), asks: rule(`(?:los|laat) (?:my|ons) (?:(?:net|nou|tog|asb|asseblief) )*(?:uit|alleen|met rus|in vrede|staan|gaan)`)},
	// haal my van julle lys af; teken my uit
	{has: words("haal verwyder skrap vee"), asks: rule(`(?:haal|verwyder|skrap|vee) (?:my|ons)(?: (?:sel|selfoon|foon))?(?: (?:nommer|naam|nr|besonderhede|selfoonnommer))?(?: (?:asb|asseblief|nou|van|af|uit|by|jul|julle|jou|u|die|hierdie|daardie|boodskap|sms))* (?:lys|lyste|databasis|stelsel|af|uit)`)},
	{has: words("teken skryf meld"), asks: rule(`(?:teken|skryf|meld) (?:my|ons)(?: (?:asb|asseblief|nou))* (?:uit|af)`)},
	{has: words("uit af"), asks: rule(`ek wil (?:asb |asseblief |graag )?(?:uitteken|uitskakel|afmeld|uit teken)`)},
	{has: words("toestemming"), asks: rule(`(?:trek|herroep|onttrek) (?:my )?toestemming`)},
}

func words(list string) []string         { return strings.Fields(list) }
func rule(pattern string) *regexp.Regexp { return regexp.MustCompile(`\b(?:` + pattern + `)\b`) }
func ends(pattern string) *regexp.Regexp { return regexp.MustCompile(`\b(?:` + pattern + `) ?$`) }
