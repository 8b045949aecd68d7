-- Lets an address record point to a conversation, unless it already points to one.
-- KEYS 1 address record
-- ARGV 1 conversation ID  2 '1' to note a suppression found under an older lookup key, else ''
-- Returns {the conversation ID that it points to}.
local owner = redis.call('HGET', KEYS[1], 'conversation')
if not owner then
  owner = ARGV[1]
  redis.call('HSET', KEYS[1], 'conversation', owner)
end
if ARGV[2] == '1' then redis.call('HSETNX', KEYS[1], 'suppressed', '1') end
return {owner}
