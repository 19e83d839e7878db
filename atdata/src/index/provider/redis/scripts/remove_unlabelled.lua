-- ARGV: CID, the time of the last label when none led to the entry. 1 if it was there and is gone, 0 if it was not, and 2 if
-- a label has been set since, which may lead to it.
if (redis.call('HGET', STATE, 'stamp') or '') ~= ARGV[2] then return 2 end
return write(function()
    forget_name(ARGV[1])
    return redis.call('DEL', 'LocalDatasetEntry:' .. ARGV[1])
end)
