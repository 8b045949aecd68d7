-- Writes a letter anew, with another reason: only where it is still kept.
-- KEYS 1 letters
-- ARGV 1 field: the event's keyed hash  2 sealed letter
-- Returns 1, or 0 where it is gone.
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1
