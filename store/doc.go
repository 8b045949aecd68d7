// Package store keeps conversations in Redis, and is the only package that knows it. It promises:
//
//   - A commit is written whole or not at all, and only over the version that it was stepped from.
//   - One effect is run by one process at a time: a claim decides, not a clock of ours, not a score.
//   - Whoever reads Redis, its files or its traffic sees keyed hashes and sealed values, no name, number or text; and a
//     sealed value that was moved to another key or beside another version doesn't open.
//   - Nothing is retried blindly. Scripts that write bear being run twice, or say that they were.
//
// Time is Redis's, in milliseconds, moved by a demo's offset. No script decodes a document, and no amount of money passes
// through one.
//
// # The data model
//
// {p07} is one of 256 partitions (keys.go): the hash tag of everything that belongs to a conversation. TTL: none where not named.
//
//	settle:{p07}:conversation:ID  STRING  one conversation; written by create, commit, claim, unclaim, reseal. A head that scripts read, an
//	                                      empty line, the document. In one string a waiting one takes a third less than as a hash
//	    VERSION EPOCH NONCE REST LINK     the head's first line, "-" for what is absent:
//	        VERSION  the document's; a commit must have been stepped from it
//	        EPOCH    the document's; the gate compares it
//	        NONCE    of the commit that wrote this version: whose it was, after a lost answer
//	        REST     its earliest timer, ms
//	        LINK     digest of its last journal entry
//	    EFFECT ATTEMPT DUE                a line for each of the document's effects, in ms, "-" behind another of its lane; read by
//	                                      claim, receipt (is the effect still waiting?) and for the wake time. Of one that somebody
//	                                      runs it goes on with NONCE UNTIL, the claim
//	    document   sealed fsm.Conversation, bound to this key and version. In the form that fsm.Schema numbers: what a newer
//	               release has added is kept, a newer number is refused (fsm.ErrNewer) and never written over
//	settle:{p07}:due              ZSET    conversation -> when it wants attention, ms; worked out by every script that changes
//	                                      pending, rest or a claim; due moves it on by 5 s
//	settle:{p07}:journal          STREAM  conversation, version, position, previous and own digest, sealed entry; by commit
//	settle:{p07}:transcript:ID    LIST    "VERSION.POSITION sealed line"; by commit
//	settle:{p07}:letters          HASH    event's keyed hash -> sealed letter; by commit, PutLetter and NoteReason
//	settle:{p07}:handoffs         ZSET    conversation -> since, ms; by commit
//	settle:{p07}:receipts:ID      HASH    effect -> "RANK MS", m:effect -> sealed provider ID; TTL 35 days; by Receipt
//	settle:{p07}:address:HASH     HASH    conversation, suppressed, lockout; by Create, Alias, Suppress, NoteLockout. In the
//	                                      partition of its own hash; outlives conversation, archive and erasure. Customer references
//	                                      are the same, without the last two
//	    lockout    fsm.Lockout as JSON, in clear: times and counts of wrong answers and codes, so that whatever begins at the
//	               address begins with them; lockout.lua writes it over what was read, and over nothing newer
//	settle:{p07}:case:CASE        STRING  conversation; by PutCase. In the partition of the case's ID
//	settle:{p07}:waited           STRING  1; TTL a minute; written by land before WAIT (:waited:RANDOM on the server that a slot moves
//	                                      to), and by Ping
//	settle:{rate:HASH}:next       STRING  when a sender is free again, µs; TTL an hour past it; by Gate
//	settle:{rate:HASH}:at:EFFECT  STRING  the time reserved for an effect, µs; TTL an hour past it; by Gate
//	settle:{cap:HASH}             ZSET    effect -> reserved at, ms; TTL the cap's window; by Gate
//	settle:{campaign:NAME}:       HASH    status, every (µs), workflow, tried, began and changed (ms); by BeginCampaign, SetCampaign
//	settle:{campaign:NAME}:next, :at:EFFECT  STRING  as of a rate, at the campaign's pace; by Gate
//	settle:campaigns              SET     their names; by BeginCampaign
//	settle:tally:MINUTE           HASH    right, wrong: answers to challenges, of everybody; TTL 10 minutes; by Tally
//	settle:bundle:HASH            STRING  sealed workflow bundle; by PutBundle
//	settle:bundles                HASH    workflow -> its current bundle; by SetCurrent
//	settle:partitions             STRING  256 partitions, layout 2; by Open
//	settle:keyset                 STRING  sealed: tells another keyset; by Open
//
// A conversation's wake time is the least of rest, the due times of unclaimed heads of lanes, and the ends of claims.
package store
