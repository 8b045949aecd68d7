-- Reserves one of the sends that a cap allows in its window, once for each effect.
-- KEYS 1 cap (ZSET effect -> ms)
-- ARGV 1 effect  2 most  3 window (ms)  4 offset (ms)
-- Returns {'1'} where the effect has its place, else {'', when the oldest place is free again (ms)}.
local now = milliseconds(ARGV[4])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', text(now - tonumber(ARGV[3])))
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then return {'1'} end
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then
  local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
  return {'', text((tonumber(oldest[2]) or now) + tonumber(ARGV[3]))}
end
redis.call('ZADD', KEYS[1], text(now), ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return {'1'}
