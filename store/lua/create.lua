-- Writes a conversation's document at version 0, unless there is one.
-- KEYS 1 conversation
-- ARGV 1 sealed document
-- Returns 1, or 0 where the conversation was there already.
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
write_head(KEYS[1], {version = '0', epoch = '0', nonce = '-', rest = '-', link = '-', effects = {}}, ARGV[1])
return 1
