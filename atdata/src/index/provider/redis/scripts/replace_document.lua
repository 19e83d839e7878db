-- ARGV: key, what was seen there, JSON in place of it. Whether it is there still, and so was replaced.
if redis.call('GET', ARGV[1]) ~= ARGV[2] then return 0 end
return write(function()
    redis.call('SET', ARGV[1], ARGV[3])
    return 1
end)
