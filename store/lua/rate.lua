-- Reserves a time to send at (GCRA), once for each effect: asked again, the same time is the answer.
-- KEYS 1 the time that the sender is free at, less its burst (µs; STRING)  2 this effect's reservation (µs; STRING)
-- ARGV 1 µs between two sends  2 µs of burst allowed  3 offset (ms)  4 ms to keep a reservation after its time
-- Returns {'1' or '' whether that time has come, the time (ms, rounded up)}.
local come, at = reserve(KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3], ARGV[4])
return {come, at}
