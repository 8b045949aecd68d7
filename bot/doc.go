// Package bot is the shell around fsm.Step: it takes events in, commits what they make, and does what the commits want
// done. It decides nothing about a case.
//
// What it promises:
//
//   - An event whose Handle returned nil is durable; one that can't be stepped is a letter, and nothing loops.
//   - An effect runs in one process at a time, under a claim; a process that dies lets its claims lapse and another goes on.
//     Two processes never both send, unless one was frozen past its deadline between gate and call: the journal has both.
//   - Processes share what is due: each takes little at a time, so that the others find the rest.
//   - The last thing before every call outside is the gate. No Redis, no call.
//   - What may have been done is never simply repeated: a receipt tells, or somebody is asked.
//   - Neither a system that hangs nor a message that is held keeps a customer waiting for an answer.
//   - No code, no known fact as it was typed and no card number is kept; no log line holds anything of a customer.
//   - Run ends within ten seconds of its context; what was claimed and not begun is given back.
package bot
