-- ARGV: the token, how many entries and schemas of old versions there are. Our keys are complete if nobody else has
-- written since the beginning.
if redis.call('HGET', STATE, 'rebuild') ~= ARGV[1] then return 0 end
redis.call('HDEL', STATE, 'rebuild', 'rebuild_since')
redis.call('HSET', STATE, 'legacy_entries', ARGV[2], 'legacy_schemas', ARGV[3])
if tonumber(redis.call('HGET', STATE, 'size') or -1) == redis.call('DBSIZE') then return 1 end
redis.call('HDEL', STATE, 'size')
return 0
