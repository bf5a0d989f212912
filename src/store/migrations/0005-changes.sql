-- SPDX-License-Identifier: LGPL-2.1-or-later
-- What a shared database has not been told yet, and views for other programs.

-- The rows of the tables below that were entered, changed or deleted, in order, by the transaction
-- that did it. Only while meta has the key mirrored. key_1 to key_3: the row's primary key.
CREATE TABLE changes (
  seq     INTEGER PRIMARY KEY AUTOINCREMENT,
  name    TEXT NOT NULL, -- the table's
  key_1   NOT NULL,
  key_2,
  key_3,
  deleted INTEGER NOT NULL CHECK (deleted IN (0, 1)),
  at_us   INTEGER NOT NULL
    DEFAULT (CAST ((julianday ('now') - 2440587.5) * 86400000 AS INTEGER) * 1000)
);

CREATE TRIGGER cameras_note_entered AFTER INSERT ON cameras
WHEN EXISTS (SELECT 1 FROM meta WHERE key = 'mirrored') BEGIN
  INSERT INTO changes (name, key_1, deleted) VALUES ('cameras', NEW.id, 0);
END;

CREATE TRIGGER cameras_note_changed AFTER UPDATE OF name, expired_us ON cameras
WHEN EXISTS (SELECT 1 FROM meta WHERE key = 'mirrored') BEGIN
  INSERT INTO changes (name, key_1, deleted) VALUES ('cameras', NEW.id, 0);
END;

CREATE TRIGGER cameras_note_deleted AFTER DELETE ON cameras
WHEN EXISTS (SELECT 1 FROM meta WHERE key = 'mirrored') BEGIN
  INSERT INTO changes (name, key_1, deleted) VALUES ('cameras', OLD.id, 1);
END;

CREATE TRIGGER runs_note_entered AFTER INSERT ON runs
WHEN EXISTS (SELECT 1 FROM meta WHERE key = 'mirrored') BEGIN
  INSERT INTO changes (name, key_1, deleted) VALUES ('runs', NEW.id, 0);
END;

CREATE TRIGGER runs_note_changed AFTER UPDATE ON runs
WHEN EXISTS (SELECT 1 FROM meta WHERE key = 'mirrored') BEGIN
  INSERT INTO changes (name, key_1, deleted) VALUES ('runs', NEW.id, 0);
END;

CREATE TRIGGER runs_note_deleted AFTER DELETE ON runs
WHEN EXISTS (SELECT 1 FROM meta WHERE key = 'mirrored') BEGIN
  INSERT INTO changes (name, key_1, deleted) VALUES ('runs', OLD.id, 1);
END;

CREATE TRIGGER segments_note_entered AFTER INSERT ON segments
WHEN EXISTS (SELECT 1 FROM meta WHERE key = 'mirrored') BEGIN
  INSERT INTO changes (name, key_1, deleted) VALUES ('segments', NEW.id, 0);
END;

CREATE TRIGGER segments_note_changed AFTER UPDATE ON segments
WHEN EXISTS (SELECT 1 FROM meta WHERE key = 'mirrored') BEGIN
  INSERT INTO changes (name, key_1, deleted) VALUES ('segments', NEW.id, 0);
END;

CREATE TRIGGER segments_note_deleted AFTER DELETE ON segments
WHEN EXISTS (SELECT 1 FROM meta WHERE key = 'mirrored') BEGIN
  INSERT INTO changes (name, key_1, deleted) VALUES ('segments', OLD.id, 1);
END;

CREATE TRIGGER gaps_note_entered AFTER INSERT ON gaps
WHEN EXISTS (SELECT 1 FROM meta WHERE key = 'mirrored') BEGIN
  INSERT INTO changes (name, key_1, deleted) VALUES ('gaps', NEW.id, 0);
END;

CREATE TRIGGER gaps_note_changed AFTER UPDATE ON gaps
WHEN EXISTS (SELECT 1 FROM meta WHERE key = 'mirrored') BEGIN
  INSERT INTO changes (name, key_1, deleted) VALUES ('gaps', NEW.id, 0);
END;

CREATE TRIGGER gaps_note_deleted AFTER DELETE ON gaps
WHEN EXISTS (SELECT 1 FROM meta WHERE key = 'mirrored') BEGIN
  INSERT INTO changes (name, key_1, deleted) VALUES ('gaps', OLD.id, 1);
END;

CREATE TRIGGER thumbnails_note_entered AFTER INSERT ON thumbnails
WHEN EXISTS (SELECT 1 FROM meta WHERE key = 'mirrored') BEGIN
  INSERT INTO changes (name, key_1, key_2, deleted) VALUES ('thumbnails', NEW.camera, NEW.taken_us, 0);
END;

CREATE TRIGGER thumbnails_note_changed AFTER UPDATE ON thumbnails
WHEN EXISTS (SELECT 1 FROM meta WHERE key = 'mirrored') BEGIN
  INSERT INTO changes (name, key_1, key_2, deleted) VALUES ('thumbnails', NEW.camera, NEW.taken_us, 0);
END;

CREATE TRIGGER thumbnails_note_deleted AFTER DELETE ON thumbnails
WHEN EXISTS (SELECT 1 FROM meta WHERE key = 'mirrored') BEGIN
  INSERT INTO changes (name, key_1, key_2, deleted) VALUES ('thumbnails', OLD.camera, OLD.taken_us, 1);
END;

CREATE TRIGGER wishes_note_entered AFTER INSERT ON wishes
WHEN EXISTS (SELECT 1 FROM meta WHERE key = 'mirrored') BEGIN
  INSERT INTO changes (name, key_1, key_2, key_3, deleted) VALUES ('wishes', NEW.camera, NEW.stream, NEW.start_us, 0);
END;

CREATE TRIGGER wishes_note_changed AFTER UPDATE ON wishes
WHEN EXISTS (SELECT 1 FROM meta WHERE key = 'mirrored') BEGIN
  INSERT INTO changes (name, key_1, key_2, key_3, deleted) VALUES ('wishes', NEW.camera, NEW.stream, NEW.start_us, 0);
END;

CREATE TRIGGER wishes_note_deleted AFTER DELETE ON wishes
WHEN EXISTS (SELECT 1 FROM meta WHERE key = 'mirrored') BEGIN
  INSERT INTO changes (name, key_1, key_2, key_3, deleted) VALUES ('wishes', OLD.camera, OLD.stream, OLD.start_us, 1);
END;

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

-- For other programs. Times are RFC 3339. is_clip: a clip keeps it.
CREATE VIEW recording AS
  SELECT id, camera AS camera_id,
    strftime ('%Y-%m-%dT%H:%M:%fZ', start_us / 1000000.0, 'unixepoch') AS start_time,
    strftime ('%Y-%m-%dT%H:%M:%fZ', end_us / 1000000.0, 'unixepoch') AS end_time,
    path AS file_path, bytes AS file_size, duration_ns / 1000000000 AS duration,
    EXISTS (SELECT 1 FROM clips WHERE clips.camera = segments.camera
            AND clips.start_us < segments.end_us AND clips.end_us > segments.start_us) AS is_clip,
    strftime ('%Y-%m-%dT%H:%M:%fZ', end_us / 1000000.0, 'unixepoch') AS created_at
  FROM segments WHERE deleting_us IS NULL;

CREATE VIEW segment_info AS
  SELECT id, camera AS camera_id, stream, run AS run_id, sequence, '' AS recorder, path, format,
    video_codec, audio_codec, bytes AS size_bytes,
    strftime ('%Y-%m-%dT%H:%M:%fZ', start_us / 1000000.0, 'unixepoch') AS start_time,
    strftime ('%Y-%m-%dT%H:%M:%fZ', end_us / 1000000.0, 'unixepoch') AS end_time,
    duration_ns / 1000000000.0 AS duration_seconds, frames, key_frames, sha256, tier,
    archived AS is_archived, object AS object_key,
    strftime ('%Y-%m-%dT%H:%M:%fZ', uploaded_us / 1000000.0, 'unixepoch') AS archived_at
  FROM segments WHERE deleting_us IS NULL;

-- Broadcasts, one row each.
CREATE TABLE recordings (
  id           TEXT PRIMARY KEY NOT NULL,
  stream_id    TEXT,
  video_id     TEXT,
  file_path    TEXT NOT NULL,
  duration     INTEGER DEFAULT 0,
  file_size    INTEGER DEFAULT 0,
  status       TEXT DEFAULT 'recording'
    CHECK (status IN ('recording', 'processing', 'completed', 'failed')),
  started_at   TEXT DEFAULT CURRENT_TIMESTAMP,
  completed_at TEXT
) WITHOUT ROWID;
CREATE INDEX idx_recordings_stream_id ON recordings (stream_id);
CREATE INDEX idx_recordings_status ON recordings (status);
CREATE INDEX idx_recordings_video_id ON recordings (video_id);
