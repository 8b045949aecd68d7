-- Writes a conversation's document at version 0, unless there is one.
-- KEYS 1 conversation
-- ARGV 1 sealed document
-- Returns 1, or 0 where the conversation was there already.
if redis.call('HEXISTS', KEYS[1], 'version') == 1 then return 0 end
redis.call('HSET', KEYS[1], 'document', ARGV[1], 'version', '0', 'epoch', '0', 'nonce', '', 'pending', '', 'rest', '', 'link', '')
return 1
