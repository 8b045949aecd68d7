-- Reads one conversation. Changes nothing.
-- KEYS 1 conversation  2 claims
-- ARGV 1 offset (ms)
-- Returns {now, the conversation or '' where there is none, {effect, claim, ...}}.
return {text(milliseconds(ARGV[1])), redis.call('GET', KEYS[1]) or '', redis.call('HGETALL', KEYS[2])}
