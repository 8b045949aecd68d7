-- Gives a claim back unused, and says when the effect may be claimed again. Only the claim's own writer can.
-- KEYS 1 conversation  2 due
-- ARGV 1 conversation ID  2 effect  3 nonce  4 not before (ms), '' to leave it
-- Returns 1, or 0 where that nonce's claim is gone: then nothing has changed.
local is = redis.call('HMGET', KEYS[1], 'pending', 'rest', 'claim:' .. ARGV[2])
if not is[3] or string.match(is[3], '^%d+ (%S+) ') ~= ARGV[3] then return 0 end
redis.call('ZSCORE', KEYS[2], ARGV[1])
local lines = {}
for effect, attempt, due in string.gmatch(is[1], '(%S+) (%d+) (%S+)') do
  if effect == ARGV[2] and ARGV[4] ~= '' then due = ARGV[4] end
  lines[#lines + 1] = effect .. ' ' .. attempt .. ' ' .. due
end
local pending = table.concat(lines, '\n')
redis.call('HDEL', KEYS[1], 'claim:' .. ARGV[2])
redis.call('HSET', KEYS[1], 'pending', pending)
rescore(KEYS[1], KEYS[2], ARGV[1], is[2], pending)
return 1
