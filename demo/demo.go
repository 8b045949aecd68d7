// Package demo is Settle in one process, to be played with: the engine that serve runs, customers' telephones on a page, a
// small system of record whose rows change, and a clock that can be moved.
//
// It promises that nothing in it pretends to be the engine: every message, timer and writeback goes the way that it goes in
// production, through the same store scripts, gate and step. Only what is outside is simulated: telephones, the bank's
// ledger, the payment provider's page, the time. Its state ends with it.
package demo

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/channels/simulator"
	"github.com/settle-chat/settle/demo/crowd"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/identity"
	"github.com/settle-chat/settle/integrations"
	"github.com/settle-chat/settle/integrations/ledger"
	"github.com/settle-chat/settle/policy"
	"github.com/settle-chat/settle/store"
	"github.com/settle-chat/settle/store/inprocess"
	"github.com/settle-chat/settle/web/ui"
)

// zone is where the demo's customers live.
const zone = "Africa/Johannesburg"

// deliveredIn is how long the network takes, at most, to bring a message to a telephone.
const deliveredIn = time.Second

// Options is what a demo is made of. All of it is needed, but for a campaign.
type Options struct {
	Clock   *Clock
	Library *fsm.Library
	Systems map[string]integrations.System // every one a *ledger.Ledger that shares its file with the others
	Checks  []identity.Check
	Chaos   simulator.Chaos // how the network misbehaves; zero: it doesn't
	Seed    uint64
	Log     zerolog.Logger

	Campaign int    // customers of a campaign who answer by themselves; zero: there is no campaign
	Dir      string // where the campaign's files are
}

// Demo is a running demo. Make it with Open, end it with Close.
type Demo struct {
	Options
	store    *store.Store
	bot      *bot.Bot
	network  *simulator.Network
	books    *ledger.Ledger
	contacts []*Contact
	changes  ui.Changes
	temper   temper
	story    story
	till     till
	moving   sync.Mutex   // held while the clock is moved
	crowd    *crowd.Crowd // a campaign's customers; empty without one

	endStore func()
	endLife  context.CancelFunc
	running  sync.WaitGroup
}

// Open starts the demo and opens a case for each of its contacts. Close ends what it has started.
func Open(ctx context.Context, o Options) (_ *Demo, err error) {
	d := &Demo{Options: o, contacts: cast(o.Clock.Now())}
	defer func() {
		if err != nil {
			d.Close()
		}
	}()
	for name, s := range o.Systems {
		l, ok := s.(*ledger.Ledger)
		if !ok {
			return nil, fmt.Errorf("open the demo: system %q is no ledger: the demo plays all of them with one", name)
		}
		l.Inject(d.temper.before, d.temper.after)
		d.books = l
	}
	if d.books == nil {
		return nil, fmt.Errorf("open the demo: settle.yaml names no system of record")
	}
	if d.store, d.endStore, err = inprocess.Open(ctx, o.Clock.Offset); err != nil {
		return nil, err
	}
	d.crowd = crowd.New(crowd.Options{Now: o.Clock.Now, Seed: o.Seed, Begin: answerWithin})
	d.network = simulator.New(simulator.Options{
		Shown: d.crowd.Shown, Now: o.Clock.Now, Chaos: o.Chaos, Seed: o.Seed, Delays: simulator.Delays{Sent: deliveredIn / 4, Delivered: deliveredIn / 2},
		Deliver: func(ctx context.Context, r channels.Received) error { return d.bot.Receive(ctx, r) },
		Problem: func(err error) { o.Log.Warn().Err(err).Msg("a webhook was not taken") },
	})
	all := make(map[string]channels.Channel)
	for _, name := range channelNames {
		all[name] = d.network.Channel(name)
	}
	d.bot = bot.New(bot.Options{
		Store: d.store, Library: o.Library, Channels: all, Systems: o.Systems, Checks: o.Checks, Rules: policy.DefaultRules(), Log: o.Log,
	})
	d.crowd.On(d.network, crowd.Provider(d.bot, campaignSource, d.books.Rows))
	d.start(ctx)
	for _, c := range d.contacts {
		if err := d.open(ctx, c); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// watchEvery is how often the pages are told although no message has come or gone: a timer may have done something.
const watchEvery = time.Second

// start lets the engine and the network work by themselves until Close.
func (d *Demo) start(ctx context.Context) {
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	d.endLife = end
	d.running.Go(func() {
		if err := d.bot.Run(life); err != nil {
			d.Log.Warn().Err(err).Msg("the bot has ended")
		}
	})
	d.running.Go(func() { d.network.Run(life) })
	if d.Campaign > 0 {
		d.running.Go(func() {
			d.crowd.Run(life, func(err error) { d.Log.Warn().Err(err).Msg("one of the campaign's customers could not do something") })
		})
		d.running.Go(func() {
			if err := d.play(life); err != nil && life.Err() == nil {
				d.Log.Warn().Err(err).Msg("the campaign was not launched to its end")
			}
		})
	}
	d.running.Go(func() {
		changed, forget := d.network.Subscribe("")
		defer forget()
		tick := time.NewTicker(watchEvery)
		defer tick.Stop()
		for {
			select {
			case <-life.Done():
				return
			case <-changed:
			case <-tick.C:
			}
			d.changes.Tell()
		}
	})
}

// EndStreams ends the pages' live streams, for a server that is shutting down. A page that asks again gets none.
func (d *Demo) EndStreams() { d.changes.Close() }

// Close ends the demo: its pages' streams, what is on the wire, its store.
func (d *Demo) Close() {
	d.changes.Close()
	if d.endLife != nil {
		d.endLife()
	}
	d.running.Wait()
	if d.endStore != nil {
		d.endStore()
	}
}

// contact finds a contact by the ID in its path.
func (d *Demo) contact(id string) *Contact {
	for _, c := range d.contacts {
		if c.ID == id {
			return c
		}
	}
	return nil
}
