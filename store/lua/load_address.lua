-- Reads an address record and, where the conversation lives in the same partition, the conversation: one round trip for an
-- inbound message. Changes nothing.
-- KEYS 1 address record  2 prefix of this partition's conversations (same hash tag: the ID is known only in here)
-- ARGV 1 offset (ms)  2 this partition's name
-- Returns {now, conversation ID or '', suppressed '1' or '', {field, value, ...}, lockout or ''}.
local r = redis.call('HMGET', KEYS[1], 'conversation', 'suppressed', 'lockout')
local id, fields = r[1] or '', {}
if string.sub(id, 1, 4) == ARGV[2] .. '-' then fields = redis.call('HGETALL', KEYS[2] .. id) end
return {text(milliseconds(ARGV[1])), id, r[2] or '', fields, r[3] or ''}
