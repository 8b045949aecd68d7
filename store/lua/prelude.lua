-- Put before every script. No script decodes a document: what they read is the plain head that doc.go describes.

-- milliseconds is Redis's time, moved by a demo's offset.
local function milliseconds(offset)
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000) + tonumber(offset)
end

-- text writes a whole number out in full: Lua's own form loses digits from 10^14 on.
local function text(n) return string.format('%.0f', n) end

-- effects_of reads the lines of a head: "EFFECT ATTEMPT DUE", DUE being '-' where it waits for another one of its lane; that of a
-- claimed one goes on with " NONCE UNTIL". Returns the effects in their order, and by their names.
local function effects_of(lines)
  local all, by = {}, {}
  for line in string.gmatch(lines, '[^\n]+') do
    local e = {}
    e.name, e.attempt, e.due, e.nonce, e.till = string.match(line, '^(%S+) (%d+) (%S+) ?(%S*) ?(%d*)$')
    all[#all + 1], by[e.name] = e, e
  end
  return all, by
end

-- read_head reads a conversation's head: "VERSION EPOCH NONCE REST LINK", a line for each effect, an empty line. What is absent
-- is '-'. Returns nothing where there is no conversation; else its parts, and in document where that begins in value.
local function read_head(key)
  local value = redis.call('GET', key)
  if not value then return nil end
  local version, epoch, nonce, rest, link, lines, document = string.match(value, '^(%d+) (%d+) (%S+) (%S+) (%S+)\n(.-)\n\n()')
  if not version then return nil end
  local head = {version = version, epoch = epoch, nonce = nonce, rest = rest, link = link, document = document, value = value}
  head.effects, head.by = effects_of(lines)
  return head
end

-- write_head writes a conversation: a head, and the document behind it.
local function write_head(key, head, document)
  local lines = {}
  for i, e in ipairs(head.effects) do
    lines[i] = e.name .. ' ' .. e.attempt .. ' ' .. e.due
    if e.nonce ~= '' then lines[i] = lines[i] .. ' ' .. e.nonce .. ' ' .. e.till end
  end
  redis.call('SET', key, head.version .. ' ' .. head.epoch .. ' ' .. head.nonce .. ' ' .. head.rest .. ' ' .. head.link .. '\n' ..
    table.concat(lines, '\n') .. '\n\n' .. document)
end

-- claim_of is an effect's claim: "ATTEMPT NONCE UNTIL".
local function claim_of(e) return e.attempt .. ' ' .. e.nonce .. ' ' .. e.till end

-- rescore puts a conversation where it next wants attention: its earliest timer, the due head of a lane that nobody has claimed,
-- or the end of a claim. It is worked out from what is stored, so it is right whoever calls it.
local function rescore(due, id, head)
  local wake = tonumber(head.rest)
  for _, e in ipairs(head.effects) do
    if e.due ~= '-' then
      local when = tonumber(e.nonce ~= '' and e.till or e.due)
      if not wake or when < wake then wake = when end
    end
  end
  if wake then
    redis.call('ZADD', due, text(wake), id)
  else
    redis.call('ZREM', due, id)
  end
end

-- reserve reserves a time to send at (GCRA), once for each effect: asked again, the same time is the answer. next is the key
-- of the time that the sender is free at, less its burst, mine that of this effect's reservation, both in µs. every and burst
-- are in µs, keep in ms. Returns '1' or '' whether that time has come, and the time (ms, rounded up).
local function reserve(next, mine, every, burst, offset, keep)
  local t = redis.call('TIME')
  local now = tonumber(t[1]) * 1000000 + tonumber(t[2]) + tonumber(offset) * 1000
  local at = tonumber(redis.call('GET', mine) or '')
  if not at then
    local free = math.max(tonumber(redis.call('GET', next) or '') or 0, now - tonumber(burst))
    at = math.max(free, now)
    local idle = text(math.ceil((at - now) / 1000) + tonumber(keep))
    redis.call('SET', next, text(free + tonumber(every)), 'PX', idle)
    redis.call('SET', mine, text(at), 'PX', idle)
  end
  return at <= now and '1' or '', text(math.ceil(at / 1000))
end
