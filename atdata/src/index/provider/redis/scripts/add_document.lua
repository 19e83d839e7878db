-- ARGV: key, JSON. Whether it was not there yet.
return write(function() return redis.call('SETNX', ARGV[1], ARGV[2]) end)
