-- Lets an address record point to a conversation, unless it already points to one.
-- KEYS 1 address record
-- ARGV 1 offset (ms)  2 conversation ID  3 '1' to note a suppression found under an older lookup key, else ''
-- Returns {now, the conversation ID that it points to}.
local now = text(milliseconds(ARGV[1]))
local owner = redis.call('HGET', KEYS[1], 'conversation')
if not owner then
  owner = ARGV[2]
  redis.call('HSET', KEYS[1], 'conversation', owner, 'since', now)
end
if ARGV[3] == '1' then redis.call('HSETNX', KEYS[1], 'suppressed', '1') end
return {now, owner}
