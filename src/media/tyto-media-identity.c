/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/tyto-media-identity.h"

#include <string.h>

#define MAX_ID_LENGTH   64
#define ID_PUNCTUATION  "_-"
#define RUN_PUNCTUATION "_.:+-"

void
tyto_media_identity_copy (TytoMediaIdentity *to, const TytoMediaIdentity *from)
{
  *to = *from;
  to->camera = g_strdup (from->camera != NULL ? from->camera : "");
  to->stream = g_strdup (from->stream != NULL ? from->stream : "");
  to->run = g_strdup (from->run != NULL ? from->run : "");
}

void
tyto_media_identity_clear (TytoMediaIdentity *self)
{
  g_clear_pointer (&self->camera, g_free);
  g_clear_pointer (&self->stream, g_free);
  g_clear_pointer (&self->run, g_free);
}

char *
tyto_media_identity_format_time (gint64 wall_us)
{
  gint64 microsecond = (wall_us % G_TIME_SPAN_SECOND + G_TIME_SPAN_SECOND) % G_TIME_SPAN_SECOND;
  g_autoptr (GDateTime) second
      = g_date_time_new_from_unix_utc ((wall_us - microsecond) / G_TIME_SPAN_SECOND);
  g_autoptr (GDateTime) time = second != NULL ? g_date_time_add (second, microsecond) : NULL;

  return time != NULL ? g_date_time_format (time, "%Y-%m-%dT%H:%M:%S.%fZ") : g_strdup ("");
}

char *
tyto_media_identity_format_comment (const TytoMediaIdentity *self)
{
  g_autofree char *start = tyto_media_identity_format_time (self->wall_start_us);

  return g_strdup_printf ("camera=%s run=%s sequence=%" G_GUINT64_FORMAT " start=%s", self->camera,
                          self->run, self->sequence, start);
}

static gboolean
is_id (const char *text, const char *punctuation)
{
  gsize length = strlen (text);
  gboolean valid = length >= 1 && length <= MAX_ID_LENGTH;

  for (gsize i = 0; valid && i < length; i++)
    valid = g_ascii_isalnum (text[i]) || strchr (punctuation, text[i]) != NULL;
  return valid;
}

gboolean
tyto_media_identity_is_valid (const TytoMediaIdentity *self)
{
  return (*self->camera == '\0' || is_id (self->camera, ID_PUNCTUATION))
         && (*self->stream == '\0' || is_id (self->stream, ID_PUNCTUATION))
         && (*self->run == '\0' || is_id (self->run, RUN_PUNCTUATION));
}

static gboolean
parse_time (gint64 *wall_us, const char *text)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_iso8601 (text, NULL);

  if (time != NULL)
    *wall_us = g_date_time_to_unix (time) * G_TIME_SPAN_SECOND + g_date_time_get_microsecond (time);
  return time != NULL;
}

gboolean
tyto_media_identity_parse_comment (TytoMediaIdentity *self, const char *text)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  gboolean run = FALSE;
  gboolean sequence = FALSE;

  for (guint i = 0; words[i] != NULL; i++) {
    char *value = strchr (words[i], '=');

    if (value == NULL)
      continue;
    *value++ = '\0';
    if (g_str_equal (words[i], "camera") && is_id (value, ID_PUNCTUATION)) {
      g_free (self->camera);
      self->camera = g_strdup (value);
    } else if (g_str_equal (words[i], "run") && is_id (value, RUN_PUNCTUATION)) {
      g_free (self->run);
      self->run = g_strdup (value);
      run = TRUE;
    } else if (g_str_equal (words[i], "sequence")) {
      sequence = g_ascii_string_to_unsigned (value, 10, 1, G_MAXINT64, &self->sequence, NULL);
    } else if (g_str_equal (words[i], "start")) {
      parse_time (&self->wall_start_us, value);
    }
  }
  return run && sequence;
}
