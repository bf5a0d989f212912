-- SPDX-License-Identifier: LGPL-2.1-or-later
-- The catalogue that a fleet shares, as the scripts for SQLite make it, and who told each row.
-- Times are µs since the Unix epoch, UTC; an end is NULL while it is open; truth is 0 or 1.
-- No foreign keys: recorders tell their rows in order, and none is refused for want of another.
-- Camera ids mean the same camera at all recorders.

CREATE TABLE meta (
  key   text PRIMARY KEY,
  value text NOT NULL
);
INSERT INTO meta VALUES ('id', gen_random_uuid ()::text);

-- Recorders that tell their rows here, each with the id of its own catalogue: two of one name are
-- not let in.
CREATE TABLE recorders (
  name      text COLLATE "C" PRIMARY KEY,
  catalogue text NOT NULL,
  told_at   timestamptz NOT NULL DEFAULT now ()
);

CREATE TABLE cameras (
  id                 text COLLATE "C" PRIMARY KEY,
  name               text NOT NULL,
  recorder           text NOT NULL DEFAULT coalesce (current_setting ('tyto.recorder', true), ''),
  expired_us         bigint,
  segments           bigint NOT NULL DEFAULT 0,
  bytes              bigint NOT NULL DEFAULT 0,
  frames             bigint NOT NULL DEFAULT 0,
  gaps               bigint NOT NULL DEFAULT 0,
  last_end_us        bigint,
  longest_segment_us bigint NOT NULL DEFAULT 0,
  longest_gap_us     bigint NOT NULL DEFAULT 0,
  fast_bytes         bigint NOT NULL DEFAULT 0,
  slow_bytes         bigint NOT NULL DEFAULT 0,
  object_bytes       bigint NOT NULL DEFAULT 0,
  waiting_segments   bigint NOT NULL DEFAULT 0,
  waiting_bytes      bigint NOT NULL DEFAULT 0,
  waiting_thumbnails bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50); -- its totals change with each segment

CREATE TABLE runs (
  id               text COLLATE "C" PRIMARY KEY,
  camera           text COLLATE "C" NOT NULL,
  stream           text NOT NULL,
  start_us         bigint NOT NULL,
  end_us           bigint,
  end_reason       text NOT NULL DEFAULT '',
  transport        text NOT NULL DEFAULT '',
  video_codec      text NOT NULL DEFAULT '',
  audio_codec      text NOT NULL DEFAULT '',
  width            bigint NOT NULL DEFAULT 0,
  height           bigint NOT NULL DEFAULT 0,
  packets_received bigint NOT NULL DEFAULT 0,
  packets_lost     bigint NOT NULL DEFAULT 0,
  frames_received  bigint NOT NULL DEFAULT 0,
  frames_recorded  bigint NOT NULL DEFAULT 0,
  implied          bigint NOT NULL DEFAULT 0 CHECK (implied IN (0, 1)),
  recorder         text NOT NULL DEFAULT coalesce (current_setting ('tyto.recorder', true), '')
);
CREATE INDEX runs_by_camera ON runs (camera, start_us);
CREATE INDEX runs_open ON runs (start_us, id) WHERE end_us IS NULL AND implied = 0;

CREATE TABLE segments (
  id              text COLLATE "C" PRIMARY KEY,
  camera          text COLLATE "C" NOT NULL,
  stream          text NOT NULL,
  run             text COLLATE "C" NOT NULL,
  sequence        bigint NOT NULL,
  path            text NOT NULL,
  format          text NOT NULL,
  video_codec     text NOT NULL,
  audio_codec     text NOT NULL,
  start_us        bigint NOT NULL,
  end_us          bigint NOT NULL,
  monotonic_ns    bigint NOT NULL,
  camera_time_us  bigint,
  duration_ns     bigint NOT NULL,
  frames          bigint NOT NULL,
  key_frames      bigint NOT NULL,
  audio_frames    bigint NOT NULL,
  bytes           bigint NOT NULL,
  packets_lost    bigint NOT NULL,
  cut_reason      text NOT NULL DEFAULT '',
  clock_source    text NOT NULL DEFAULT 'system',
  clock_offset_us bigint NOT NULL DEFAULT 0,
  recovered       bigint NOT NULL DEFAULT 0 CHECK (recovered IN (0, 1)),
  archived        bigint NOT NULL DEFAULT 0 CHECK (archived IN (0, 1)),
  frames_missing  bigint NOT NULL DEFAULT 0,
  sha256          text,
  object          text COLLATE "C",
  uploaded_us     bigint,
  tier            text NOT NULL DEFAULT 'fast' CHECK (tier IN ('fast', 'slow', 'archive')),
  deleting_us     bigint,
  recorder        text NOT NULL DEFAULT coalesce (current_setting ('tyto.recorder', true), '')
);
CREATE INDEX segments_by_camera ON segments (camera, start_us, id);
CREATE INDEX segments_by_start ON segments (start_us, id);
CREATE INDEX segments_by_run ON segments (run);
-- Not unique: recorders may have buckets of their own.
CREATE INDEX segments_by_object ON segments (object) WHERE object IS NOT NULL;
CREATE INDEX segments_to_upload ON segments (start_us, id)
  WHERE object IS NULL AND tier <> 'archive' AND deleting_us IS NULL;
CREATE INDEX segments_to_evict ON segments (uploaded_us, id)
  WHERE archived = 1 AND tier <> 'archive' AND deleting_us IS NULL;
CREATE INDEX segments_to_move ON segments (end_us, id)
  WHERE tier = 'fast' AND deleting_us IS NULL;
CREATE INDEX segments_local ON segments (start_us, id)
  WHERE tier <> 'archive' AND deleting_us IS NULL;
CREATE INDEX segments_deleting ON segments (deleting_us, id) WHERE deleting_us IS NOT NULL;

-- source_id: the gap's id at the recorder that told it; NULL of one that was entered here.
CREATE TABLE gaps (
  id           bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  camera       text COLLATE "C" NOT NULL,
  stream       text NOT NULL,
  start_us     bigint NOT NULL,
  end_us       bigint,
  reason       text NOT NULL,
  detail       text NOT NULL,
  packets_lost bigint NOT NULL,
  frames_lost  bigint NOT NULL,
  recorder     text COLLATE "C" NOT NULL
    DEFAULT coalesce (current_setting ('tyto.recorder', true), ''),
  source_id    bigint,
  UNIQUE (recorder, source_id)
);
CREATE UNIQUE INDEX gaps_once ON gaps (camera, stream, start_us, reason) WHERE source_id IS NULL;
CREATE INDEX gaps_by_camera ON gaps (camera, start_us, id);
CREATE INDEX gaps_by_start ON gaps (start_us, id);
CREATE INDEX gaps_open ON gaps (camera, start_us) WHERE end_us IS NULL;
CREATE INDEX gaps_beside ON gaps (camera, start_us)
  WHERE reason NOT IN ('packet-loss', 'disk-slow');

CREATE TABLE thumbnails (
  camera      text COLLATE "C" NOT NULL,
  taken_us    bigint NOT NULL,
  path        text NOT NULL,
  bytes       bigint NOT NULL,
  object      text COLLATE "C",
  uploaded_us bigint,
  recorder    text NOT NULL DEFAULT coalesce (current_setting ('tyto.recorder', true), ''),
  PRIMARY KEY (camera, taken_us)
);
CREATE INDEX thumbnails_by_object ON thumbnails (object) WHERE object IS NOT NULL;
CREATE INDEX thumbnails_to_upload ON thumbnails (taken_us, camera) WHERE object IS NULL;

CREATE TABLE open_segments (
  id              text COLLATE "C" PRIMARY KEY,
  camera          text COLLATE "C" NOT NULL,
  stream          text NOT NULL,
  run             text NOT NULL,
  sequence        bigint NOT NULL,
  path            text NOT NULL,
  format          text NOT NULL,
  video_codec     text NOT NULL,
  audio_codec     text NOT NULL,
  start_us        bigint NOT NULL,
  monotonic_ns    bigint NOT NULL,
  clock_offset_us bigint NOT NULL
);

CREATE TABLE wishes (
  camera   text COLLATE "C" NOT NULL,
  stream   text COLLATE "C" NOT NULL,
  start_us bigint NOT NULL,
  end_us   bigint,
  recorder text NOT NULL DEFAULT coalesce (current_setting ('tyto.recorder', true), ''),
  PRIMARY KEY (camera, stream, start_us)
);
CREATE INDEX wishes_open ON wishes (camera, stream) WHERE end_us IS NULL;

CREATE TABLE deliveries (
  id         text COLLATE "C" PRIMARY KEY,
  endpoint   text COLLATE "C" NOT NULL,
  body       text NOT NULL,
  created_us bigint NOT NULL,
  due_us     bigint NOT NULL,
  tries      bigint NOT NULL,
  last_error text NOT NULL
);
CREATE INDEX deliveries_by_age ON deliveries (endpoint, created_us, id);
CREATE INDEX deliveries_by_due ON deliveries (endpoint, due_us);

CREATE TABLE uploads (
  id         text COLLATE "C" PRIMARY KEY,
  camera     text COLLATE "C" NOT NULL,
  start_us   bigint NOT NULL,
  key        text COLLATE "C" NOT NULL DEFAULT '',
  upload     text NOT NULL DEFAULT '',
  tries      bigint NOT NULL DEFAULT 0,
  due_us     bigint NOT NULL DEFAULT 0,
  last_error text NOT NULL DEFAULT ''
);
CREATE INDEX uploads_by_start ON uploads (start_us, id);
CREATE UNIQUE INDEX uploads_by_key ON uploads (key) WHERE key <> '';

CREATE TABLE clips (
  id         text COLLATE "C" PRIMARY KEY,
  camera     text COLLATE "C" NOT NULL,
  name       text NOT NULL,
  start_us   bigint NOT NULL,
  end_us     bigint NOT NULL CHECK (end_us > start_us),
  created_us bigint NOT NULL,
  recorder   text NOT NULL DEFAULT coalesce (current_setting ('tyto.recorder', true), '')
);
CREATE INDEX clips_by_camera ON clips (camera, start_us);

-- Bytes that were recorded in each of the last hours (since the epoch, by the segment's start).
CREATE TABLE hours (
  camera text COLLATE "C" NOT NULL,
  hour   bigint NOT NULL,
  bytes  bigint NOT NULL,
  PRIMARY KEY (camera, hour)
);

-- Totals a camera, kept by triggers once a statement: a thousand rows at once cost one update.

CREATE FUNCTION segments_entered () RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
  UPDATE cameras SET
    segments = cameras.segments + c.segments,
    bytes = cameras.bytes + c.bytes,
    frames = cameras.frames + c.frames,
    last_end_us = greatest (cameras.last_end_us, c.end_us),
    longest_segment_us = greatest (cameras.longest_segment_us, c.longest_us),
    fast_bytes = cameras.fast_bytes + c.fast_bytes,
    slow_bytes = cameras.slow_bytes + c.slow_bytes,
    object_bytes = cameras.object_bytes + c.object_bytes,
    waiting_segments = cameras.waiting_segments + c.waiting_segments,
    waiting_bytes = cameras.waiting_bytes + c.waiting_bytes
  FROM (
    SELECT camera, count (*) AS segments, sum (bytes) AS bytes, sum (frames) AS frames,
      max (end_us) AS end_us, max (end_us - start_us) AS longest_us,
      sum (CASE tier WHEN 'fast' THEN bytes ELSE 0 END) AS fast_bytes,
      sum (CASE tier WHEN 'slow' THEN bytes ELSE 0 END) AS slow_bytes,
      sum (CASE WHEN object IS NOT NULL THEN bytes ELSE 0 END) AS object_bytes,
      sum (CASE WHEN archived = 0 AND tier <> 'archive' AND deleting_us IS NULL
           THEN 1 ELSE 0 END) AS waiting_segments,
      sum (CASE WHEN archived = 0 AND tier <> 'archive' AND deleting_us IS NULL
           THEN bytes ELSE 0 END) AS waiting_bytes
    FROM added GROUP BY camera) AS c
  WHERE cameras.id = c.camera;
  INSERT INTO hours SELECT camera, start_us / 3600000000, sum (bytes) FROM added GROUP BY 1, 2
    ON CONFLICT (camera, hour) DO UPDATE SET bytes = hours.bytes + excluded.bytes;
  DELETE FROM hours USING (SELECT camera, max (start_us) / 3600000000 AS hour FROM added
                           GROUP BY camera) AS newest
    WHERE hours.camera = newest.camera AND hours.hour < newest.hour - 25;
  RETURN NULL;
END $$;
CREATE TRIGGER segments_entered AFTER INSERT ON segments REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION segments_entered ();

CREATE FUNCTION segments_changed () RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
  UPDATE cameras SET
    bytes = cameras.bytes + c.bytes,
    frames = cameras.frames + c.frames,
    last_end_us = greatest (cameras.last_end_us, c.end_us),
    longest_segment_us = greatest (cameras.longest_segment_us, c.longest_us),
    fast_bytes = cameras.fast_bytes + c.fast_bytes,
    slow_bytes = cameras.slow_bytes + c.slow_bytes,
    object_bytes = cameras.object_bytes + c.object_bytes,
    waiting_segments = cameras.waiting_segments + c.waiting_segments,
    waiting_bytes = cameras.waiting_bytes + c.waiting_bytes
  FROM (
    SELECT camera, sum (sign * bytes) AS bytes, sum (sign * frames) AS frames,
      max (end_us) AS end_us, max (end_us - start_us) AS longest_us,
      sum (CASE tier WHEN 'fast' THEN sign * bytes ELSE 0 END) AS fast_bytes,
      sum (CASE tier WHEN 'slow' THEN sign * bytes ELSE 0 END) AS slow_bytes,
      sum (CASE WHEN object IS NOT NULL THEN sign * bytes ELSE 0 END) AS object_bytes,
      sum (CASE WHEN archived = 0 AND tier <> 'archive' AND deleting_us IS NULL
           THEN sign ELSE 0 END) AS waiting_segments,
      sum (CASE WHEN archived = 0 AND tier <> 'archive' AND deleting_us IS NULL
           THEN sign * bytes ELSE 0 END) AS waiting_bytes
    FROM (SELECT 1 AS sign, * FROM added UNION ALL SELECT -1, * FROM removed) AS rows
    GROUP BY camera) AS c
  WHERE cameras.id = c.camera;
  RETURN NULL;
END $$;
CREATE TRIGGER segments_changed AFTER UPDATE ON segments
  REFERENCING NEW TABLE AS added OLD TABLE AS removed
  FOR EACH STATEMENT EXECUTE FUNCTION segments_changed ();

CREATE FUNCTION segments_deleted () RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
  UPDATE cameras SET
    segments = cameras.segments - c.segments,
    bytes = cameras.bytes - c.bytes,
    frames = cameras.frames - c.frames,
    -- Retention deletes the oldest; only without the newest must it be looked for.
    last_end_us = CASE WHEN c.end_us < cameras.last_end_us THEN cameras.last_end_us
                  ELSE (SELECT max (end_us) FROM segments WHERE camera = cameras.id) END,
    fast_bytes = cameras.fast_bytes - c.fast_bytes,
    slow_bytes = cameras.slow_bytes - c.slow_bytes,
    object_bytes = cameras.object_bytes - c.object_bytes,
    waiting_segments = cameras.waiting_segments - c.waiting_segments,
    waiting_bytes = cameras.waiting_bytes - c.waiting_bytes
  FROM (
    SELECT camera, count (*) AS segments, sum (bytes) AS bytes, sum (frames) AS frames,
      max (end_us) AS end_us,
      sum (CASE tier WHEN 'fast' THEN bytes ELSE 0 END) AS fast_bytes,
      sum (CASE tier WHEN 'slow' THEN bytes ELSE 0 END) AS slow_bytes,
      sum (CASE WHEN object IS NOT NULL THEN bytes ELSE 0 END) AS object_bytes,
      sum (CASE WHEN archived = 0 AND tier <> 'archive' AND deleting_us IS NULL
           THEN 1 ELSE 0 END) AS waiting_segments,
      sum (CASE WHEN archived = 0 AND tier <> 'archive' AND deleting_us IS NULL
           THEN bytes ELSE 0 END) AS waiting_bytes
    FROM removed GROUP BY camera) AS c
  WHERE cameras.id = c.camera;
  UPDATE hours SET bytes = hours.bytes - gone.bytes
    FROM (SELECT camera, start_us / 3600000000 AS hour, sum (bytes) AS bytes FROM removed
          GROUP BY 1, 2) AS gone
    WHERE hours.camera = gone.camera AND hours.hour = gone.hour;
  RETURN NULL;
END $$;
CREATE TRIGGER segments_deleted AFTER DELETE ON segments REFERENCING OLD TABLE AS removed
  FOR EACH STATEMENT EXECUTE FUNCTION segments_deleted ();

CREATE FUNCTION count_gaps () RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF TG_OP <> 'DELETE' THEN
    UPDATE cameras SET
      gaps = cameras.gaps + CASE TG_OP WHEN 'INSERT' THEN c.gaps ELSE 0 END,
      longest_gap_us = greatest (cameras.longest_gap_us, c.longest_us)
    FROM (SELECT camera, count (*) AS gaps, max (end_us - start_us) AS longest_us FROM added
          GROUP BY camera) AS c
    WHERE cameras.id = c.camera;
  ELSE
    UPDATE cameras SET gaps = cameras.gaps - c.gaps
    FROM (SELECT camera, count (*) AS gaps FROM removed GROUP BY camera) AS c
    WHERE cameras.id = c.camera;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER gaps_entered AFTER INSERT ON gaps REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION count_gaps ();
CREATE TRIGGER gaps_changed AFTER UPDATE ON gaps REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION count_gaps ();
CREATE TRIGGER gaps_deleted AFTER DELETE ON gaps REFERENCING OLD TABLE AS removed
  FOR EACH STATEMENT EXECUTE FUNCTION count_gaps ();

CREATE FUNCTION count_thumbnails () RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
  IF TG_OP <> 'DELETE' THEN
    UPDATE cameras SET waiting_thumbnails = waiting_thumbnails + c.waiting
    FROM (SELECT camera, count (*) AS waiting FROM added WHERE object IS NULL GROUP BY camera) AS c
    WHERE cameras.id = c.camera;
  END IF;
  IF TG_OP <> 'INSERT' THEN
    UPDATE cameras SET waiting_thumbnails = waiting_thumbnails - c.waiting
    FROM (SELECT camera, count (*) AS waiting FROM removed WHERE object IS NULL
          GROUP BY camera) AS c
    WHERE cameras.id = c.camera;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER thumbnails_entered AFTER INSERT ON thumbnails REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION count_thumbnails ();
CREATE TRIGGER thumbnails_changed AFTER UPDATE ON thumbnails
  REFERENCING NEW TABLE AS added OLD TABLE AS removed
  FOR EACH STATEMENT EXECUTE FUNCTION count_thumbnails ();
CREATE TRIGGER thumbnails_deleted AFTER DELETE ON thumbnails REFERENCING OLD TABLE AS removed
  FOR EACH STATEMENT EXECUTE FUNCTION count_thumbnails ();

-- For other programs. is_clip: a clip keeps it.
CREATE VIEW recording AS
  SELECT id, camera AS camera_id, to_timestamp (start_us / 1000000.0) AS start_time,
    to_timestamp (end_us / 1000000.0) AS end_time, path AS file_path, bytes AS file_size,
    (duration_ns / 1000000000)::integer AS duration,
    EXISTS (SELECT 1 FROM clips WHERE clips.camera = segments.camera
            AND clips.start_us < segments.end_us AND clips.end_us > segments.start_us) AS is_clip,
    to_timestamp (end_us / 1000000.0) AS created_at
  FROM segments WHERE deleting_us IS NULL;

CREATE VIEW segment_info AS
  SELECT id, camera AS camera_id, stream, run AS run_id, sequence, recorder, path, format,
    video_codec, audio_codec, bytes AS size_bytes, to_timestamp (start_us / 1000000.0) AS start_time,
    to_timestamp (end_us / 1000000.0) AS end_time, duration_ns / 1000000000.0 AS duration_seconds,
    frames, key_frames, sha256, tier, archived = 1 AS is_archived, object AS object_key,
    to_timestamp (uploaded_us / 1000000.0) AS archived_at
  FROM segments WHERE deleting_us IS NULL;

-- Broadcasts, one row each.
CREATE TYPE recording_status AS ENUM ('recording', 'processing', 'completed', 'failed');
CREATE TABLE recordings (
  id           uuid PRIMARY KEY DEFAULT gen_random_uuid (),
  stream_id    uuid,
  video_id     uuid,
  file_path    text NOT NULL,
  duration     integer DEFAULT 0,
  file_size    bigint DEFAULT 0,
  status       recording_status DEFAULT 'recording',
  started_at   timestamp DEFAULT CURRENT_TIMESTAMP,
  completed_at timestamp
);
CREATE INDEX idx_recordings_stream_id ON recordings (stream_id);
CREATE INDEX idx_recordings_status ON recordings (status);
CREATE INDEX idx_recordings_video_id ON recordings (video_id);
