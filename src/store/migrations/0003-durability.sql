-- SPDX-License-Identifier: LGPL-2.1-or-later
-- What it takes to lose nothing: segments that are being written, when recording was wanted, when
-- the recorder was last alive, and messages that still have to be delivered.

-- cut_reason: boundary, eos, caps, clock; '' where unknown. clock_offset_us: label minus system
-- clock. recovered: its worker died before it was finished. archived: a copy is elsewhere: may be
-- deleted when room is needed. frames_missing: numbered by the camera and never received whole.
ALTER TABLE segments ADD COLUMN cut_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE segments ADD COLUMN clock_source TEXT NOT NULL DEFAULT 'system';
ALTER TABLE segments ADD COLUMN clock_offset_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE segments ADD COLUMN recovered INTEGER NOT NULL DEFAULT 0 CHECK (recovered IN (0, 1));
ALTER TABLE segments ADD COLUMN archived INTEGER NOT NULL DEFAULT 0 CHECK (archived IN (0, 1));
ALTER TABLE segments ADD COLUMN frames_missing INTEGER NOT NULL DEFAULT 0;

-- Gaps that lie beside the segments, not within one.
CREATE INDEX gaps_beside ON gaps (camera, start_us)
  WHERE reason NOT IN ('packet-loss', 'disk-slow');

-- id: the segment's to be; gone as soon as the segment is entered
CREATE TABLE open_segments (
  id              TEXT PRIMARY KEY NOT NULL,
  camera          TEXT NOT NULL REFERENCES cameras (id),
  stream          TEXT NOT NULL,
  run             TEXT NOT NULL,
  sequence        INTEGER NOT NULL,
  path            TEXT NOT NULL,
  format          TEXT NOT NULL,
  video_codec     TEXT NOT NULL,
  audio_codec     TEXT NOT NULL,
  start_us        INTEGER NOT NULL,
  monotonic_ns    INTEGER NOT NULL,
  clock_offset_us INTEGER NOT NULL
) WITHOUT ROWID;

-- The time in which recording is wanted; outside of it a camera is off.
CREATE TABLE wishes (
  camera   TEXT NOT NULL REFERENCES cameras (id),
  stream   TEXT NOT NULL,
  start_us INTEGER NOT NULL,
  end_us   INTEGER,
  PRIMARY KEY (camera, stream, start_us)
) WITHOUT ROWID;
CREATE UNIQUE INDEX wishes_open ON wishes (camera, stream) WHERE end_us IS NULL;

-- id: of this catalogue, a UUID (RFC 9562, version 4); alive_us: when the recorder last said so
CREATE TABLE meta (
  key   TEXT PRIMARY KEY NOT NULL,
  value NOT NULL
) WITHOUT ROWID;
INSERT INTO meta VALUES ('id', lower (
  hex (randomblob (4)) || '-' || hex (randomblob (2)) || '-4' || substr (hex (randomblob (2)), 2)
  || '-' || substr ('89AB', 1 + abs (random () % 4), 1) || substr (hex (randomblob (2)), 2)
  || '-' || hex (randomblob (6))));

-- Messages on their way to web hooks.
CREATE TABLE deliveries (
  id         TEXT PRIMARY KEY NOT NULL,
  endpoint   TEXT NOT NULL,
  body       TEXT NOT NULL,
  created_us INTEGER NOT NULL,
  due_us     INTEGER NOT NULL,
  tries      INTEGER NOT NULL,
  last_error TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX deliveries_by_age ON deliveries (endpoint, created_us, id);
CREATE INDEX deliveries_by_due ON deliveries (endpoint, due_us);
