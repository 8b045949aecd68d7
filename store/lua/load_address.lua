-- Reads an address record and, where the conversation lives in the same partition, the conversation: one round trip for an
-- inbound message. Changes nothing.
-- KEYS 1 address record  2 prefix of this partition's conversations (same hash tag: the ID is known only in here)
-- ARGV 1 offset (ms)  2 this partition's name, '' where no conversation is wanted
-- Returns {now, conversation ID or '', suppressed '1' or '', lockout or '', the conversation or ''}.
local r = redis.call('HMGET', KEYS[1], 'conversation', 'suppressed', 'lockout')
local id, conversation = r[1] or '', ''
if string.sub(id, 1, 4) == ARGV[2] .. '-' then conversation = redis.call('GET', KEYS[2] .. id) or '' end
return {text(milliseconds(ARGV[1])), id, r[2] or '', r[3] or '', conversation}
