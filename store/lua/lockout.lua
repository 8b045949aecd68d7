-- Writes what an address' record keeps of wrong answers, over what the caller has read.
-- KEYS 1 address record
-- ARGV 1 what it has read, '' for none  2 what is to be there
-- Returns 1, or 0 where another one got in first: read again.
if (redis.call('HGET', KEYS[1], 'lockout') or '') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'lockout', ARGV[2])
return 1
