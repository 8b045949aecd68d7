-- The last question before a provider is called. Changes nothing.
-- KEYS 1 conversation  2 claims
-- ARGV 1 effect  2 nonce  3 epoch that the effect was decided in, '' where it goes to no address  4 offset (ms)
-- Returns {'ok', until}, {'claim-lost'}: the claim is another's, past its end or gone, or {'epoch'}: STOP, a suppression, a
--      handoff or a cancel came after the decision.
local now = milliseconds(ARGV[4])
local claim = redis.call('HGET', KEYS[2], ARGV[1])
if not claim or string.match(claim, '^%d+ (%S+) ') ~= ARGV[2] or until_of(claim) <= now then return {'claim-lost'} end
local is = ARGV[3] ~= '' and read_head(KEYS[1])
if ARGV[3] ~= '' and (not is or is.epoch ~= ARGV[3]) then return {'epoch'} end
return {'ok', string.match(claim, '(%d+)$')}
