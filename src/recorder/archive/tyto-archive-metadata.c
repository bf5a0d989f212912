/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/archive/tyto-archive-metadata.h"

#include "base/tyto-error.h"
#include "base/tyto-id.h"

typedef enum { TEXT, SIGNED, UNSIGNED, BOOLEAN } Kind;

#define MEMBER(member) G_STRUCT_OFFSET (TytoSegment, member)

static const struct {
  const char *name;
  Kind kind;
  gsize offset;
  gboolean needed;
} members[] = {
  { "tyto-id", TEXT, MEMBER (id), TRUE },
  { "tyto-camera", TEXT, MEMBER (camera), TRUE },
  { "tyto-stream", TEXT, MEMBER (stream), TRUE },
  { "tyto-run", TEXT, MEMBER (run), TRUE },
  { "tyto-sequence", UNSIGNED, MEMBER (sequence), TRUE },
  { "tyto-format", TEXT, MEMBER (format), TRUE },
  { "tyto-start", SIGNED, MEMBER (start_us), TRUE },
  { "tyto-end", SIGNED, MEMBER (end_us), TRUE },
  { "tyto-duration", UNSIGNED, MEMBER (duration_ns), FALSE },
  { "tyto-path", TEXT, MEMBER (path), FALSE },
  { "tyto-video-codec", TEXT, MEMBER (video_codec), FALSE },
  { "tyto-audio-codec", TEXT, MEMBER (audio_codec), FALSE },
  { "tyto-monotonic", UNSIGNED, MEMBER (monotonic_ns), FALSE },
  { "tyto-camera-time", SIGNED, MEMBER (camera_time_us), FALSE },
  { "tyto-frames", UNSIGNED, MEMBER (frames), FALSE },
  { "tyto-key-frames", UNSIGNED, MEMBER (key_frames), FALSE },
  { "tyto-audio-frames", UNSIGNED, MEMBER (audio_frames), FALSE },
  { "tyto-packets-lost", UNSIGNED, MEMBER (packets_lost), FALSE },
  { "tyto-cut-reason", TEXT, MEMBER (cut_reason), FALSE },
  { "tyto-clock-source", TEXT, MEMBER (clock_source), FALSE },
  { "tyto-clock-offset", SIGNED, MEMBER (clock_offset_us), FALSE },
  { "tyto-frames-missing", UNSIGNED, MEMBER (frames_missing), FALSE },
  { "tyto-recovered", BOOLEAN, MEMBER (recovered), FALSE },
};

static void
add (GHashTable *metadata, const char *name, char *value)
{
  g_hash_table_insert (metadata, g_strdup (name), value);
}

static char *
write_text (const char *text)
{
  return g_uri_escape_string (text != NULL ? text : "", "/ :", FALSE);
}

/* (transfer full) (nullable): NULL for nothing to say */
static char *
write_member (const TytoSegment *segment, Kind kind, gsize offset)
{
  gconstpointer member = G_STRUCT_MEMBER_P (segment, offset);

  switch (kind) {
  case TEXT: {
    const char *text = *(char *const *) member;

    return text != NULL && *text != '\0' ? write_text (text) : NULL;
  }
  case SIGNED:
    return g_strdup_printf ("%" G_GINT64_FORMAT, *(const gint64 *) member);
  case UNSIGNED:
    return g_strdup_printf ("%" G_GUINT64_FORMAT, *(const guint64 *) member);
  case BOOLEAN:
    return *(const gboolean *) member ? g_strdup ("1") : NULL;
  default:
    g_return_val_if_reached (NULL);
  }
}

GHashTable *
tyto_archive_metadata_make (const TytoUpload *upload, const TytoSegment *segment,
                            const char *sha256)
{
  GHashTable *metadata = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  for (guint i = 0; segment != NULL && i < G_N_ELEMENTS (members); i++) {
    char *value = write_member (segment, members[i].kind, members[i].offset);

    if (value != NULL)
      add (metadata, members[i].name, value);
  }
  add (metadata, TYTO_ARCHIVE_METADATA_ID, write_text (upload->id));
  add (metadata, TYTO_ARCHIVE_METADATA_SHA256, g_strdup (sha256));
  add (metadata, "tyto-kind",
       g_strdup (upload->kind == TYTO_UPLOAD_THUMBNAIL ? "thumbnail" : "segment"));
  add (metadata, "tyto-camera", write_text (upload->camera));
  add (metadata, "tyto-start", g_strdup_printf ("%" G_GINT64_FORMAT, upload->start_us));
  return metadata;
}

static gboolean
read_member (const char *value, TytoSegment *segment, Kind kind, gsize offset)
{
  gpointer member = G_STRUCT_MEMBER_P (segment, offset);

  switch (kind) {
  case TEXT: {
    g_autofree char *text = g_uri_unescape_string (value, NULL);

    if (text == NULL || !g_utf8_validate (text, -1, NULL))
      return FALSE;
    g_free (*(char **) member);
    *(char **) member = g_steal_pointer (&text);
    return TRUE;
  }
  case SIGNED:
    return g_ascii_string_to_signed (value, 10, G_MININT64, G_MAXINT64, member, NULL);
  case UNSIGNED:
    return g_ascii_string_to_unsigned (value, 10, 0, G_MAXUINT64, member, NULL);
  case BOOLEAN:
    *(gboolean *) member = g_str_equal (value, "1");
    return TRUE;
  default:
    g_return_val_if_reached (FALSE);
  }
}

/* The id must follow from run and sequence, as it does for all of ours. */
static gboolean
is_whole (const TytoSegment *segment)
{
  g_autofree char *id = NULL;

  if (!tyto_id_is_valid (segment->camera) || *segment->run == '\0'
      || segment->end_us < segment->start_us)
    return FALSE;
  id = tyto_segment_id_new (segment->run, segment->sequence);
  return g_str_equal (id, segment->id);
}

TytoSegment *
tyto_archive_metadata_read (GHashTable *metadata, GError **error)
{
  g_autoptr (TytoSegment) segment = tyto_segment_new ();
  const char *kind = metadata != NULL ? g_hash_table_lookup (metadata, "tyto-kind") : NULL;

  if (g_strcmp0 (kind, "segment") != 0) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL,
                    "It does not say that it is a segment");
    return NULL;
  }
  for (guint i = 0; i < G_N_ELEMENTS (members); i++) {
    const char *value = g_hash_table_lookup (metadata, members[i].name);

    if (value == NULL && !members[i].needed)
      continue;
    if (value == NULL || !read_member (value, segment, members[i].kind, members[i].offset)) {
      tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL, "Its \"%s\" is missing or wrong",
                      members[i].name);
      return NULL;
    }
  }
  if (is_whole (segment))
    return g_steal_pointer (&segment);
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL, "Its members contradict each other");
  return NULL;
}
