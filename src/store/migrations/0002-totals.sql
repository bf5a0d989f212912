-- SPDX-License-Identifier: LGPL-2.1-or-later
-- Totals a camera, kept by triggers: a scrape of the metrics must not read millions of segments.
-- longest_*_us bound how far back a row may begin that still overlaps a given time.

ALTER TABLE cameras ADD COLUMN segments INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cameras ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cameras ADD COLUMN frames INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cameras ADD COLUMN gaps INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cameras ADD COLUMN last_end_us INTEGER;
ALTER TABLE cameras ADD COLUMN longest_segment_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cameras ADD COLUMN longest_gap_us INTEGER NOT NULL DEFAULT 0;

UPDATE cameras SET
  (segments, bytes, frames, last_end_us, longest_segment_us)
    = (SELECT count(*), coalesce(sum(bytes), 0), coalesce(sum(frames), 0), max(end_us),
              coalesce(max(end_us - start_us), 0)
       FROM segments WHERE camera = cameras.id),
  (gaps, longest_gap_us)
    = (SELECT count(*), coalesce(max(end_us - start_us), 0) FROM gaps WHERE camera = cameras.id);

CREATE TRIGGER segments_entered AFTER INSERT ON segments BEGIN
  UPDATE cameras SET
    segments = segments + 1,
    bytes = bytes + NEW.bytes,
    frames = frames + NEW.frames,
    last_end_us = max(coalesce(last_end_us, NEW.end_us), NEW.end_us),
    longest_segment_us = max(longest_segment_us, NEW.end_us - NEW.start_us)
  WHERE id = NEW.camera;
END;

CREATE TRIGGER segments_deleted AFTER DELETE ON segments BEGIN
  UPDATE cameras SET
    segments = segments - 1,
    bytes = bytes - OLD.bytes,
    frames = frames - OLD.frames,
    -- Retention deletes the oldest; only without the newest must it be looked for.
    last_end_us = CASE WHEN OLD.end_us < last_end_us THEN last_end_us
                  ELSE (SELECT max(end_us) FROM segments WHERE camera = OLD.camera) END
  WHERE id = OLD.camera;
END;

CREATE TRIGGER gaps_entered AFTER INSERT ON gaps BEGIN
  UPDATE cameras SET
    gaps = gaps + 1,
    longest_gap_us = max(longest_gap_us, coalesce(NEW.end_us - NEW.start_us, 0))
  WHERE id = NEW.camera;
END;

CREATE TRIGGER gaps_ended AFTER UPDATE OF end_us ON gaps BEGIN
  UPDATE cameras SET
    longest_gap_us = max(longest_gap_us, coalesce(NEW.end_us - NEW.start_us, 0))
  WHERE id = NEW.camera;
END;

CREATE TRIGGER gaps_deleted AFTER DELETE ON gaps BEGIN
  UPDATE cameras SET gaps = gaps - 1 WHERE id = OLD.camera;
END;
