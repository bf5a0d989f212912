-- SPDX-License-Identifier: LGPL-2.1-or-later
-- Where each recording is and how long it stays: uploads, tiers, clips, deletion; and which rows a
-- shared database has not been told yet.

-- tier: where the file at path is: fast (the recordings), slow (its second directory), archive (no
-- local file any more: the object alone). object: its key in the bucket. sha256: of the file, 64
-- hexadecimal digits. deleting_us: it is being deleted since: nothing shows it any more.
ALTER TABLE segments ADD COLUMN sha256 TEXT;
ALTER TABLE segments ADD COLUMN object TEXT;
ALTER TABLE segments ADD COLUMN uploaded_us INTEGER;
ALTER TABLE segments ADD COLUMN tier TEXT NOT NULL DEFAULT 'fast'
  CHECK (tier IN ('fast', 'slow', 'archive'));
ALTER TABLE segments ADD COLUMN deleting_us INTEGER;
CREATE INDEX segments_to_upload ON segments (start_us, id)
  WHERE archived = 0 AND deleting_us IS NULL;
CREATE INDEX segments_to_evict ON segments (uploaded_us, id)
  WHERE archived = 1 AND tier <> 'archive' AND deleting_us IS NULL;
CREATE INDEX segments_to_move ON segments (end_us, id)
  WHERE tier = 'fast' AND deleting_us IS NULL;
CREATE INDEX segments_deleting ON segments (deleting_us, id) WHERE deleting_us IS NOT NULL;

ALTER TABLE thumbnails ADD COLUMN object TEXT;
ALTER TABLE thumbnails ADD COLUMN uploaded_us INTEGER;
CREATE INDEX thumbnails_to_upload ON thumbnails (taken_us, camera) WHERE object IS NULL;

-- Uploads that were begun or have failed; what waits to be tried for the first time has no row: it
-- is a segment or a thumbnail without object. id: the segment's, or thumbnail:CAMERA:TAKEN_US.
-- upload: the multipart upload's id at the server ('' for none).
CREATE TABLE uploads (
  id         TEXT PRIMARY KEY NOT NULL,
  key        TEXT NOT NULL,
  upload     TEXT NOT NULL DEFAULT '',
  tries      INTEGER NOT NULL DEFAULT 0,
  due_us     INTEGER NOT NULL DEFAULT 0,
  last_error TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;

-- Time ranges that retention never deletes.
CREATE TABLE clips (
  id         TEXT PRIMARY KEY NOT NULL,
  camera     TEXT NOT NULL REFERENCES cameras (id),
  name       TEXT NOT NULL,
  start_us   INTEGER NOT NULL,
  end_us     INTEGER NOT NULL CHECK (end_us > start_us),
  created_us INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX clips_by_camera ON clips (camera, start_us);

-- expired_us: up to here retention has deleted what no clip keeps.
ALTER TABLE cameras ADD COLUMN expired_us INTEGER;
