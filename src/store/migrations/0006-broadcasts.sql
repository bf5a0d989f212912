-- SPDX-License-Identifier: LGPL-2.1-or-later
-- Broadcasts: what the table recordings does not say of each, and what is missing in it.

-- stream_key: as announced. source: 'bucket', or the URL of its playlist. Times: µs since the Unix
-- epoch. found_by, ended_by: 'webhook', 'service', 'bucket', 'source' or 'user' ('' not yet).
-- media_ms: so much media was collected; segments, collected_bytes: in so many segments; missing:
-- that never came. newest_us: when the newest of them was made, by the source's clock: what is not
-- newer is no part of a later broadcast of this key. object: its key in the bucket, from when it
-- was chosen on; uploaded_us: it is there and was compared. path: the local MP4, '' for none. tries, due_us, last_error: of what it
-- waits for now (join, upload). import_*: of the VOD service. deleting_us: it is being deleted since.
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
