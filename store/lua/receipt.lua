-- Notes how far one of our messages has come. Never backwards; no step, no version.
-- KEYS 1 conversation  2 receipts (HASH effect -> "RANK MS", m:effect -> sealed provider ID)
-- ARGV 1 effect  2 rank  3 sealed provider ID or ''  4 offset (ms)  5 TTL (ms)  6 most fields before old ones are looked for
-- Returns {'missing'}: no such conversation, nothing is kept; or {'pending' or 'settled': whether the effect still waits for
--      its result, '1' or '' whether the rank rose, the rank now}.
local is = read_head(KEYS[1])
if not is then return {'missing'} end
local now = milliseconds(ARGV[4])
local was = redis.call('HGET', KEYS[2], ARGV[1])
local rank = was and tonumber(string.match(was, '^%d+')) or 0
local moved = tonumber(ARGV[2]) > rank
if moved then
  rank = tonumber(ARGV[2])
  redis.call('HSET', KEYS[2], ARGV[1], text(rank) .. ' ' .. text(now))
end
if ARGV[3] ~= '' then redis.call('HSETNX', KEYS[2], 'm:' .. ARGV[1], ARGV[3]) end
redis.call('PEXPIRE', KEYS[2], ARGV[5])
if moved and redis.call('HLEN', KEYS[2]) > tonumber(ARGV[6]) then
  local all = redis.call('HGETALL', KEYS[2])
  for i = 1, #all, 2 do
    local at = string.sub(all[i], 1, 2) ~= 'm:' and tonumber(string.match(all[i + 1], '(%d+)$'))
    if at and at < now - tonumber(ARGV[5]) then redis.call('HDEL', KEYS[2], all[i], 'm:' .. all[i]) end
  end
end
return {is.by[ARGV[1]] and 'pending' or 'settled', moved and '1' or '', text(rank)}
