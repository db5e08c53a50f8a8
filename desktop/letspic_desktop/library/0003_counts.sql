-- The sidebar counts what came in lately, and files that are copies of one another, each time that anything changes.
CREATE INDEX photos_by_import ON photos (imported_at, favourite) WHERE trashed_at IS NULL;
CREATE INDEX files_there ON files (sha256) WHERE missing_since IS NULL;
