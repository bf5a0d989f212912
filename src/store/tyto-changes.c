/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-changes.h"

#define TEXT(name)                                                                                 \
  {                                                                                                \
    name, name, "text"                                                                             \
  }
#define INTEGER(name)                                                                              \
  {                                                                                                \
    name, name, "bigint"                                                                           \
  }

static const TytoSharedColumn cameras[]
    = { TEXT ("id"), TEXT ("name"), INTEGER ("expired_us"), {} };

static const TytoSharedColumn runs[] = {
  TEXT ("id"),
  TEXT ("camera"),
  TEXT ("stream"),
  INTEGER ("start_us"),
  INTEGER ("end_us"),
  TEXT ("end_reason"),
  TEXT ("transport"),
  TEXT ("video_codec"),
  TEXT ("audio_codec"),
  INTEGER ("width"),
  INTEGER ("height"),
  INTEGER ("packets_received"),
  INTEGER ("packets_lost"),
  INTEGER ("frames_received"),
  INTEGER ("frames_recorded"),
  INTEGER ("implied"),
  {},
};

static const TytoSharedColumn segments[] = {
  TEXT ("id"),
  TEXT ("camera"),
  TEXT ("stream"),
  TEXT ("run"),
  INTEGER ("sequence"),
  TEXT ("path"),
  TEXT ("format"),
  TEXT ("video_codec"),
  TEXT ("audio_codec"),
  INTEGER ("start_us"),
  INTEGER ("end_us"),
  INTEGER ("monotonic_ns"),
  INTEGER ("camera_time_us"),
  INTEGER ("duration_ns"),
  INTEGER ("frames"),
  INTEGER ("key_frames"),
  INTEGER ("audio_frames"),
  INTEGER ("bytes"),
  INTEGER ("packets_lost"),
  TEXT ("cut_reason"),
  TEXT ("clock_source"),
  INTEGER ("clock_offset_us"),
  INTEGER ("recovered"),
  INTEGER ("archived"),
  INTEGER ("frames_missing"),
  TEXT ("sha256"),
  TEXT ("object"),
  INTEGER ("uploaded_us"),
  TEXT ("tier"),
  INTEGER ("deleting_us"),
  {},
};

/* Gaps are numbered by each recorder. */
static const TytoSharedColumn gaps[] = {
  { "id", "source_id", "bigint" },
  TEXT ("camera"),
  TEXT ("stream"),
  INTEGER ("start_us"),
  INTEGER ("end_us"),
  TEXT ("reason"),
  TEXT ("detail"),
  INTEGER ("packets_lost"),
  INTEGER ("frames_lost"),
  {},
};

static const TytoSharedColumn thumbnails[] = {
  TEXT ("camera"),
  INTEGER ("taken_us"),
  TEXT ("path"),
  INTEGER ("bytes"),
  TEXT ("object"),
  INTEGER ("uploaded_us"),
  {},
};

static const TytoSharedColumn wishes[] = {
  TEXT ("camera"), TEXT ("stream"), INTEGER ("start_us"), INTEGER ("end_us"), {},
};

static const TytoSharedColumn clips[] = {
  TEXT ("id"),          TEXT ("camera"),    TEXT ("broadcast"),     TEXT ("name"),
  INTEGER ("start_us"), INTEGER ("end_us"), INTEGER ("created_us"), {},
};

static const TytoSharedColumn recordings[] = {
  { "id", "id", "uuid" },
  { "stream_id", "stream_id", "uuid" },
  { "video_id", "video_id", "uuid" },
  TEXT ("file_path"),
  { "duration", "duration", "integer" },
  INTEGER ("file_size"),
  { "status", "status", "recording_status" },
  { "started_at", "started_at", "timestamp" },
  { "completed_at", "completed_at", "timestamp" },
  {},
};

static const TytoSharedColumn broadcasts[] = {
  TEXT ("id"),
  TEXT ("stream_key"),
  TEXT ("user_id"),
  TEXT ("source"),
  TEXT ("found_by"),
  TEXT ("ended_by"),
  INTEGER ("started_us"),
  INTEGER ("ended_us"),
  INTEGER ("completed_us"),
  INTEGER ("newest_us"),
  INTEGER ("media_ms"),
  INTEGER ("duration_ms"),
  INTEGER ("segments"),
  INTEGER ("missing"),
  INTEGER ("collected_bytes"),
  INTEGER ("frames"),
  INTEGER ("audio_frames"),
  TEXT ("video_codec"),
  TEXT ("audio_codec"),
  INTEGER ("width"),
  INTEGER ("height"),
  TEXT ("path"),
  TEXT ("object"),
  TEXT ("upload"),
  INTEGER ("uploaded_us"),
  TEXT ("sha256"),
  INTEGER ("tries"),
  INTEGER ("due_us"),
  TEXT ("last_error"),
  TEXT ("import_state"),
  INTEGER ("import_tries"),
  INTEGER ("import_due_us"),
  TEXT ("import_error"),
  INTEGER ("deleting_us"),
  {},
};

static const TytoSharedColumn broadcast_gaps[] = {
  TEXT ("broadcast"), INTEGER ("number"), INTEGER ("offset_ms"), INTEGER ("duration_ms"),
  TEXT ("segment"),   TEXT ("reason"),    TEXT ("detail"),       {},
};

/* New ones stand at the end: the place to which all was told is an index (tyto-sql-changes.h). */
static const TytoSharedTable tables[TYTO_N_SHARED_TABLES] = {
  { "cameras", 1, cameras },       { "runs", 1, runs },
  { "segments", 1, segments },     { "gaps", 1, gaps },
  { "thumbnails", 2, thumbnails }, { "wishes", 3, wishes },
  { "clips", 1, clips },           { "recordings", 1, recordings },
  { "broadcasts", 1, broadcasts }, { "broadcast_gaps", 2, broadcast_gaps },
};

const TytoSharedTable *
tyto_shared_tables (void)
{
  return tables;
}

TytoChanges *
tyto_changes_new (void)
{
  TytoChanges *self = g_new0 (TytoChanges, 1);

  self->table = -1;
  return self;
}

void
tyto_changes_free (TytoChanges *self)
{
  for (guint i = 0; i < TYTO_N_SHARED_TABLES; i++) {
    g_free (self->rows[i]);
    g_free (self->deleted[i]);
  }
  g_free (self->after);
  g_free (self->last);
  g_free (self);
}
