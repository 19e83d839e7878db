--!df flags=allow-undeclared-keys
-- The line above is for Dragonfly, which else refuses what names lead to.
-- What the scripts share. What Python knows of are the keys `LocalDatasetEntry:{cid}`, `Label:{name}@{version}`,
-- `LocalSchema:…` and `LocalLens:…`; the three below are ours, and hold nothing that cannot be found by SCAN:
--   STATE   `size`: DBSIZE as far as our own writes have changed it since the other two were complete. As long as it
--           is what DBSIZE says, nobody else has added a key.
--           `rebuild`, `rebuild_since`: who is filling the other two, and since when.
--           `stamp`: the time that the last label has. `legacy_entries`, `legacy_schemas`: how many are there.
--   NAMES   from a name to the CID of one entry that has it, behind a `+` if others may have it too; `?` if that one is gone
--   LABELS  from a name to the msgpack list of the versions that its labels have
local STATE, NAMES, LABELS = 'atdata:index', 'atdata:index:names', 'atdata:index:labels'

local function is_complete()
    local state = redis.call('HMGET', STATE, 'size', 'rebuild')
    return not state[2] and state[1] and tonumber(state[1]) == redis.call('DBSIZE')
end

-- One who has died is not waited for.
local function is_being_filled()
    local state = redis.call('HMGET', STATE, 'rebuild', 'rebuild_since')
    return state[1] and redis.call('TIME')[1] - tonumber(state[2] or 0) < 60
end

-- Runs what writes, and notes by how many keys the database has grown. An empty one is complete; one that others have
-- written to is not, even if it comes to have as many keys again.
-- Redis runs a script with nobody in between, so the difference of the two sizes is ours alone.
local function write(work)
    local before = redis.call('DBSIZE')
    if before == 0 then
        redis.call('HSET', STATE, 'size', 0, 'legacy_entries', 0, 'legacy_schemas', 0)
    end
    local size = tonumber(redis.call('HGET', STATE, 'size') or -1)
    local result = work()
    if size == before then
        redis.call('HINCRBY', STATE, 'size', redis.call('DBSIZE') - before)
    elseif size >= 0 then
        redis.call('HDEL', STATE, 'size')
    end
    return result
end

local function field(hash, name)
    for at = 1, #hash, 2 do
        if hash[at] == name then return hash[at + 1] end
    end
end

-- A list in msgpack: versions are any text, so no separator could be told from them.
local function versions(name)
    local packed = redis.call('HGET', LABELS, name)
    return packed and cmsgpack.unpack(packed) or {}
end

local function set_versions(name, list)
    if #list == 0 then
        redis.call('HDEL', LABELS, name)
    else
        redis.call('HSET', LABELS, name, cmsgpack.pack(list))
    end
end

local function note_label(name, version)
    local list = versions(name)
    for _, known in ipairs(list) do
        if known == version then return end
    end
    list[#list + 1] = version
    set_versions(name, list)
end

-- An entry that is renamed or removed is not found under its old name any more.
local function forget_name(cid)
    local name = redis.call('HGET', 'LocalDatasetEntry:' .. cid, 'name')
    local noted = name and redis.call('HGET', NAMES, name)
    if noted == cid then redis.call('HDEL', NAMES, name) end
    if noted == '+' .. cid then redis.call('HSET', NAMES, name, '?') end
end

-- Of several entries of a name the last one is noted, and that there are more.
local function note_name(name, cid)
    local noted = redis.call('HGET', NAMES, name)
    local is_only = not noted or noted == cid
    redis.call('HSET', NAMES, name, is_only and cid or '+' .. cid)
end

-- `fields` are pairs; Python would leave those of an older entry behind.
local function put_entry(cid, name, fields)
    local key = 'LocalDatasetEntry:' .. cid
    forget_name(cid)
    redis.call('DEL', key)
    redis.call('HSET', key, 'cid', cid, 'name', name, unpack(fields))
    note_name(name, cid)
end

-- Microseconds since 1970, later than all before, whatever the clock does.
local function stamp()
    local time = redis.call('TIME')
    local now = time[1] * 1000000 + time[2]
    local last = tonumber(redis.call('HGET', STATE, 'stamp') or 0)
    local text = string.format('%.0f', math.max(now, last + 1))
    redis.call('HSET', STATE, 'stamp', text)
    return text
end

-- `created_cid` tells whether the label was pointed elsewhere since, by Python, which leaves `created_at` as it is.
local function put_label(name, version, cid, fields)
    local key = 'Label:' .. name .. '@' .. version
    redis.call('DEL', key)
    redis.call('HSET', key, 'cid', cid, 'name', name, 'version', version, 'created_at', stamp(), 'created_cid', cid,
        unpack(fields))
    note_label(name, version)
end

local function arguments(from, to)
    local list = {}
    for at = from, to do list[#list + 1] = ARGV[at] end
    return list
end

-- Stores an entry and a label, of what stands in ARGV from `at` on: see `register.lua`.
local function register(at)
    local entry = tonumber(ARGV[at])
    if entry > 0 then put_entry(ARGV[at + 1], ARGV[at + 2], arguments(at + 3, at + entry)) end
    local label = at + entry
    if #ARGV > label then
        put_label(ARGV[label + 1], ARGV[label + 2], ARGV[label + 3], arguments(label + 4, #ARGV))
    end
end

-- Makes a label the latest of its name, if it leads where it did.
local function touch_label(name, version, cid)
    local key = 'Label:' .. name .. '@' .. version
    if redis.call('HGET', key, 'cid') == cid then
        redis.call('HSET', key, 'created_at', stamp(), 'created_cid', cid)
    end
end
