-- ARGV: a limit. {known, names}: `known` is 0 if our keys cannot tell, or have more names than that.
local limit = tonumber(ARGV[1])
if not is_complete() or redis.call('HLEN', NAMES) > limit or redis.call('HLEN', LABELS) > limit then return {0, {}} end
local names = redis.call('HKEYS', NAMES)
for _, name in ipairs(redis.call('HKEYS', LABELS)) do names[#names + 1] = name end
return {1, names}
