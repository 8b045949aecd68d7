-- Gives a claim back unused, and says when the effect may be claimed again. Only the claim's own writer can.
-- KEYS 1 conversation  2 due  3 claims
-- ARGV 1 conversation ID  2 effect  3 nonce  4 not before (ms), '' to leave it
-- Returns 1, or 0 where that nonce's claim is gone: then nothing has changed.
local is, claim = read_head(KEYS[1]), redis.call('HGET', KEYS[3], ARGV[2])
if not is or not claim or string.match(claim, '^%d+ (%S+) ') ~= ARGV[3] then return 0 end
redis.call('ZSCORE', KEYS[2], ARGV[1])
local lines = {}
for effect, attempt, due in string.gmatch(is.pending, '(%S+) (%d+) (%S+)') do
  if effect == ARGV[2] and ARGV[4] ~= '' then due = ARGV[4] end
  lines[#lines + 1] = effect .. ' ' .. attempt .. ' ' .. due
end
is.pending = table.concat(lines, '\n')
redis.call('HDEL', KEYS[3], ARGV[2])
write_head(KEYS[1], is, string.sub(is.value, is.document))
rescore(KEYS[3], KEYS[2], ARGV[1], is)
return 1
