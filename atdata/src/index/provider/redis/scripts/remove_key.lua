-- ARGV: a key that has no place among ours. Whether it was there.
return write(function() return redis.call('DEL', ARGV[1]) end)
