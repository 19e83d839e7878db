-- ARGV: the token; triples of `entry`, name, CID or `label`, name, version. What was written since is not undone.
if redis.call('HGET', STATE, 'rebuild') ~= ARGV[1] then return 0 end
return write(function()
    for at = 2, #ARGV, 3 do
        if ARGV[at] == 'entry' then
            local noted = redis.call('HGET', NAMES, ARGV[at + 1])
            if not noted then
                redis.call('HSET', NAMES, ARGV[at + 1], ARGV[at + 2])
            elseif noted == '?' or noted ~= ARGV[at + 2] and string.sub(noted, 1, 1) ~= '+' then
                redis.call('HSET', NAMES, ARGV[at + 1], '+' .. ARGV[at + 2])
            end
        else
            note_label(ARGV[at + 1], ARGV[at + 2])
        end
    end
    return 1
end)
