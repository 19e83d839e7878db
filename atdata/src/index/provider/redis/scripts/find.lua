-- ARGV: name; `label`, `entry` or `resolve`. Gives {known, labels, CID, entry}: `known` is 0 if our keys cannot tell and
-- the database has to be searched, 2 if somebody does so now; labels come only where the caller has to choose among them.
local name, what = ARGV[1], ARGV[2]
local unknown = {0, {}, '', {}}
if not is_complete() then
    if is_being_filled() then unknown[1] = 2 end
    return unknown
end

local labels = {}
if what ~= 'entry' then
    for _, version in ipairs(versions(name)) do
        local label = redis.pcall('HGETALL', 'Label:' .. name .. '@' .. version)
        -- One that is damaged is told by the search, and hides no other.
        if label.err or not field(label, 'cid') then return unknown end
        if field(label, 'name') == name and field(label, 'version') == version then labels[#labels + 1] = label end
    end
end
if what == 'label' then return {1, labels, '', {}} end

local latest, latest_stamp = labels[1], -1
if #labels > 1 then
    for _, label in ipairs(labels) do
        -- Labels that Python made have no time, and those that it has pointed elsewhere have a wrong one.
        local at = tonumber(field(label, 'created_at') or '')
        -- Versions have to be compared, which the caller does.
        if not at or field(label, 'created_cid') ~= field(label, 'cid') then return {1, labels, '', {}} end
        if at > latest_stamp then latest, latest_stamp = label, at end
    end
end
if latest then
    local cid = field(latest, 'cid')
    local entry = redis.call('HGETALL', 'LocalDatasetEntry:' .. cid)
    if #entry > 0 then return {1, {}, cid, entry} end
    -- It may lead to an entry of an old version, which the caller looks for.
    if redis.call('HGET', STATE, 'legacy_entries') ~= '0' then return {1, {latest}, '', {}} end
end

local cid = redis.call('HGET', NAMES, name)
if not cid then
    -- As nobody else has added a key, there is no such name; but entries of old versions are not noted, whose name is in
    -- their key.
    if redis.call('EXISTS', 'BasicIndexEntry:' .. name) == 1 then return unknown end
    return {1, {}, '', {}}
end
if cid == '?' then return unknown end
if string.sub(cid, 1, 1) == '+' then cid = string.sub(cid, 2) end
local entry = redis.call('HGETALL', 'LocalDatasetEntry:' .. cid)
-- Python may have given the entry another name.
if field(entry, 'name') ~= name then return unknown end
return {1, {}, cid, entry}
