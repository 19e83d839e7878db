-- ARGV: cursor, CID. {next cursor, labels}: those of one step of a search that lead to the entry. Python points labels
-- elsewhere without a trace that an index by CID could go by; but what leads elsewhere need not be sent.
local step = redis.call('SCAN', ARGV[1], 'MATCH', 'Label:*', 'COUNT', 1000)
local labels = {}
for _, key in ipairs(step[2]) do
    if redis.call('TYPE', key)['ok'] == 'hash' and redis.call('HGET', key, 'cid') == ARGV[2] then
        labels[#labels + 1] = redis.call('HGETALL', key)
    end
end
return {step[1], labels}
