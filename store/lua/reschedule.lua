-- Puts a conversation back to where it truly wants attention, after Due has moved it on and nothing was committed.
-- KEYS 1 conversation  2 due
-- ARGV 1 conversation ID
-- Returns 1, or 0 where there is no such conversation: then its score is taken out.
local is = read_head(KEYS[1])
if not is then
  redis.call('ZREM', KEYS[2], ARGV[1])
  return 0
end
rescore(KEYS[2], ARGV[1], is)
return 1
