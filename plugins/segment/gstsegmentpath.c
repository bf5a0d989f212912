/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "segment/gstsegmentpath.h"

#include <string.h>

#define MAX_ID_LENGTH 64

static GDateTime *
wall_to_utc (gint64 wall)
{
  gint64 second = wall / G_TIME_SPAN_SECOND;
  gint64 microsecond = wall % G_TIME_SPAN_SECOND;
  g_autoptr (GDateTime) whole = NULL;

  if (microsecond < 0) {
    microsecond += G_TIME_SPAN_SECOND;
    second--;
  }
  whole = g_date_time_new_from_unix_utc (second);
  return whole != NULL ? g_date_time_add (whole, microsecond) : NULL;
}

static gboolean
has_parent_component (const gchar *path)
{
  g_auto (GStrv) components = g_strsplit (path, "/", -1);

  return g_strv_contains ((const gchar *const *) components, "..");
}

/* Replaces the words in braces. With an @error, one that is not known is refused. */
static gchar *
replace_words (const gchar *location, const gchar *camera, const gchar *run, guint64 sequence,
               GError **error)
{
  g_autoptr (GString) out = g_string_new (NULL);
  const gchar *from = location;

  while (*from != '\0') {
    gsize plain = strcspn (from, "{}");
    const gchar *end;

    g_string_append_len (out, from, plain);
    from += plain;
    if (*from == '\0')
      break;
    end = *from == '{' ? strchr (from, '}') : NULL;
    if (end == NULL) {
      g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
                   "The location “%s” has a brace without its pair: write {camera}, {run} or "
                   "{sequence}.",
                   location);
      return NULL;
    }
    end++;
    if (g_str_has_prefix (from, "{camera}"))
      g_string_append (out, camera);
    else if (g_str_has_prefix (from, "{run}"))
      g_string_append (out, run);
    else if (g_str_has_prefix (from, "{sequence}"))
      g_string_append_printf (out, "%" G_GUINT64_FORMAT, sequence);
    else {
      g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
                   "The location “%s” has the unknown word %.*s: only {camera}, {run} and "
                   "{sequence} are known.",
                   location, (int) (end - from), from);
      return NULL;
    }
    from = end;
  }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static gchar *
format_relative (const gchar *location, const gchar *camera, const gchar *run, guint64 sequence,
                 gint64 wall, GError **error)
{
  g_autofree gchar *worded = replace_words (location, camera, run, sequence, error);
  g_autoptr (GDateTime) start = NULL;
  gchar *path;

  if (worded == NULL)
    return NULL;
  start = wall_to_utc (wall);
  path = start != NULL ? g_date_time_format (start, worded) : NULL;
  if (path == NULL)
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
                 "The location “%s” has a conversion that strftime does not know: use %%Y %%m %%d "
                 "%%H %%M %%S, and %%%% for a percent sign.",
                 location);
  return path;
}

gboolean
gst_segment_path_check (const gchar *location, GError **error)
{
  g_autofree gchar *sample = NULL;
  const gchar *fault = NULL;

  if (location == NULL || *location == '\0')
    fault = "is empty";
  else if (!g_utf8_validate (location, -1, NULL))
    fault = "is not UTF-8";
  else if (g_str_has_suffix (location, "/"))
    fault = "names a directory";
  else if (has_parent_component (location))
    fault = "leads out of its directory by “..”";

  if (fault == NULL) {
    sample = format_relative (location, "camera", "run", 1, 0, error);
    if (sample == NULL)
      return FALSE;
    if (g_str_has_suffix (sample, "/") || *sample == '\0')
      fault = "names no file";
    else if (has_parent_component (sample))
      fault = "leads out of its directory by “..”";
  }
  if (fault != NULL)
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
                 "The location “%s” %s: give a file name such as "
                 "{camera}/%%Y-%%m-%%d/%%H-%%M-%%S.mp4.",
                 location != NULL ? location : "", fault);
  return fault == NULL;
}

static gboolean
check_id (const gchar *what, const gchar *id, const gchar *punctuation, GError **error)
{
  gsize length = id != NULL ? strlen (id) : 0;
  gboolean valid = length >= 1 && length <= MAX_ID_LENGTH;

  for (gsize i = 0; valid && i < length; i++)
    valid = g_ascii_isalnum (id[i]) || strchr (punctuation, id[i]) != NULL;
  if (valid && strspn (id, ".") == length)
    valid = FALSE;
  if (!valid)
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
                 "The %s id “%s” is refused: give 1 to %d letters, digits or characters of “%s”.",
                 what, id != NULL ? id : "", MAX_ID_LENGTH, punctuation);
  return valid;
}

gboolean
gst_segment_path_check_camera (const gchar *camera, GError **error)
{
  return check_id ("camera", camera, "_-", error);
}

gboolean
gst_segment_path_check_run (const gchar *run, GError **error)
{
  return check_id ("run", run, "_.:+-", error);
}

gchar *
gst_segment_path_format (const gchar *location, const gchar *root, const gchar *camera,
                         const gchar *run, guint64 sequence, gint64 wall)
{
  g_autofree gchar *relative = format_relative (location, camera, run, sequence, wall, NULL);
  g_autofree gchar *directory = NULL;

  g_return_val_if_fail (relative != NULL, NULL);

  directory = g_canonicalize_filename (root != NULL ? root : ".", NULL);
  return g_canonicalize_filename (relative, directory);
}

gchar *
gst_segment_path_alternative (const gchar *path, guint number)
{
  const gchar *base = strrchr (path, '/');
  const gchar *extension;

  if (number == 0)
    return g_strdup (path);
  base = base != NULL ? base + 1 : path;
  extension = strrchr (base, '.');
  if (extension == NULL || extension == base)
    extension = base + strlen (base);
  return g_strdup_printf ("%.*s-%u%s", (int) (extension - path), path, number, extension);
}

gchar *
gst_segment_path_timestamp (gint64 wall)
{
  g_autoptr (GDateTime) time = wall_to_utc (wall);

  g_return_val_if_fail (time != NULL, NULL);
  return g_date_time_format (time, "%Y-%m-%dT%H:%M:%S.%fZ");
}
