-- Writes one fsm.Commit: all of it or none of it.
-- KEYS 1 conversation  2 due  3 journal  4 transcript  5 letters  6 handoffs
-- ARGV 1 conversation ID  2 expected version  3 new version  4 epoch  5 nonce  6 offset (ms)  7 hold (ms)
--      8 rest: earliest timer (ms) or '-'  9 pending: "EFFECT ATTEMPT DUE" a line  10 effects to claim, a line each
--      11 waiting for a person since (ms) or ''  12 sealed document  13 number of journal entries  14 of transcript lines
--      15 of letters  16 nonce of the commit that wrote the expected version, '' for any: after a failover another one may bear
--      its number; then the entries (position, digest, sealed), the lines (sealed), the letters (field, sealed)
-- Returns {'ok', now, effect, claim, ...} with the claims that were granted: those of effects that nobody else has claimed,
--      {'conflict', now, version, nonce, effect, claim, ...} with the version that is stored, the nonce of the commit that
--      wrote it and every claim, or {'missing', now}.
local now = milliseconds(ARGV[6])
local was = read_head(KEYS[1])
if not was then return {'missing', text(now)} end
if was.version ~= ARGV[2] or (ARGV[16] ~= '' and was.nonce ~= ARGV[16]) then
  local answer = {'conflict', text(now), was.version, was.nonce}
  for _, e in ipairs(was.effects) do
    if e.nonce ~= '' then
      answer[#answer + 1] = e.name
      answer[#answer + 1] = claim_of(e)
    end
  end
  return answer
end

-- A script that fails half-way is not rolled back. So each key that is written is touched by a read of its type before the
-- first write: a key of another type ends it here.
local entries, lines, letters = tonumber(ARGV[13]), tonumber(ARGV[14]), tonumber(ARGV[15])
redis.call('ZSCORE', KEYS[2], ARGV[1])
if entries > 0 then redis.call('XLEN', KEYS[3]) end
if lines > 0 then redis.call('LLEN', KEYS[4]) end
if letters > 0 then redis.call('HLEN', KEYS[5]) end
redis.call('ZSCORE', KEYS[6], ARGV[1])

-- A claim ends with its effect, or when the effect goes on to its next attempt; any other claim stands, lapsed or not.
local head = {version = ARGV[3], epoch = ARGV[4], nonce = ARGV[5], rest = ARGV[8]}
head.effects, head.by = effects_of(ARGV[9])
for _, e in ipairs(head.effects) do
  local before = was.by[e.name]
  if before and before.attempt == e.attempt then e.nonce, e.till = before.nonce, before.till end
end
local answer = {'ok', text(now)}
for name in string.gmatch(ARGV[10], '%S+') do
  local e = head.by[name]
  if e and e.due ~= '-' and e.nonce == '' then
    e.nonce, e.till = ARGV[5], text(now + tonumber(ARGV[7]))
    answer[#answer + 1] = name
    answer[#answer + 1] = claim_of(e)
  end
end

local at, link = 17, was.link
for _ = 1, entries do
  redis.call('XADD', KEYS[3], '*', 'conversation', ARGV[1], 'version', ARGV[3], 'position', ARGV[at],
    'previous', link == '-' and '' or link, 'digest', ARGV[at + 1], 'entry', ARGV[at + 2])
  link = ARGV[at + 1]
  at = at + 3
end
for _ = 1, lines do
  redis.call('RPUSH', KEYS[4], ARGV[at])
  at = at + 1
end
for _ = 1, letters do
  redis.call('HSETNX', KEYS[5], ARGV[at], ARGV[at + 1])
  at = at + 2
end
if ARGV[11] == '' then
  redis.call('ZREM', KEYS[6], ARGV[1])
else
  redis.call('ZADD', KEYS[6], ARGV[11], ARGV[1])
end
head.link = link
write_head(KEYS[1], head, ARGV[12])
rescore(KEYS[2], ARGV[1], head)
return answer
