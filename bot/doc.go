// Package bot is the shell around fsm.Step: it takes events in, commits what they make, and does what the commits want
// done. It decides nothing about a case.
//
// What it promises: an event whose Handle returned nil is durable. An effect runs in one process at a time, under a claim;
// a process that dies lets its claims lapse and another goes on. The last thing before every call outside is the gate.
// Run ends within ten seconds of its context.
package bot
