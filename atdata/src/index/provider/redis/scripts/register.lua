-- ARGV: how many of the following belong to the entry; CID, name, fields of the entry; name, version, CID, fields of
-- the label. Either may be left out.
return write(function()
    local entry = tonumber(ARGV[1])
    if entry > 0 then put_entry(ARGV[2], ARGV[3], arguments(4, 1 + entry)) end
    if #ARGV > 1 + entry then
        put_label(ARGV[2 + entry], ARGV[3 + entry], ARGV[4 + entry], arguments(5 + entry, #ARGV))
    end
    return 1
end)
