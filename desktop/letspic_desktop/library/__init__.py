"""The library: photos, albums, tags, groups, devices, heads and runs in one SQLite catalog, and its import."""
