-- SPDX-License-Identifier: LGPL-2.1-or-later
-- The ledger: each second of each camera is in a segment or in a gap.
-- Times are µs since the Unix epoch, UTC; an end is NULL while it is open.

PRAGMA application_id = 0x5479746f; -- "Tyto": file(1) and we know it by this

CREATE TABLE cameras (
  id          TEXT PRIMARY KEY NOT NULL,
  name        TEXT NOT NULL
) WITHOUT ROWID;

-- implied: made for a segment whose run was never entered; the run's own entry replaces it
CREATE TABLE runs (
  id               TEXT PRIMARY KEY NOT NULL,
  camera           TEXT NOT NULL REFERENCES cameras (id),
  stream           TEXT NOT NULL,
  start_us         INTEGER NOT NULL,
  end_us           INTEGER,
  end_reason       TEXT NOT NULL DEFAULT '',
  transport        TEXT NOT NULL DEFAULT '',
  video_codec      TEXT NOT NULL DEFAULT '',
  audio_codec      TEXT NOT NULL DEFAULT '',
  width            INTEGER NOT NULL DEFAULT 0,
  height           INTEGER NOT NULL DEFAULT 0,
  packets_received INTEGER NOT NULL DEFAULT 0,
  packets_lost     INTEGER NOT NULL DEFAULT 0,
  frames_received  INTEGER NOT NULL DEFAULT 0,
  frames_recorded  INTEGER NOT NULL DEFAULT 0,
  implied          INTEGER NOT NULL DEFAULT 0 CHECK (implied IN (0, 1))
) WITHOUT ROWID;
CREATE INDEX runs_by_camera ON runs (camera, start_us);

-- camera_time_us: the camera's own clock, NULL where it sent none
CREATE TABLE segments (
  id             TEXT PRIMARY KEY NOT NULL,
  camera         TEXT NOT NULL REFERENCES cameras (id),
  stream         TEXT NOT NULL,
  run            TEXT NOT NULL REFERENCES runs (id),
  sequence       INTEGER NOT NULL,
  path           TEXT NOT NULL,
  format         TEXT NOT NULL,
  video_codec    TEXT NOT NULL,
  audio_codec    TEXT NOT NULL,
  start_us       INTEGER NOT NULL,
  end_us         INTEGER NOT NULL,
  monotonic_ns   INTEGER NOT NULL,
  camera_time_us INTEGER,
  duration_ns    INTEGER NOT NULL,
  frames         INTEGER NOT NULL,
  key_frames     INTEGER NOT NULL,
  audio_frames   INTEGER NOT NULL,
  bytes          INTEGER NOT NULL,
  packets_lost   INTEGER NOT NULL
);
CREATE INDEX segments_by_camera ON segments (camera, start_us, id);
CREATE INDEX segments_by_start ON segments (start_us, id);
CREATE INDEX segments_by_run ON segments (run);

CREATE TABLE gaps (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  camera       TEXT NOT NULL REFERENCES cameras (id),
  stream       TEXT NOT NULL,
  start_us     INTEGER NOT NULL,
  end_us       INTEGER,
  reason       TEXT NOT NULL,
  detail       TEXT NOT NULL,
  packets_lost INTEGER NOT NULL,
  frames_lost  INTEGER NOT NULL
);
-- The same gap reported twice (before and after a crash) is one gap.
CREATE UNIQUE INDEX gaps_once ON gaps (camera, stream, start_us, reason);
CREATE INDEX gaps_by_camera ON gaps (camera, start_us, id);
CREATE INDEX gaps_by_start ON gaps (start_us, id);
CREATE INDEX gaps_open ON gaps (camera, start_us) WHERE end_us IS NULL;

CREATE TABLE thumbnails (
  camera   TEXT NOT NULL REFERENCES cameras (id),
  taken_us INTEGER NOT NULL,
  path     TEXT NOT NULL,
  bytes    INTEGER NOT NULL,
  PRIMARY KEY (camera, taken_us)
) WITHOUT ROWID;
