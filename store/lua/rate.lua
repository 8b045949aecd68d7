-- Reserves a time to send at (GCRA), once for each effect: asked again, the same time is the answer.
-- KEYS 1 the time that the sender is free at, less its burst (µs; STRING)  2 this effect's reservation (µs; STRING)
-- ARGV 1 µs between two sends  2 µs of burst allowed  3 offset (ms)  4 ms to keep a reservation after its time
-- Returns {'1' or '' whether that time has come, the time (ms, rounded up)}.
local t = redis.call('TIME')
local now = tonumber(t[1]) * 1000000 + tonumber(t[2]) + tonumber(ARGV[3]) * 1000
local at = tonumber(redis.call('GET', KEYS[2]) or '')
if not at then
  local free = math.max(tonumber(redis.call('GET', KEYS[1]) or '') or 0, now - tonumber(ARGV[2]))
  at = math.max(free, now)
  local idle = text(math.ceil((at - now) / 1000) + tonumber(ARGV[4]))
  redis.call('SET', KEYS[1], text(free + tonumber(ARGV[1])), 'PX', idle)
  redis.call('SET', KEYS[2], text(at), 'PX', idle)
end
return {at <= now and '1' or '', text(math.ceil(at / 1000))}
