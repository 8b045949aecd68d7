-- Reads one conversation. Changes nothing.
-- KEYS 1 conversation
-- ARGV 1 offset (ms)
-- Returns {now, {field, value, ...}}; no fields where there is no such conversation.
return {text(milliseconds(ARGV[1])), redis.call('HGETALL', KEYS[1])}
