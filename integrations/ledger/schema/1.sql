-- Money is INTEGER minor units of the file's currency (meta). Times are RFC 3339 in UTC, dates 2026-11-20.
CREATE TABLE meta (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;
CREATE TABLE accounts (
  ref           TEXT PRIMARY KEY,
  customer      TEXT NOT NULL,
  balance       INTEGER NOT NULL,
  days_past_due INTEGER NOT NULL DEFAULT 0,
  in_dispute    INTEGER NOT NULL DEFAULT 0 CHECK (in_dispute IN (0, 1)),
  in_hardship   INTEGER NOT NULL DEFAULT 0 CHECK (in_hardship IN (0, 1))
) STRICT;
CREATE TABLE payments (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  ref       TEXT NOT NULL REFERENCES accounts,
  amount    INTEGER NOT NULL CHECK (amount > 0),
  reference TEXT NOT NULL,
  at        TEXT NOT NULL
) STRICT;
CREATE INDEX payments_by_ref ON payments (ref);
CREATE TABLE promises (
  id     INTEGER PRIMARY KEY AUTOINCREMENT,
  ref    TEXT NOT NULL REFERENCES accounts,
  amount INTEGER NOT NULL CHECK (amount > 0),
  due    TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('open', 'replaced', 'cancelled', 'broken')),
  at     TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX one_open_promise ON promises (ref) WHERE status = 'open';
CREATE TABLE plans (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  ref        TEXT NOT NULL REFERENCES accounts,
  months     INTEGER NOT NULL CHECK (months > 0),
  instalment INTEGER NOT NULL CHECK (instalment > 0),
  status     TEXT NOT NULL CHECK (status IN ('open', 'replaced')),
  at         TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX one_open_plan ON plans (ref) WHERE status = 'open';
CREATE TABLE disputes (
  id    INTEGER PRIMARY KEY AUTOINCREMENT,
  ref   TEXT NOT NULL REFERENCES accounts,
  about TEXT NOT NULL,
  at    TEXT NOT NULL
) STRICT;
CREATE TABLE hardships (
  id  INTEGER PRIMARY KEY AUTOINCREMENT,
  ref TEXT NOT NULL REFERENCES accounts,
  at  TEXT NOT NULL
) STRICT;
CREATE TABLE flags (
  id   INTEGER PRIMARY KEY AUTOINCREMENT,
  ref  TEXT NOT NULL REFERENCES accounts,
  flag TEXT NOT NULL,
  at   TEXT NOT NULL
) STRICT;
CREATE TABLE notes (
  id   INTEGER PRIMARY KEY AUTOINCREMENT,
  ref  TEXT NOT NULL REFERENCES accounts,
  text TEXT NOT NULL,
  at   TEXT NOT NULL
) STRICT;
-- The payment provider's side knows references, not accounts: ref is whatever the bank said.
CREATE TABLE payment_pages (
  id        TEXT PRIMARY KEY,
  ref       TEXT NOT NULL,
  amount    INTEGER NOT NULL CHECK (amount > 0),
  reference TEXT NOT NULL,
  at        TEXT NOT NULL
) STRICT;
CREATE TABLE charges (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  ref       TEXT NOT NULL,
  amount    INTEGER NOT NULL CHECK (amount > 0),
  reference TEXT NOT NULL,
  at        TEXT NOT NULL
) STRICT;
-- A change is in here if and only if its row is: they share one transaction.
CREATE TABLE changes (
  key       TEXT PRIMARY KEY,
  operation TEXT NOT NULL,
  params    TEXT NOT NULL,
  receipt   TEXT NOT NULL,
  at        TEXT NOT NULL
) STRICT;
