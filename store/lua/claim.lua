-- Claims one due effect, so that nobody else runs it.
-- KEYS 1 conversation  2 due
-- ARGV 1 conversation ID  2 version that the caller has loaded  3 effect  4 attempt  5 nonce  6 offset (ms)  7 hold (ms)
-- Returns {'ok', claim} (also where the claim is this nonce's already: the answer was lost), {'claimed', claim} where another
--      claim stands, {'lapsed', claim} where it has lapsed: that is an event to step first, never a licence to run again,
--      {'early'} where the effect isn't due yet, or {'gone'}: version, effect or attempt has moved on, or it isn't its lane's head.
local now = milliseconds(ARGV[6])
local is = read_head(KEYS[1])
if not is or is.version ~= ARGV[2] then return {'gone'} end
local e = is.by[ARGV[3]]
if not e or e.attempt ~= ARGV[4] or e.due == '-' then return {'gone'} end
if e.nonce ~= '' then
  if tonumber(e.till) <= now then return {'lapsed', claim_of(e)} end
  if e.nonce == ARGV[5] then return {'ok', claim_of(e)} end
  return {'claimed', claim_of(e)}
end
if tonumber(e.due) > now then return {'early'} end
redis.call('ZSCORE', KEYS[2], ARGV[1])
e.nonce, e.till = ARGV[5], text(now + tonumber(ARGV[7]))
write_head(KEYS[1], is, string.sub(is.value, is.document))
rescore(KEYS[2], ARGV[1], is)
return {'ok', claim_of(e)}
