-- ARGV: how many of the following belong to the entry; CID, name, fields of the entry; name, version, CID, fields of
-- the label. Either may be left out.
return write(function()
    register(1)
    return 1
end)
