-- Keeps a dead letter, once for each event.
-- KEYS 1 letters
-- ARGV 1 field: the event's keyed hash  2 sealed letter
-- Returns 1, or 0 where it was kept already.
return redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2])
