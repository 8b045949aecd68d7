-- The last question before a provider is called. Changes nothing.
-- KEYS 1 conversation
-- ARGV 1 effect  2 nonce  3 epoch that the effect was decided in, '' where it goes to no address  4 offset (ms)
-- Returns {'ok', until}, {'claim-lost'}: the claim is another's, past its end or gone, or {'epoch'}: STOP, a suppression, a
--      handoff or a cancel came after the decision.
local now = milliseconds(ARGV[4])
local is = read_head(KEYS[1])
local e = is and is.by[ARGV[1]]
if not e or e.nonce == '' or e.nonce ~= ARGV[2] or tonumber(e.till) <= now then return {'claim-lost'} end
if ARGV[3] ~= '' and is.epoch ~= ARGV[3] then return {'epoch'} end
return {'ok', e.till}
