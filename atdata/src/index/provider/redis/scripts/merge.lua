-- ARGV: what was seen of the entry: whether there was one, its name, whether it had metadata, the metadata; the CID that
-- the label led to, or `*` for any; name, version and CID of the label that stays the latest, or empty texts; from the
-- ninth on those of `register.lua`. Whether all is as it was seen, and so done.
local cid = ARGV[10]
local name, metadata = unpack(redis.call('HMGET', 'LocalDatasetEntry:' .. cid, 'name', 'metadata'))
local is_seen = (name and '1' or '0') == ARGV[1] and (name or '') == ARGV[2]
    and (metadata and '1' or '0') == ARGV[3] and (metadata or '') == ARGV[4]
if not is_seen then return 0 end
local at = 9 + tonumber(ARGV[9])
local led_to = redis.call('HGET', 'Label:' .. ARGV[at + 1] .. '@' .. ARGV[at + 2], 'cid') or ''
if ARGV[5] ~= '*' and led_to ~= ARGV[5] then return 0 end
return write(function()
    register(9)
    if ARGV[8] ~= '' then touch_label(ARGV[6], ARGV[7], ARGV[8]) end
    return 1
end)
