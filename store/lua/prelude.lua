-- Put before every script. No script decodes a document: what they read are the plain fields that doc.go names.

-- milliseconds is Redis's time, moved by a demo's offset.
local function milliseconds(offset)
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000) + tonumber(offset)
end

-- text writes a whole number out in full: Lua's own form loses digits from 10^14 on.
local function text(n) return string.format('%.0f', n) end

-- pending looks an effect up in the field "pending": "EFFECT ATTEMPT DUE" a line, DUE is "-" where the effect waits for
-- another one of its lane. Returns attempt and due, or nothing.
local function pending_of(pending, effect)
  for e, attempt, due in string.gmatch(pending, '(%S+) (%d+) (%S+)') do
    if e == effect then return attempt, due end
  end
end

-- until_of reads the end of a claim "ATTEMPT NONCE UNTIL".
local function until_of(claim) return tonumber(string.match(claim, '(%d+)$')) end

-- rescore puts a conversation where it next wants attention: its earliest timer (rest, '' for none), the due head of a lane
-- that nobody has claimed, or the end of a claim. It is worked out from what the hash holds, so it is right whoever calls it.
local function rescore(conversation, due, id, rest, pending)
  local wake = tonumber(rest)
  for effect, _, at in string.gmatch(pending, '(%S+) (%d+) (%S+)') do
    if at ~= '-' then
      local claim = redis.call('HGET', conversation, 'claim:' .. effect)
      local when = claim and until_of(claim) or tonumber(at)
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
