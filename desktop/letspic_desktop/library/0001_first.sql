-- Photos are known by the SHA-256 of their bytes; times are ISO 8601 in UTC; paths are bytes as the system has them.
CREATE TABLE photos (
    sha256 TEXT PRIMARY KEY CHECK (length(sha256) = 64),
    bytes INTEGER NOT NULL,
    format TEXT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    orientation INTEGER NOT NULL DEFAULT 1,
    taken_utc TEXT,
    taken_local TEXT,
    taken_source TEXT,
    latitude REAL,
    longitude REAL,
    camera TEXT,
    imported_at TEXT NOT NULL,
    rating INTEGER NOT NULL DEFAULT 0 CHECK (rating BETWEEN 0 AND 5),
    favourite INTEGER NOT NULL DEFAULT 0,
    edit_revision INTEGER NOT NULL DEFAULT 0,
    trashed_at TEXT
);
CREATE INDEX photos_by_time ON photos (coalesce(taken_local, imported_at), sha256);
CREATE INDEX photos_in_trash ON photos (trashed_at) WHERE trashed_at IS NOT NULL;

-- Copies of one photo share a row of photos. A missing file keeps its row, so that it is found again by hash.
CREATE TABLE files (
    path BLOB PRIMARY KEY,
    sha256 TEXT NOT NULL REFERENCES photos ON DELETE CASCADE,
    mtime_ns INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    missing_since TEXT
);
CREATE INDEX files_of_photo ON files (sha256);

CREATE TABLE import_failures (
    path BLOB PRIMARY KEY,
    reason TEXT NOT NULL,
    at TEXT NOT NULL
);

CREATE TABLE albums (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,
    created_at TEXT NOT NULL
);
CREATE TABLE album_photos (
    album_id INTEGER NOT NULL REFERENCES albums ON DELETE CASCADE,
    sha256 TEXT NOT NULL REFERENCES photos ON DELETE CASCADE,
    position INTEGER NOT NULL,
    PRIMARY KEY (album_id, sha256)
) WITHOUT ROWID;
CREATE INDEX albums_of_photo ON album_photos (sha256);

-- What people say and what machines guess never share a row.
CREATE TABLE tags (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE
);
CREATE TABLE photo_tags (
    tag_id INTEGER NOT NULL REFERENCES tags ON DELETE CASCADE,
    sha256 TEXT NOT NULL REFERENCES photos ON DELETE CASCADE,
    PRIMARY KEY (tag_id, sha256)
) WITHOUT ROWID;
CREATE INDEX tags_of_photo ON photo_tags (sha256);
CREATE TABLE machine_tags (
    sha256 TEXT NOT NULL REFERENCES photos ON DELETE CASCADE,
    source TEXT NOT NULL,
    name TEXT NOT NULL,
    score REAL NOT NULL,
    PRIMARY KEY (sha256, source, name)
) WITHOUT ROWID;

CREATE TABLE features (
    sha256 TEXT NOT NULL REFERENCES photos ON DELETE CASCADE,
    backbone TEXT NOT NULL,
    vector BLOB NOT NULL,
    UNIQUE (backbone, sha256)
);
CREATE INDEX features_of_photo ON features (sha256);

CREATE TABLE groups (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('owner', 'member')),
    backbone TEXT,
    created_at TEXT NOT NULL,
    left_at TEXT
);
CREATE UNIQUE INDEX group_names ON groups (name_key) WHERE left_at IS NULL;

-- A class outlives its album, so that its number is never given to another one.
CREATE TABLE group_albums (
    group_id TEXT NOT NULL REFERENCES groups ON DELETE CASCADE,
    class_id INTEGER NOT NULL,
    album_id INTEGER REFERENCES albums ON DELETE SET NULL,
    class_name TEXT NOT NULL,
    use_as_category INTEGER NOT NULL DEFAULT 1,
    shared INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (group_id, class_id),
    UNIQUE (group_id, album_id)
);
CREATE INDEX groups_of_album ON group_albums (album_id);

CREATE TABLE devices (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    group_id TEXT REFERENCES groups ON DELETE SET NULL,
    certificate TEXT,
    fingerprint TEXT,
    address TEXT,
    state TEXT NOT NULL,
    last_seen TEXT,
    paired_at TEXT NOT NULL,
    facts TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX devices_of_group ON devices (group_id);
CREATE TABLE placements (
    device_id TEXT NOT NULL REFERENCES devices ON DELETE CASCADE,
    sha256 TEXT NOT NULL REFERENCES photos ON DELETE CASCADE,
    replica INTEGER NOT NULL DEFAULT 0,
    placed_at TEXT NOT NULL,
    PRIMARY KEY (device_id, sha256)
) WITHOUT ROWID;
CREATE INDEX placements_of_photo ON placements (sha256);

-- What a device reported to hold; its own photos need not be in this library.
CREATE TABLE device_photos (
    device_id TEXT NOT NULL REFERENCES devices ON DELETE CASCADE,
    sha256 TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('own', 'placed')),
    proposed_label TEXT,
    class_id INTEGER,
    PRIMARY KEY (device_id, sha256, kind)
) WITHOUT ROWID;

CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    group_id TEXT NOT NULL REFERENCES groups ON DELETE CASCADE,
    method TEXT NOT NULL,
    config TEXT NOT NULL,
    manifest TEXT NOT NULL DEFAULT '{}',
    state TEXT NOT NULL,
    reason TEXT,
    result TEXT,
    started_at TEXT NOT NULL,
    finished_at TEXT
);
CREATE INDEX runs_of_group ON runs (group_id, started_at);
CREATE TABLE run_rounds (
    run_id TEXT NOT NULL REFERENCES runs ON DELETE CASCADE,
    round INTEGER NOT NULL,
    report TEXT NOT NULL,
    state BLOB,
    finished_at TEXT NOT NULL,
    PRIMARY KEY (run_id, round)
);

CREATE TABLE heads (
    group_id TEXT NOT NULL REFERENCES groups ON DELETE CASCADE,
    version INTEGER NOT NULL,
    backbone TEXT NOT NULL,
    blob BLOB NOT NULL,
    run_id TEXT REFERENCES runs ON DELETE SET NULL,
    map_before REAL,
    map_after REAL,
    p10_before REAL,
    p10_after REAL,
    note TEXT NOT NULL DEFAULT '',
    active INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL,
    PRIMARY KEY (group_id, version)
);
CREATE UNIQUE INDEX one_active_head ON heads (group_id) WHERE active = 1;

-- A query may be a picture that is in no library: it is known by its hash only.
CREATE TABLE marks (
    group_id TEXT NOT NULL REFERENCES groups ON DELETE CASCADE,
    query TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    good INTEGER NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (group_id, query, sha256)
) WITHOUT ROWID;
