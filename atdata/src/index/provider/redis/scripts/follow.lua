-- ARGV: name, version. {CID, entry} of the label; nothing of either if there is no such label.
local label = redis.call('HMGET', 'Label:' .. ARGV[1] .. '@' .. ARGV[2], 'name', 'version', 'cid')
if label[1] ~= ARGV[1] or label[2] ~= ARGV[2] or not label[3] then return {'', {}} end
return {label[3], redis.call('HGETALL', 'LocalDatasetEntry:' .. label[3])}
