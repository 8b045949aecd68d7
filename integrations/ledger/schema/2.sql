ALTER TABLE accounts ADD COLUMN address TEXT NOT NULL DEFAULT '';
-- A further try to collect a payment. Each counts, unless it was taken back.
CREATE TABLE retries (
  id     INTEGER PRIMARY KEY AUTOINCREMENT,
  ref    TEXT NOT NULL REFERENCES accounts,
  due    TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('set', 'cleared')),
  at     TEXT NOT NULL
) STRICT;
CREATE INDEX retries_by_ref ON retries (ref);
-- What the customer says of the address on file. A new one is a request: a person checks it, and only that changes accounts.
CREATE TABLE addresses (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  ref     TEXT NOT NULL REFERENCES accounts,
  address TEXT NOT NULL,
  status  TEXT NOT NULL CHECK (status IN ('confirmed', 'requested')),
  at      TEXT NOT NULL
) STRICT;
-- What the customer has signed: the name of its text, and the hash of the words as they were read.
CREATE TABLE statements (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  ref       TEXT NOT NULL REFERENCES accounts,
  statement TEXT NOT NULL,
  hash      TEXT NOT NULL,
  at        TEXT NOT NULL
) STRICT;
