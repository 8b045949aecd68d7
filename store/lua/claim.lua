-- Claims one due effect, so that nobody else runs it.
-- KEYS 1 conversation  2 due  3 claims
-- ARGV 1 conversation ID  2 version that the caller has loaded  3 effect  4 attempt  5 nonce  6 offset (ms)  7 hold (ms)
-- Returns {'ok', claim} (also where the claim is this nonce's already: the answer was lost), {'claimed', claim} where another
--      claim stands, {'lapsed', claim} where it has lapsed: that is an event to step first, never a licence to run again,
--      {'early'} where the effect isn't due yet, or {'gone'}: version, effect or attempt has moved on, or it isn't its lane's head.
local now = milliseconds(ARGV[6])
local is = read_head(KEYS[1])
if not is or is.version ~= ARGV[2] then return {'gone'} end
local attempt, due = pending_of(is.pending, ARGV[3])
if attempt ~= ARGV[4] or due == '-' then return {'gone'} end
local claimed = redis.call('HGET', KEYS[3], ARGV[3])
if claimed then
  local nonce = string.match(claimed, '^%d+ (%S+) ')
  if until_of(claimed) <= now then return {'lapsed', claimed} end
  if nonce == ARGV[5] then return {'ok', claimed} end
  return {'claimed', claimed}
end
if tonumber(due) > now then return {'early'} end
redis.call('ZSCORE', KEYS[2], ARGV[1])
local claim = attempt .. ' ' .. ARGV[5] .. ' ' .. text(now + tonumber(ARGV[7]))
redis.call('HSET', KEYS[3], ARGV[3], claim)
rescore(KEYS[3], KEYS[2], ARGV[1], is)
return {'ok', claim}
