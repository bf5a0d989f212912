-- SPDX-License-Identifier: LGPL-2.1-or-later
-- Broadcasts and clips of them, as 0006-broadcasts.sql makes them for SQLite, and who told each row.

ALTER TABLE recordings ADD COLUMN recorder text NOT NULL
  DEFAULT coalesce (current_setting ('tyto.recorder', true), '');

CREATE TABLE broadcasts (
  id              text COLLATE "C" PRIMARY KEY,
  stream_key      text COLLATE "C" NOT NULL,
  user_id         text COLLATE "C" NOT NULL DEFAULT '',
  source          text NOT NULL DEFAULT 'bucket',
  found_by        text NOT NULL DEFAULT '',
  ended_by        text NOT NULL DEFAULT '',
  started_us      bigint NOT NULL,
  ended_us        bigint,
  completed_us    bigint,
  newest_us       bigint,
  media_ms        bigint NOT NULL DEFAULT 0,
  duration_ms     bigint NOT NULL DEFAULT 0,
  segments        bigint NOT NULL DEFAULT 0,
  missing         bigint NOT NULL DEFAULT 0,
  collected_bytes bigint NOT NULL DEFAULT 0,
  frames          bigint NOT NULL DEFAULT 0,
  audio_frames    bigint NOT NULL DEFAULT 0,
  video_codec     text NOT NULL DEFAULT '',
  audio_codec     text NOT NULL DEFAULT '',
  width           bigint NOT NULL DEFAULT 0,
  height          bigint NOT NULL DEFAULT 0,
  path            text NOT NULL DEFAULT '',
  object          text COLLATE "C",
  upload          text NOT NULL DEFAULT '',
  uploaded_us     bigint,
  sha256          text,
  tries           bigint NOT NULL DEFAULT 0,
  due_us          bigint,
  last_error      text NOT NULL DEFAULT '',
  import_state    text NOT NULL DEFAULT ''
    CHECK (import_state IN ('', 'waiting', 'done', 'refused')),
  import_tries    bigint NOT NULL DEFAULT 0,
  import_due_us   bigint,
  import_error    text NOT NULL DEFAULT '',
  deleting_us     bigint,
  recorder        text NOT NULL DEFAULT coalesce (current_setting ('tyto.recorder', true), '')
);
-- Not unique: recorders may have buckets of their own.
CREATE INDEX broadcasts_by_object ON broadcasts (object) WHERE object IS NOT NULL;
CREATE INDEX broadcasts_by_start ON broadcasts (started_us, id);
CREATE INDEX broadcasts_by_key ON broadcasts (stream_key, started_us);
CREATE INDEX broadcasts_by_completion ON broadcasts (completed_us, id)
  WHERE completed_us IS NOT NULL AND deleting_us IS NULL;

CREATE TABLE broadcast_gaps (
  broadcast   text COLLATE "C" NOT NULL,
  number      bigint NOT NULL,
  offset_ms   bigint NOT NULL,
  duration_ms bigint NOT NULL,
  segment     text NOT NULL,
  reason      text NOT NULL CHECK (reason IN ('missing', 'corrupt', 'damaged', 'unlisted')),
  detail      text NOT NULL DEFAULT '',
  recorder    text NOT NULL DEFAULT coalesce (current_setting ('tyto.recorder', true), ''),
  PRIMARY KEY (broadcast, number)
);

ALTER TABLE clips ALTER COLUMN camera DROP NOT NULL;
ALTER TABLE clips ADD COLUMN broadcast text COLLATE "C";
ALTER TABLE clips ADD CHECK ((camera IS NULL) <> (broadcast IS NULL));
CREATE INDEX clips_by_broadcast ON clips (broadcast, start_us) WHERE broadcast IS NOT NULL;

-- A statement's texts as what the columns of recordings are; SQLite's connections have functions of
-- these names too, which change nothing.
CREATE FUNCTION as_uuid (value text) RETURNS uuid LANGUAGE sql IMMUTABLE
  AS 'SELECT CAST ($1 AS uuid)';
CREATE FUNCTION as_timestamp (value text) RETURNS timestamp LANGUAGE sql STABLE
  AS 'SELECT CAST ($1 AS timestamp)';
CREATE FUNCTION as_status (value text) RETURNS recording_status LANGUAGE sql STABLE
  SET search_path FROM CURRENT AS 'SELECT CAST ($1 AS recording_status)';
