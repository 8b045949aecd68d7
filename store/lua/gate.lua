-- The last question before a provider is called. Changes nothing.
-- KEYS 1 conversation
-- ARGV 1 effect  2 nonce  3 epoch that the effect was decided in, '' where it goes to no address  4 offset (ms)
-- Returns {'ok', until}, {'claim-lost'}: the claim is another's, past its end or gone, or {'epoch'}: STOP, a suppression, a
--      handoff or a cancel came after the decision.
local now = milliseconds(ARGV[4])
local is = redis.call('HMGET', KEYS[1], 'epoch', 'claim:' .. ARGV[1])
if not is[2] or string.match(is[2], '^%d+ (%S+) ') ~= ARGV[2] or until_of(is[2]) <= now then return {'claim-lost'} end
if ARGV[3] ~= '' and is[1] ~= ARGV[3] then return {'epoch'} end
return {'ok', string.match(is[2], '(%d+)$')}
