-- ARGV: name, version. Whether it was there; another label may have the same key.
return write(function()
    local name, version = ARGV[1], ARGV[2]
    local key = 'Label:' .. name .. '@' .. version
    -- `a@b` at `c` and `a` at `b@c` have one key, and the hash says whose it is.
    local found = redis.call('HMGET', key, 'name', 'version')
    if found[1] ~= name or found[2] ~= version then return 0 end
    redis.call('DEL', key)
    local list = {}
    for _, known in ipairs(versions(name)) do
        if known ~= version then list[#list + 1] = known end
    end
    set_versions(name, list)
    return 1
end)
