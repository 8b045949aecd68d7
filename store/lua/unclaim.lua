-- Gives a claim back unused, and says when the effect may be claimed again. Only the claim's own writer can.
-- KEYS 1 conversation  2 due
-- ARGV 1 conversation ID  2 effect  3 nonce  4 not before (ms), '' to leave it
-- Returns 1, or 0 where that nonce's claim is gone: then nothing has changed.
local is = read_head(KEYS[1])
local e = is and is.by[ARGV[2]]
if not e or e.nonce == '' or e.nonce ~= ARGV[3] then return 0 end
redis.call('ZSCORE', KEYS[2], ARGV[1])
e.nonce, e.till = '', ''
if ARGV[4] ~= '' then e.due = ARGV[4] end
write_head(KEYS[1], is, string.sub(is.value, is.document))
rescore(KEYS[2], ARGV[1], is)
return 1
