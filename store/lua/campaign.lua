-- Asks whether a campaign may send one more message now, and reserves its time at the campaign's pace.
-- KEYS 1 campaign (HASH)  2 the time that its next message may go at (µs; STRING)  3 this effect's reservation (µs; STRING)
-- ARGV 1 offset (ms)  2 ms to keep a reservation after its time
-- Returns {status}: running, trying, paused or cancelled, '' where there is no such campaign; a running or trying one adds '1' or '' whether
--      the reserved time has come, and that time (ms, rounded up).
local is = redis.call('HMGET', KEYS[1], 'status', 'every')
local status, every = is[1] or '', tonumber(is[2] or '') or 0
if (status ~= 'running' and status ~= 'trying') or every == 0 then return {status, '1', text(milliseconds(ARGV[1]))} end
local come, at = reserve(KEYS[2], KEYS[3], every, 0, ARGV[1], ARGV[2])
return {status, come, at}
