-- ARGV: CID. Whether it was there.
return write(function()
    forget_name(ARGV[1])
    return redis.call('DEL', 'LocalDatasetEntry:' .. ARGV[1])
end)
