/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-segment.h"

#include "base/tyto-error.h"
#include "base/tyto-id.h"
#include "base/tyto-json.h"
#include "base/tyto-time.h"

G_DEFINE_BOXED_TYPE (TytoSegment, tyto_segment, tyto_segment_ref, tyto_segment_unref)

TytoSegment *
tyto_segment_new (void)
{
  TytoSegment *self = g_atomic_rc_box_new0 (TytoSegment);

  self->camera_time_us = -1;
  self->uploaded_us = -1;
  return self;
}

TytoSegment *
tyto_segment_copy (const TytoSegment *self)
{
  TytoSegment *copy = tyto_segment_new ();

  *copy = *self;
  copy->id = g_strdup (self->id);
  copy->camera = g_strdup (self->camera);
  copy->stream = g_strdup (self->stream);
  copy->run = g_strdup (self->run);
  copy->path = g_strdup (self->path);
  copy->format = g_strdup (self->format);
  copy->video_codec = g_strdup (self->video_codec);
  copy->audio_codec = g_strdup (self->audio_codec);
  copy->cut_reason = g_strdup (self->cut_reason);
  copy->clock_source = g_strdup (self->clock_source);
  copy->sha256 = g_strdup (self->sha256);
  copy->object = g_strdup (self->object);
  copy->tier = g_strdup (self->tier);
  return copy;
}

TytoSegment *
tyto_segment_ref (TytoSegment *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
clear (gpointer data)
{
  TytoSegment *self = data;

  g_free (self->id);
  g_free (self->camera);
  g_free (self->stream);
  g_free (self->run);
  g_free (self->path);
  g_free (self->format);
  g_free (self->video_codec);
  g_free (self->audio_codec);
  g_free (self->cut_reason);
  g_free (self->clock_source);
  g_free (self->sha256);
  g_free (self->object);
  g_free (self->tier);
}

void
tyto_segment_unref (TytoSegment *self)
{
  g_atomic_rc_box_release_full (self, clear);
}

/* The first members are those of an open segment. */
#define N_OPEN_MEMBERS 6

static gboolean
check_members (GVariantDict *dict, gsize n_members, GError **error)
{
  static const struct {
    const char *key;
    const char *type;
  } required[] = {
    { "camera", "s" },   { "run", "s" },    { "sequence", "t" },
    { "path", "s" },     { "format", "s" }, { "wall-start", "x" },
    { "duration", "t" }, { "frames", "t" }, { "bytes", "t" },
  };
  const char *camera = NULL;

  for (gsize i = 0; i < MIN (n_members, G_N_ELEMENTS (required)); i++) {
    g_autoptr (GVariant) member
        = g_variant_dict_lookup_value (dict, required[i].key, G_VARIANT_TYPE (required[i].type));

    if (member == NULL) {
      tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL,
                      "The worker's segment has no member “%s” of type “%s”.", required[i].key,
                      required[i].type);
      return FALSE;
    }
  }
  g_variant_dict_lookup (dict, "camera", "&s", &camera);
  return tyto_id_check (camera, error);
}

static char *
dup_string (GVariantDict *dict, const char *key, const char *fallback)
{
  const char *text = fallback;

  g_variant_dict_lookup (dict, key, "&s", &text);
  return g_strdup (text);
}

static TytoSegment *
new_open (GVariantDict *dict, gsize n_members, GError **error)
{
  TytoSegment *self;

  if (!check_members (dict, n_members, error))
    return NULL;

  self = tyto_segment_new ();
  self->camera = dup_string (dict, "camera", NULL);
  self->stream = dup_string (dict, "stream", "main");
  self->run = dup_string (dict, "run", NULL);
  g_variant_dict_lookup (dict, "sequence", "t", &self->sequence);
  self->id = tyto_segment_id_new (self->run, self->sequence);
  self->path = dup_string (dict, "path", NULL);
  self->format = dup_string (dict, "format", NULL);
  self->video_codec = dup_string (dict, "video-codec", "");
  self->audio_codec = dup_string (dict, "audio-codec", "");
  g_variant_dict_lookup (dict, "wall-start", "x", &self->start_us);
  self->end_us = -1;
  g_variant_dict_lookup (dict, "monotonic-start", "t", &self->monotonic_ns);
  g_variant_dict_lookup (dict, "clock-offset", "x", &self->clock_offset_us);
  self->clock_source = dup_string (dict, "clock-source", "system");
  return self;
}

/* Looked up by hash: of many cameras, this is much of what a recorder does. */
TytoSegment *
tyto_segment_new_open_from_worker (GVariant *dict, GError **error)
{
  g_auto (GVariantDict) members = G_VARIANT_DICT_INIT (dict);

  return new_open (&members, N_OPEN_MEMBERS, error);
}

TytoSegment *
tyto_segment_new_from_worker (GVariant *dict, GError **error)
{
  g_auto (GVariantDict) members = G_VARIANT_DICT_INIT (dict);
  TytoSegment *self = new_open (&members, G_MAXSIZE, error);

  if (self == NULL)
    return NULL;
  g_variant_dict_lookup (&members, "duration", "t", &self->duration_ns);
  self->end_us = self->start_us + (gint64) (self->duration_ns / 1000);
  g_variant_dict_lookup (&members, "camera-time", "x", &self->camera_time_us);
  g_variant_dict_lookup (&members, "frames", "t", &self->frames);
  g_variant_dict_lookup (&members, "key-frames", "t", &self->key_frames);
  g_variant_dict_lookup (&members, "audio-frames", "t", &self->audio_frames);
  g_variant_dict_lookup (&members, "bytes", "t", &self->bytes);
  g_variant_dict_lookup (&members, "packets-lost", "t", &self->packets_lost);
  g_variant_dict_lookup (&members, "frames-missing", "t", &self->frames_missing);
  self->cut_reason = dup_string (&members, "reason", "");
  return self;
}

static void
add_string (GVariantBuilder *builder, const char *key, const char *value)
{
  g_variant_builder_add (builder, "{sv}", key, g_variant_new_string (value != NULL ? value : ""));
}

static void
add_time (GVariantBuilder *builder, const char *key, gint64 wall_us)
{
  g_variant_builder_add (builder, "{sv}", key,
                         g_variant_new_take_string (tyto_time_format (wall_us)));
}

static void
add_count (GVariantBuilder *builder, const char *key, guint64 count)
{
  g_variant_builder_add (builder, "{sv}", key, g_variant_new_uint64 (count));
}

/* Where it is. */
static void
add_place (GVariantBuilder *builder, const TytoSegment *self)
{
  add_string (builder, "tier", self->tier != NULL ? self->tier : "fast");
  if (self->sha256 != NULL)
    add_string (builder, "sha256", self->sha256);
  if (self->object != NULL)
    add_string (builder, "object", self->object);
  if (self->uploaded_us >= 0)
    add_time (builder, "uploaded", self->uploaded_us);
}

GVariant *
tyto_segment_to_variant (const TytoSegment *self)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  add_string (&builder, "id", self->id);
  add_string (&builder, "camera", self->camera);
  add_string (&builder, "stream", self->stream);
  add_string (&builder, "run", self->run);
  add_count (&builder, "sequence", self->sequence);
  add_time (&builder, "start", self->start_us);
  add_time (&builder, "end", self->end_us);
  g_variant_builder_add (&builder, "{sv}", "duration",
                         g_variant_new_double ((double) self->duration_ns / 1e9));
  add_count (&builder, "frames", self->frames);
  add_count (&builder, "key_frames", self->key_frames);
  add_count (&builder, "audio_frames", self->audio_frames);
  add_count (&builder, "bytes", self->bytes);
  add_count (&builder, "packets_lost", self->packets_lost);
  add_string (&builder, "format", self->format);
  add_string (&builder, "video_codec", self->video_codec);
  add_string (&builder, "audio_codec", self->audio_codec);
  add_string (&builder, "path", self->path);
  if (self->camera_time_us >= 0)
    add_time (&builder, "camera_time", self->camera_time_us);
  add_string (&builder, "cut_reason", self->cut_reason);
  add_string (&builder, "clock_source", self->clock_source != NULL ? self->clock_source : "system");
  g_variant_builder_add (&builder, "{sv}", "clock_offset",
                         g_variant_new_double ((double) self->clock_offset_us / G_USEC_PER_SEC));
  add_count (&builder, "frames_missing", self->frames_missing);
  g_variant_builder_add (&builder, "{sv}", "recovered", g_variant_new_boolean (self->recovered));
  g_variant_builder_add (&builder, "{sv}", "archived", g_variant_new_boolean (self->archived));
  add_place (&builder, self);
  return g_variant_builder_end (&builder);
}
