-- Writes the same document again, under a newer key. Changes neither version nor anything else.
-- KEYS 1 conversation
-- ARGV 1 version that the caller has read  2 sealed document
-- Returns 1, or 0 where a commit got in first: that one has sealed it anew.
if redis.call('HGET', KEYS[1], 'version') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'document', ARGV[2])
return 1
