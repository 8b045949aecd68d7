package desk

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/web/ui"
)

// listView is what waits, by queue.
type listView struct {
	frame  ui.Frame
	queues []queue
	agent  string // empty where nobody has to sign in
	local  func(time.Time) time.Time
}

// queue is one queue with what waits in it, the longest first.
type queue struct {
	name string
	all  []bot.HandoffView
}

// oneView is one case that waits for a person.
type oneView struct {
	frame   ui.Frame
	path    string
	agent   string
	waits   bot.HandoffView
	detail  bot.HandoffDetail
	refused string // why the last action wasn't done
	text    string // the reply that wasn't sent
	local   func(time.Time) time.Time
}

func (d *Desk) list(page func(listView) templ.Component) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		all, err := d.Bot.Handoffs(r.Context())
		if err != nil {
			ui.Fail(w, r, err)
			return
		}
		byName := make(map[string][]bot.HandoffView)
		for _, h := range all {
			byName[h.Queue] = append(byName[h.Queue], h)
		}
		v := listView{frame: d.Frame("The desk"), local: d.Local}
		if d.Link != nil {
			v.agent = d.Agent(r)
		}
		for _, name := range slices.Sorted(maps.Keys(byName)) {
			slices.SortStableFunc(byName[name], func(a, b bot.HandoffView) int { return a.Since.Compare(b.Since) })
			v.queues = append(v.queues, queue{name, byName[name]})
		}
		ui.Write(w, r, http.StatusOK, page(v))
	}
}

func (d *Desk) one(next func(http.ResponseWriter, *http.Request, oneView)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v, err := d.oneView(r)
		if err != nil {
			d.fail(w, r, err, "")
			return
		}
		next(w, r, v)
	}
}

func (d *Desk) oneView(r *http.Request) (oneView, error) {
	detail, err := d.Bot.HandoffDetail(r.Context(), r.PathValue("conversation"), r.PathValue("case"))
	if err != nil {
		return oneView{}, err
	}
	h := detail.Waiting[0]
	return oneView{
		frame: d.Frame("The desk"), path: path(h), agent: d.Agent(r), waits: h, detail: detail, local: d.Local,
	}, nil
}

func path(h bot.HandoffView) string { return "/desk/" + h.Conversation + "/" + h.Case }

// mine says whether the case is this agent's to act on.
func (v oneView) mine() bool { return v.waits.Claimed == v.agent }

// canWrite says whether the page has a form for a reply.
func (v oneView) canWrite() bool {
	return v.mine() && !v.waits.Ended && !v.waits.Behind && !v.detail.Stopped
}

// canClaim says whether nobody has it yet.
func (v oneView) canClaim() bool { return v.waits.Claimed == "" && !v.waits.Ended && !v.waits.Behind }

// who names a line's speaker for the agent.
func who(s bot.Said) string {
	if s.Name != "" {
		return s.Name
	}
	return map[string]string{"customer": "The customer", "bot": "The bot", "agent": "A colleague", "note": "Note"}[s.Who]
}

// tried is one call of a system of record in a line.
func tried(t bot.Tried) string {
	s := fmt.Sprintf("%s %s: %s", t.Kind, t.Operation, t.Result)
	if t.Reason != "" {
		s += " (" + t.Reason + ")"
	}
	return s
}

// notable says whether a message has a status worth a word: one that has arrived needs none.
func notable(status string) bool {
	return strings.HasPrefix(status, "not ") || strings.HasPrefix(status, "waits")
}

func sorted(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }

// newKey names one form.
func newKey() string { return rand.Text() }

// once names what a form does: sent twice, it is done once. What an agent has changed in it before sending it again, as a
// browser that goes back lets them, is another thing and isn't lost.
func once(key string, a fsm.AgentActed) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{key, a.Action, a.Case, a.Outcome, a.Text}, "\x00")))
	return hex.EncodeToString(sum[:16])
}
