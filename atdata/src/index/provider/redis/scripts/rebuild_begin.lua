-- ARGV: a token. Whether the caller may fill our keys: one at a time, and one that has died is not waited for.
-- After a minute another caller takes over; what the first one still sends is refused, for its token is an old one.
local now = tonumber(redis.call('TIME')[1])
if is_being_filled() then return 0 end
redis.call('DEL', NAMES, LABELS)
redis.call('HSET', STATE, 'rebuild', ARGV[1], 'rebuild_since', now)
-- After the lines above, which add and remove keys of our own.
redis.call('HSET', STATE, 'size', redis.call('DBSIZE'))
return 1
