-- Edits never touch the file: quarter turns clockwise, and the date that a person knows better than the camera.
ALTER TABLE photos ADD COLUMN rotation INTEGER NOT NULL DEFAULT 0 CHECK (rotation BETWEEN 0 AND 3);
ALTER TABLE photos ADD COLUMN taken_user TEXT;
ALTER TABLE photos ADD COLUMN shown_at TEXT
    GENERATED ALWAYS AS (coalesce(taken_user, taken_local, taken_utc, imported_at)) VIRTUAL;
DROP INDEX photos_by_time;
-- All that most lists ask for is in the index, so that the table itself is not read.
CREATE INDEX photos_by_time ON photos (shown_at DESC, sha256, rating, favourite) WHERE trashed_at IS NULL;
CREATE INDEX photos_by_rating ON photos (rating DESC, shown_at DESC, sha256, favourite) WHERE trashed_at IS NULL;
CREATE INDEX photos_by_camera ON photos (camera) WHERE camera IS NOT NULL;
CREATE INDEX photos_by_place ON photos (latitude, longitude, sha256) WHERE latitude IS NOT NULL;

ALTER TABLE albums ADD COLUMN cover TEXT REFERENCES photos ON DELETE SET NULL;
CREATE INDEX covers ON albums (cover) WHERE cover IS NOT NULL;
CREATE INDEX album_order ON album_photos (album_id, position, sha256);

-- The name of a tag is its path, "a/b/c". A tag that a person made stays when no photo has it.
ALTER TABLE tags ADD COLUMN kept INTEGER NOT NULL DEFAULT 0;
UPDATE OR IGNORE tags SET name = letspic_tag_path(name), name_key = letspic_tag_path(name_key)
    WHERE name LIKE '%/%' AND letspic_tag_path(name) != '';

-- Files get a number that stays, for the index of their words, and a key that sorts them by name.
CREATE TABLE numbered_files (
    id INTEGER PRIMARY KEY,
    path BLOB NOT NULL UNIQUE,
    sha256 TEXT NOT NULL REFERENCES photos ON DELETE CASCADE,
    mtime_ns INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    missing_since TEXT,
    name_key TEXT NOT NULL
);
INSERT INTO numbered_files (path, sha256, mtime_ns, bytes, missing_since, name_key)
    SELECT path, sha256, mtime_ns, bytes, missing_since, letspic_name_key(path) FROM files;
DROP TABLE files;
ALTER TABLE numbered_files RENAME TO files;
CREATE INDEX files_of_photo ON files (sha256);
CREATE INDEX files_by_name ON files (name_key, sha256);
CREATE INDEX files_missing ON files (sha256) WHERE missing_since IS NOT NULL;

-- letspic_words puts a space between signs that are written without any, so that every part of them is found.
CREATE VIRTUAL TABLE file_words USING fts5 (words, tokenize = "unicode61 remove_diacritics 2", prefix = '1 2 3');
CREATE VIRTUAL TABLE tag_words USING fts5 (words, tokenize = "unicode61 remove_diacritics 2");
CREATE VIRTUAL TABLE album_words USING fts5 (words, tokenize = "unicode61 remove_diacritics 2");
INSERT INTO file_words (rowid, words) SELECT id, letspic_words(path) FROM files;
INSERT INTO tag_words (rowid, words) SELECT id, letspic_words(name) FROM tags;
INSERT INTO album_words (rowid, words) SELECT id, letspic_words(name) FROM albums;
CREATE TRIGGER file_words_new AFTER INSERT ON files BEGIN
    INSERT INTO file_words (rowid, words) VALUES (new.id, letspic_words(new.path));
END;
CREATE TRIGGER file_words_changed AFTER UPDATE OF path ON files BEGIN
    UPDATE file_words SET words = letspic_words(new.path) WHERE rowid = new.id;
END;
CREATE TRIGGER file_words_gone AFTER DELETE ON files BEGIN
    DELETE FROM file_words WHERE rowid = old.id;
END;
CREATE TRIGGER tag_words_new AFTER INSERT ON tags BEGIN
    INSERT INTO tag_words (rowid, words) VALUES (new.id, letspic_words(new.name));
END;
CREATE TRIGGER tag_words_changed AFTER UPDATE OF name ON tags BEGIN
    UPDATE tag_words SET words = letspic_words(new.name) WHERE rowid = new.id;
END;
CREATE TRIGGER tag_words_gone AFTER DELETE ON tags BEGIN
    DELETE FROM tag_words WHERE rowid = old.id;
END;
CREATE TRIGGER album_words_new AFTER INSERT ON albums BEGIN
    INSERT INTO album_words (rowid, words) VALUES (new.id, letspic_words(new.name));
END;
CREATE TRIGGER album_words_changed AFTER UPDATE OF name ON albums BEGIN
    UPDATE album_words SET words = letspic_words(new.name) WHERE rowid = new.id;
END;
CREATE TRIGGER album_words_gone AFTER DELETE ON albums BEGIN
    DELETE FROM album_words WHERE rowid = old.id;
END;

-- What a picture looks like in 64 bits, for photos that no backbone has seen yet.
CREATE TABLE picture_hashes (
    sha256 TEXT PRIMARY KEY REFERENCES photos ON DELETE CASCADE,
    hash BLOB NOT NULL CHECK (length(hash) = 8)
) WITHOUT ROWID;

-- What people said of two photos outlives the photos: nobody is asked twice. first < second.
CREATE TABLE duplicate_decisions (
    first TEXT NOT NULL,
    second TEXT NOT NULL,
    kept TEXT,
    at TEXT NOT NULL,
    PRIMARY KEY (first, second),
    CHECK (first < second AND (kept IS NULL OR kept IN (first, second)))
) WITHOUT ROWID;

CREATE TABLE watched_folders (
    path BLOB PRIMARY KEY,
    albums_from_folders INTEGER NOT NULL DEFAULT 0,
    added_at TEXT NOT NULL,
    scanned_at_ns INTEGER NOT NULL DEFAULT 0
);

-- Photos that were emptied from the trash while their files stayed: a watched folder does not bring them back.
CREATE TABLE passed_over_files (
    path BLOB PRIMARY KEY,
    sha256 TEXT NOT NULL,
    mtime_ns INTEGER NOT NULL,
    bytes INTEGER NOT NULL
);
CREATE INDEX passed_over_photos ON passed_over_files (sha256);

-- A label that a device's owner confirmed outlives the photo's absence: a disk may just not be there today.
CREATE TABLE own_labels (
    device_id TEXT NOT NULL REFERENCES devices ON DELETE CASCADE,
    sha256 TEXT NOT NULL,
    class_id INTEGER NOT NULL,
    PRIMARY KEY (device_id, sha256)
) WITHOUT ROWID;
INSERT INTO own_labels SELECT device_id, sha256, class_id FROM device_photos WHERE kind = 'own' AND class_id IS NOT NULL;
