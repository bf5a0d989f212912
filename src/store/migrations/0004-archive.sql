-- SPDX-License-Identifier: LGPL-2.1-or-later
-- Where each recording is and how long it stays: uploads, tiers, clips, deletion.

-- tier: where the file at path is: fast (the recordings), slow (its second directory), archive (no
-- local file any more: the object alone). object: its key in the bucket. sha256: of the file, 64
-- hexadecimal digits. deleting_us: it is being deleted since: nothing shows it any more.
ALTER TABLE segments ADD COLUMN sha256 TEXT;
ALTER TABLE segments ADD COLUMN object TEXT;
ALTER TABLE segments ADD COLUMN uploaded_us INTEGER;
ALTER TABLE segments ADD COLUMN tier TEXT NOT NULL DEFAULT 'fast'
  CHECK (tier IN ('fast', 'slow', 'archive'));
ALTER TABLE segments ADD COLUMN deleting_us INTEGER;
CREATE UNIQUE INDEX segments_by_object ON segments (object) WHERE object IS NOT NULL;
-- object first: the planner must prefer it to segments_local, in which what is uploaded stands too.
CREATE INDEX segments_to_upload ON segments (object, start_us, id)
  WHERE object IS NULL AND tier <> 'archive' AND deleting_us IS NULL;
CREATE INDEX segments_to_evict ON segments (uploaded_us, id)
  WHERE archived = 1 AND tier <> 'archive' AND deleting_us IS NULL;
CREATE INDEX segments_to_move ON segments (end_us, id)
  WHERE tier = 'fast' AND deleting_us IS NULL;
CREATE INDEX segments_local ON segments (start_us, id)
  WHERE tier <> 'archive' AND deleting_us IS NULL;
CREATE INDEX segments_deleting ON segments (deleting_us, id) WHERE deleting_us IS NOT NULL;

ALTER TABLE thumbnails ADD COLUMN object TEXT;
ALTER TABLE thumbnails ADD COLUMN uploaded_us INTEGER;
CREATE UNIQUE INDEX thumbnails_by_object ON thumbnails (object) WHERE object IS NOT NULL;
CREATE INDEX thumbnails_to_upload ON thumbnails (taken_us, camera) WHERE object IS NULL;

-- Uploads that were begun or have failed; what waits to be tried for the first time has no row: it
-- is a segment or a thumbnail without object. id: the segment's, or thumbnail:CAMERA:TAKEN_US.
-- camera, start_us: of the segment; of the thumbnail, with which it is found. key: in the bucket,
-- '' for none yet. upload: the multipart upload's id at the server, '' for none.
CREATE TABLE uploads (
  id         TEXT PRIMARY KEY NOT NULL,
  camera     TEXT NOT NULL REFERENCES cameras (id),
  start_us   INTEGER NOT NULL,
  key        TEXT NOT NULL DEFAULT '',
  upload     TEXT NOT NULL DEFAULT '',
  tries      INTEGER NOT NULL DEFAULT 0,
  due_us     INTEGER NOT NULL DEFAULT 0,
  last_error TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE INDEX uploads_by_start ON uploads (start_us, id);
CREATE UNIQUE INDEX uploads_by_key ON uploads (key) WHERE key <> '';

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

-- expired_us: up to here retention has deleted what no clip keeps. The others are totals, kept by
-- triggers: local bytes by tier, bytes that have an object, and what waits for one.
ALTER TABLE cameras ADD COLUMN expired_us INTEGER;
ALTER TABLE cameras ADD COLUMN fast_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cameras ADD COLUMN slow_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cameras ADD COLUMN object_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cameras ADD COLUMN waiting_segments INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cameras ADD COLUMN waiting_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cameras ADD COLUMN waiting_thumbnails INTEGER NOT NULL DEFAULT 0;

-- Bytes that were recorded in each of the last hours (since the epoch, by the segment's start).
CREATE TABLE hours (
  camera TEXT NOT NULL REFERENCES cameras (id),
  hour   INTEGER NOT NULL,
  bytes  INTEGER NOT NULL,
  PRIMARY KEY (camera, hour)
) WITHOUT ROWID;

UPDATE cameras SET
  fast_bytes = bytes,
  waiting_segments = segments,
  waiting_bytes = bytes,
  waiting_thumbnails = (SELECT count(*) FROM thumbnails WHERE camera = cameras.id);
INSERT INTO hours SELECT camera, start_us / 3600000000, sum(segments.bytes) FROM segments
  JOIN cameras ON cameras.id = segments.camera
  WHERE start_us >= last_end_us - 90000000000 GROUP BY 1, 2;

DROP TRIGGER segments_entered;
CREATE TRIGGER segments_entered AFTER INSERT ON segments BEGIN
  UPDATE cameras SET
    segments = segments + 1,
    bytes = bytes + NEW.bytes,
    frames = frames + NEW.frames,
    last_end_us = max(coalesce(last_end_us, NEW.end_us), NEW.end_us),
    longest_segment_us = max(longest_segment_us, NEW.end_us - NEW.start_us),
    fast_bytes = fast_bytes + NEW.bytes * (NEW.tier = 'fast'),
    slow_bytes = slow_bytes + NEW.bytes * (NEW.tier = 'slow'),
    object_bytes = object_bytes + NEW.bytes * (NEW.object IS NOT NULL),
    waiting_segments = waiting_segments
      + (NEW.object IS NULL AND NEW.tier <> 'archive' AND NEW.deleting_us IS NULL),
    waiting_bytes = waiting_bytes
      + NEW.bytes * (NEW.object IS NULL AND NEW.tier <> 'archive' AND NEW.deleting_us IS NULL)
  WHERE id = NEW.camera;
  INSERT INTO hours VALUES (NEW.camera, NEW.start_us / 3600000000, NEW.bytes)
    ON CONFLICT (camera, hour) DO UPDATE SET bytes = bytes + excluded.bytes;
  DELETE FROM hours WHERE camera = NEW.camera AND hour < NEW.start_us / 3600000000 - 25;
END;

DROP TRIGGER segments_deleted;
CREATE TRIGGER segments_deleted AFTER DELETE ON segments BEGIN
  UPDATE cameras SET
    segments = segments - 1,
    bytes = bytes - OLD.bytes,
    frames = frames - OLD.frames,
    -- Retention deletes the oldest; only without the newest must it be looked for.
    last_end_us = CASE WHEN OLD.end_us < last_end_us THEN last_end_us
                  ELSE (SELECT max(end_us) FROM segments WHERE camera = OLD.camera) END,
    fast_bytes = fast_bytes - OLD.bytes * (OLD.tier = 'fast'),
    slow_bytes = slow_bytes - OLD.bytes * (OLD.tier = 'slow'),
    object_bytes = object_bytes - OLD.bytes * (OLD.object IS NOT NULL),
    waiting_segments = waiting_segments
      - (OLD.object IS NULL AND OLD.tier <> 'archive' AND OLD.deleting_us IS NULL),
    waiting_bytes = waiting_bytes
      - OLD.bytes * (OLD.object IS NULL AND OLD.tier <> 'archive' AND OLD.deleting_us IS NULL)
  WHERE id = OLD.camera;
  UPDATE hours SET bytes = bytes - OLD.bytes
  WHERE camera = OLD.camera AND hour = OLD.start_us / 3600000000;
END;

CREATE TRIGGER segments_placed AFTER UPDATE OF tier, object, deleting_us ON segments BEGIN
  UPDATE cameras SET
    fast_bytes = fast_bytes + NEW.bytes * ((NEW.tier = 'fast') - (OLD.tier = 'fast')),
    slow_bytes = slow_bytes + NEW.bytes * ((NEW.tier = 'slow') - (OLD.tier = 'slow')),
    object_bytes = object_bytes
      + NEW.bytes * ((NEW.object IS NOT NULL) - (OLD.object IS NOT NULL)),
    waiting_segments = waiting_segments
      + (NEW.object IS NULL AND NEW.tier <> 'archive' AND NEW.deleting_us IS NULL)
      - (OLD.object IS NULL AND OLD.tier <> 'archive' AND OLD.deleting_us IS NULL),
    waiting_bytes = waiting_bytes
      + NEW.bytes * ((NEW.object IS NULL AND NEW.tier <> 'archive' AND NEW.deleting_us IS NULL)
                     - (OLD.object IS NULL AND OLD.tier <> 'archive' AND OLD.deleting_us IS NULL))
  WHERE id = NEW.camera;
END;

CREATE TRIGGER thumbnails_entered AFTER INSERT ON thumbnails BEGIN
  UPDATE cameras SET waiting_thumbnails = waiting_thumbnails + (NEW.object IS NULL)
  WHERE id = NEW.camera;
END;

CREATE TRIGGER thumbnails_placed AFTER UPDATE OF object ON thumbnails BEGIN
  UPDATE cameras SET
    waiting_thumbnails = waiting_thumbnails + (NEW.object IS NULL) - (OLD.object IS NULL)
  WHERE id = NEW.camera;
END;

CREATE TRIGGER thumbnails_deleted AFTER DELETE ON thumbnails BEGIN
  UPDATE cameras SET waiting_thumbnails = waiting_thumbnails - (OLD.object IS NULL)
  WHERE id = OLD.camera;
END;

-- Runs that nobody has ended: those of workers that died with the recorder.
CREATE INDEX runs_open ON runs (start_us, id) WHERE end_us IS NULL AND implied = 0;
