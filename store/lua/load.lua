-- Reads one conversation. Changes nothing.
-- KEYS 1 conversation
-- ARGV 1 offset (ms)
-- Returns {now, the conversation or '' where there is none}.
return {text(milliseconds(ARGV[1])), redis.call('GET', KEYS[1]) or ''}
