-- Changes how a campaign stands. A cancelled one stays cancelled.
-- KEYS 1 campaign (HASH)
-- ARGV 1 running, trying, paused or cancelled  2 '1': make it where there is none, and keep the status that it has
--      3 µs between two messages, '' to keep what is there  4 its workflow, the same  5 '1': the first few were tried
--      6 offset (ms)
-- Returns {'none'} where there is no such campaign, else {status, every, workflow, tried, began (ms), changed (ms), its status before}.
local is = redis.call('HMGET', KEYS[1], 'status', 'every', 'workflow', 'tried', 'began', 'changed')
if not is[1] and ARGV[2] ~= '1' then return {'none'} end
local now = text(milliseconds(ARGV[6]))
local before = is[1] or ''
local status = before
if before ~= 'cancelled' and (before == '' or ARGV[2] ~= '1') then status = ARGV[1] end
local every = ARGV[3] ~= '' and ARGV[3] or is[2] or '0'
local workflow = ARGV[4] ~= '' and ARGV[4] or is[3] or ''
local tried = ARGV[5] == '1' and '1' or is[4] or ''
local began = is[5] or now
local changed = status ~= before and now or is[6] or now
redis.call('HSET', KEYS[1], 'status', status, 'every', every, 'workflow', workflow, 'tried', tried, 'began', began, 'changed', changed)
return {status, every, workflow, tried, began, changed, before}
