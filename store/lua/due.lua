-- Takes conversations that want attention now, and moves each a little on so that a second worker leaves it alone. It is a
-- hint against herds: who runs an effect is decided by its claim. Read and moved in one go, no newer score is overwritten.
-- KEYS 1 due
-- ARGV 1 offset (ms)  2 most  3 ms to move them on
-- Returns {conversation, ...}, the longest due first.
local now = milliseconds(ARGV[1])
local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', text(now), 'LIMIT', 0, ARGV[2])
for _, id in ipairs(ids) do redis.call('ZADD', KEYS[1], text(now + tonumber(ARGV[3])), id) end
return ids
