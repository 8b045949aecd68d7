-- Lets an address record that points to one conversation point to another, into which that one has moved. One that points
-- anywhere else stays as it is.
-- KEYS 1 address record
-- ARGV 1 from  2 to
-- Returns {the conversation ID that it points to now, '' for none}.
local owner = redis.call('HGET', KEYS[1], 'conversation')
if owner == ARGV[1] then
  redis.call('HSET', KEYS[1], 'conversation', ARGV[2])
  return {ARGV[2]}
end
return {owner or ''}
