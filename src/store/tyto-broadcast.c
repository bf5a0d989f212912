/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-broadcast.h"

#include "base/tyto-time.h"

#define MS_PER_SEC 1000

G_DEFINE_BOXED_TYPE (TytoBroadcast, tyto_broadcast, tyto_broadcast_ref, tyto_broadcast_unref)

static const char *const statuses[] = { "recording", "processing", "completed", "failed" };

/* Where the record's texts are; the first N_NULLABLE may be NULL. */
#define N_NULLABLE 2
static const gsize texts[] = {
  G_STRUCT_OFFSET (TytoBroadcast, object),       G_STRUCT_OFFSET (TytoBroadcast, sha256),
  G_STRUCT_OFFSET (TytoBroadcast, id),           G_STRUCT_OFFSET (TytoBroadcast, stream_id),
  G_STRUCT_OFFSET (TytoBroadcast, video_id),     G_STRUCT_OFFSET (TytoBroadcast, file_path),
  G_STRUCT_OFFSET (TytoBroadcast, stream_key),   G_STRUCT_OFFSET (TytoBroadcast, user_id),
  G_STRUCT_OFFSET (TytoBroadcast, source),       G_STRUCT_OFFSET (TytoBroadcast, found_by),
  G_STRUCT_OFFSET (TytoBroadcast, ended_by),     G_STRUCT_OFFSET (TytoBroadcast, video_codec),
  G_STRUCT_OFFSET (TytoBroadcast, audio_codec),  G_STRUCT_OFFSET (TytoBroadcast, path),
  G_STRUCT_OFFSET (TytoBroadcast, upload),       G_STRUCT_OFFSET (TytoBroadcast, last_error),
  G_STRUCT_OFFSET (TytoBroadcast, import_state), G_STRUCT_OFFSET (TytoBroadcast, import_error),
};

const char *
tyto_broadcast_status_to_string (TytoBroadcastStatus status)
{
  g_return_val_if_fail (status < G_N_ELEMENTS (statuses), NULL);

  return statuses[status];
}

int
tyto_broadcast_status_from_string (const char *text)
{
  for (guint i = 0; i < G_N_ELEMENTS (statuses); i++)
    if (g_strcmp0 (text, statuses[i]) == 0)
      return (int) i;
  return -1;
}

TytoBroadcast *
tyto_broadcast_new (const char *stream_key)
{
  TytoBroadcast *self = g_atomic_rc_box_new0 (TytoBroadcast);

  for (guint i = N_NULLABLE; i < G_N_ELEMENTS (texts); i++)
    G_STRUCT_MEMBER (char *, self, texts[i]) = g_strdup ("");
  g_free (self->id);
  self->id = g_uuid_string_random ();
  tyto_broadcast_set (&self->stream_key, stream_key);
  tyto_broadcast_set (&self->source, "bucket");
  self->started_us = tyto_time_now ();
  self->ended_us = self->completed_us = self->newest_us = -1;
  self->uploaded_us = self->due_us = self->import_due_us = self->deleting_us = -1;
  return self;
}

TytoBroadcast *
tyto_broadcast_copy (const TytoBroadcast *self)
{
  TytoBroadcast *copy = g_atomic_rc_box_dup (sizeof *self, (TytoBroadcast *) self);

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    G_STRUCT_MEMBER (char *, copy, texts[i]) = g_strdup (G_STRUCT_MEMBER (char *, self, texts[i]));
  return copy;
}

TytoBroadcast *
tyto_broadcast_ref (TytoBroadcast *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
clear (gpointer self)
{
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_free (G_STRUCT_MEMBER (char *, self, texts[i]));
}

void
tyto_broadcast_unref (TytoBroadcast *self)
{
  g_atomic_rc_box_release_full (self, clear);
}

void
tyto_broadcast_set (char **to, const char *text)
{
  g_autofree char *old = *to;

  *to = g_strdup (text != NULL ? text : "");
}

/* --- As others see it --- */

static void
add_text (GVariantBuilder *builder, const char *key, const char *text)
{
  g_variant_builder_add (builder, "{sv}", key, g_variant_new_string (text != NULL ? text : ""));
}

static void
add_count (GVariantBuilder *builder, const char *key, guint64 count)
{
  g_variant_builder_add (builder, "{sv}", key, g_variant_new_uint64 (count));
}

static void
add_time (GVariantBuilder *builder, const char *key, gint64 wall_us)
{
  if (wall_us >= 0)
    g_variant_builder_add (builder, "{sv}", key,
                           g_variant_new_take_string (tyto_time_format (wall_us)));
}

static void
add_seconds (GVariantBuilder *builder, const char *key, guint64 ms)
{
  g_variant_builder_add (builder, "{sv}", key, g_variant_new_double ((double) ms / MS_PER_SEC));
}

GVariant *
tyto_broadcast_to_variant (const TytoBroadcast *self)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  add_text (&builder, "id", self->id);
  add_text (&builder, "stream_id", self->stream_id);
  add_text (&builder, "video_id", self->video_id);
  add_text (&builder, "stream_key", self->stream_key);
  add_text (&builder, "user_id", self->user_id);
  add_text (&builder, "status", tyto_broadcast_status_to_string (self->status));
  add_text (&builder, "source", self->source);
  add_text (&builder, "found_by", self->found_by);
  add_text (&builder, "ended_by", self->ended_by);
  add_time (&builder, "started_at", self->started_us);
  add_time (&builder, "ended_at", self->ended_us);
  add_time (&builder, "completed_at", self->completed_us);
  add_seconds (&builder, "duration", self->duration_ms);
  add_count (&builder, "bytes", self->bytes);
  add_count (&builder, "segments", self->segments);
  add_count (&builder, "segments_missing", self->missing);
  add_count (&builder, "collected_bytes", self->collected_bytes);
  add_count (&builder, "frames", self->frames);
  add_count (&builder, "audio_frames", self->audio_frames);
  add_text (&builder, "video_codec", self->video_codec);
  add_text (&builder, "audio_codec", self->audio_codec);
  add_count (&builder, "width", self->width);
  add_count (&builder, "height", self->height);
  add_text (&builder, "file_path", self->file_path);
  add_text (&builder, "path", self->path);
  add_text (&builder, "object", self->object);
  add_text (&builder, "sha256", self->sha256);
  add_count (&builder, "tries", self->tries);
  add_time (&builder, "next_try_at", self->due_us);
  add_text (&builder, "last_error", self->last_error);
  add_text (&builder, "import", *self->import_state != '\0' ? self->import_state : "off");
  add_text (&builder, "import_error", self->import_error);
  return g_variant_builder_end (&builder);
}

static void
add_nullable (GVariantBuilder *builder, const char *key, const char *text)
{
  GVariant *value = text != NULL && *text != '\0' ? g_variant_new_string (text) : NULL;

  g_variant_builder_add (builder, "{sv}", key, g_variant_new_maybe (G_VARIANT_TYPE_STRING, value));
}

/* @wall_us in whole seconds, NULL for -1. (transfer full) */
static char *
format_seconds (gint64 wall_us)
{
  g_autoptr (GDateTime) time = NULL;

  if (wall_us < 0)
    return NULL;
  time = g_date_time_new_from_unix_utc (wall_us / G_USEC_PER_SEC);
  return g_date_time_format (time, "%Y-%m-%dT%H:%M:%SZ");
}

GVariant *
tyto_broadcast_to_recording (const TytoBroadcast *self)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_autofree char *started = format_seconds (self->started_us);
  g_autofree char *completed = format_seconds (self->completed_us);

  add_text (&builder, "id", self->id);
  add_nullable (&builder, "stream_id", self->stream_id);
  add_nullable (&builder, "video_id", self->video_id);
  add_text (&builder, "file_path", self->file_path);
  add_count (&builder, "duration", tyto_broadcast_get_seconds (self));
  add_count (&builder, "file_size", self->bytes);
  add_text (&builder, "status", tyto_broadcast_status_to_string (self->status));
  add_text (&builder, "started_at", started != NULL ? started : "");
  add_nullable (&builder, "completed_at", completed);
  return g_variant_builder_end (&builder);
}

guint64
tyto_broadcast_get_seconds (const TytoBroadcast *self)
{
  return (self->duration_ms + MS_PER_SEC / 2) / MS_PER_SEC;
}

/* --- What is missing in it --- */

TytoBroadcastGap *
tyto_broadcast_gap_new (guint64 offset_ms, guint64 duration_ms, const char *segment,
                        const char *reason, const char *detail)
{
  TytoBroadcastGap *self = g_new0 (TytoBroadcastGap, 1);

  self->offset_ms = offset_ms;
  self->duration_ms = duration_ms;
  self->segment = g_strdup (segment != NULL ? segment : "");
  self->reason = g_strdup (reason);
  self->detail = g_strdup (detail != NULL ? detail : "");
  return self;
}

void
tyto_broadcast_gap_free (TytoBroadcastGap *self)
{
  g_free (self->segment);
  g_free (self->reason);
  g_free (self->detail);
  g_free (self);
}

GVariant *
tyto_broadcast_gap_to_variant (const TytoBroadcastGap *self)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  add_seconds (&builder, "offset", self->offset_ms);
  add_seconds (&builder, "duration", self->duration_ms);
  add_text (&builder, "segment", self->segment);
  add_text (&builder, "reason", self->reason);
  add_text (&builder, "detail", self->detail);
  return g_variant_builder_end (&builder);
}
