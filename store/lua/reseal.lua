-- Writes the same document again, under a newer key. Changes neither version nor anything else.
-- KEYS 1 conversation
-- ARGV 1 version that the caller has read  2 sealed document
-- Returns 1, or 0 where a commit got in first: that one has sealed it anew.
local is = read_head(KEYS[1])
if not is or is.version ~= ARGV[1] then return 0 end
write_head(KEYS[1], is, ARGV[2])
return 1
