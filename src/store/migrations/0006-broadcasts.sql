-- SPDX-License-Identifier: LGPL-2.1-or-later
-- Broadcasts: what the table recordings does not say of each, what is missing in it, and clips.

-- stream_key: as announced. source: 'bucket', or the URL of its playlist. Times: µs since the Unix
-- epoch. found_by, ended_by: 'webhook', 'service', 'bucket', 'source' or 'user' ('' not yet).
-- media_ms: so much media was collected; segments, collected_bytes: in so many segments; missing:
-- that never came. duration_ms: of the MP4, until then of what was collected. newest_us: when the
-- newest of them was made, by the source's clock: what is not newer is no part of a later broadcast
-- of this key. object: its key in the bucket, from when it was chosen on; uploaded_us: it is there
-- and was compared. path: the local MP4, '' for none. tries, due_us, last_error: of what it waits
-- for now (join, upload). import_*: of the VOD service. deleting_us: it is being deleted since.
CREATE TABLE broadcasts (
  id              TEXT PRIMARY KEY NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
  stream_key      TEXT NOT NULL,
  user_id         TEXT NOT NULL DEFAULT '',
  source          TEXT NOT NULL DEFAULT 'bucket',
  found_by        TEXT NOT NULL DEFAULT '',
  ended_by        TEXT NOT NULL DEFAULT '',
  started_us      INTEGER NOT NULL,
  ended_us        INTEGER,
  completed_us    INTEGER,
  newest_us       INTEGER,
  media_ms        INTEGER NOT NULL DEFAULT 0,
  duration_ms     INTEGER NOT NULL DEFAULT 0,
  segments        INTEGER NOT NULL DEFAULT 0,
  missing         INTEGER NOT NULL DEFAULT 0,
  collected_bytes INTEGER NOT NULL DEFAULT 0,
  frames          INTEGER NOT NULL DEFAULT 0,
  audio_frames    INTEGER NOT NULL DEFAULT 0,
  video_codec     TEXT NOT NULL DEFAULT '',
  audio_codec     TEXT NOT NULL DEFAULT '',
  width           INTEGER NOT NULL DEFAULT 0,
  height          INTEGER NOT NULL DEFAULT 0,
  path            TEXT NOT NULL DEFAULT '',
  object          TEXT,
  upload          TEXT NOT NULL DEFAULT '',
  uploaded_us     INTEGER,
  sha256          TEXT,
  tries           INTEGER NOT NULL DEFAULT 0,
  due_us          INTEGER,
  last_error      TEXT NOT NULL DEFAULT '',
  import_state    TEXT NOT NULL DEFAULT '' CHECK (import_state IN ('', 'waiting', 'done', 'refused')),
  import_tries    INTEGER NOT NULL DEFAULT 0,
  import_due_us   INTEGER,
  import_error    TEXT NOT NULL DEFAULT '',
  deleting_us     INTEGER
) WITHOUT ROWID;
CREATE UNIQUE INDEX broadcasts_by_object ON broadcasts (object) WHERE object IS NOT NULL;
CREATE INDEX broadcasts_by_start ON broadcasts (started_us, id);
CREATE INDEX broadcasts_by_key ON broadcasts (stream_key, started_us);
CREATE INDEX broadcasts_by_completion ON broadcasts (completed_us, id)
  WHERE completed_us IS NOT NULL AND deleting_us IS NULL;

-- Media that are missing in a broadcast's MP4: offset_ms: in it, where they should be; reason:
-- 'missing' (the segment never came), 'corrupt' (nothing of it could be used), 'damaged' (a part of
-- it could not), 'unlisted' (the playlist passed it before it was seen).
CREATE TABLE broadcast_gaps (
  broadcast   TEXT NOT NULL REFERENCES broadcasts (id) ON DELETE CASCADE,
  number      INTEGER NOT NULL,
  offset_ms   INTEGER NOT NULL,
  duration_ms INTEGER NOT NULL,
  segment     TEXT NOT NULL,
  reason      TEXT NOT NULL CHECK (reason IN ('missing', 'corrupt', 'damaged', 'unlisted')),
  detail      TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (broadcast, number)
) WITHOUT ROWID;

-- Clips are of a camera's recordings or of a broadcast; camera may be NULL now, for which SQLite
-- needs a new table. With the old one its triggers go.
CREATE TABLE clips_before AS SELECT * FROM clips;
DROP TABLE clips;
CREATE TABLE clips (
  id         TEXT PRIMARY KEY NOT NULL,
  camera     TEXT REFERENCES cameras (id),
  broadcast  TEXT REFERENCES broadcasts (id),
  name       TEXT NOT NULL,
  start_us   INTEGER NOT NULL,
  end_us     INTEGER NOT NULL CHECK (end_us > start_us),
  created_us INTEGER NOT NULL,
  CHECK ((camera IS NULL) <> (broadcast IS NULL))
) WITHOUT ROWID;
INSERT INTO clips (id, camera, name, start_us, end_us, created_us)
  SELECT id, camera, name, start_us, end_us, created_us FROM clips_before;
DROP TABLE clips_before;
CREATE INDEX clips_by_camera ON clips (camera, start_us) WHERE camera IS NOT NULL;
CREATE INDEX clips_by_broadcast ON clips (broadcast, start_us) WHERE broadcast IS NOT NULL;

CREATE TRIGGER clips_note_entered AFTER INSERT ON clips
WHEN EXISTS (SELECT 1 FROM meta WHERE key = 'mirrored') BEGIN
  INSERT INTO changes (name, key_1, deleted) VALUES ('clips', NEW.id, 0);
END;

CREATE TRIGGER clips_note_changed AFTER UPDATE ON clips
WHEN EXISTS (SELECT 1 FROM meta WHERE key = 'mirrored') BEGIN
  INSERT INTO changes (name, key_1, deleted) VALUES ('clips', NEW.id, 0);
END;

CREATE TRIGGER clips_note_deleted AFTER DELETE ON clips
WHEN EXISTS (SELECT 1 FROM meta WHERE key = 'mirrored') BEGIN
  INSERT INTO changes (name, key_1, deleted) VALUES ('clips', OLD.id, 1);
END;

-- What a shared database has not been told yet, of these tables too.
CREATE TRIGGER recordings_note_entered AFTER INSERT ON recordings
WHEN EXISTS (SELECT 1 FROM meta WHERE key = 'mirrored') BEGIN
  INSERT INTO changes (name, key_1, deleted) VALUES ('recordings', NEW.id, 0);
END;

CREATE TRIGGER recordings_note_changed AFTER UPDATE ON recordings
WHEN EXISTS (SELECT 1 FROM meta WHERE key = 'mirrored') BEGIN
  INSERT INTO changes (name, key_1, deleted) VALUES ('recordings', NEW.id, 0);
END;

CREATE TRIGGER recordings_note_deleted AFTER DELETE ON recordings
WHEN EXISTS (SELECT 1 FROM meta WHERE key = 'mirrored') BEGIN
  INSERT INTO changes (name, key_1, deleted) VALUES ('recordings', OLD.id, 1);
END;

CREATE TRIGGER broadcasts_note_entered AFTER INSERT ON broadcasts
WHEN EXISTS (SELECT 1 FROM meta WHERE key = 'mirrored') BEGIN
  INSERT INTO changes (name, key_1, deleted) VALUES ('broadcasts', NEW.id, 0);
END;

CREATE TRIGGER broadcasts_note_changed AFTER UPDATE ON broadcasts
WHEN EXISTS (SELECT 1 FROM meta WHERE key = 'mirrored') BEGIN
  INSERT INTO changes (name, key_1, deleted) VALUES ('broadcasts', NEW.id, 0);
END;

CREATE TRIGGER broadcasts_note_deleted AFTER DELETE ON broadcasts
WHEN EXISTS (SELECT 1 FROM meta WHERE key = 'mirrored') BEGIN
  INSERT INTO changes (name, key_1, deleted) VALUES ('broadcasts', OLD.id, 1);
END;

CREATE TRIGGER broadcast_gaps_note_entered AFTER INSERT ON broadcast_gaps
WHEN EXISTS (SELECT 1 FROM meta WHERE key = 'mirrored') BEGIN
  INSERT INTO changes (name, key_1, key_2, deleted) VALUES ('broadcast_gaps', NEW.broadcast, NEW.number, 0);
END;

CREATE TRIGGER broadcast_gaps_note_changed AFTER UPDATE ON broadcast_gaps
WHEN EXISTS (SELECT 1 FROM meta WHERE key = 'mirrored') BEGIN
  INSERT INTO changes (name, key_1, key_2, deleted) VALUES ('broadcast_gaps', NEW.broadcast, NEW.number, 0);
END;

CREATE TRIGGER broadcast_gaps_note_deleted AFTER DELETE ON broadcast_gaps
WHEN EXISTS (SELECT 1 FROM meta WHERE key = 'mirrored') BEGIN
  INSERT INTO changes (name, key_1, key_2, deleted) VALUES ('broadcast_gaps', OLD.broadcast, OLD.number, 1);
END;
