/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "segmentsink-recording.h"
#include "temporary-tree.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

#define TIMEOUT (30 * GST_SECOND)

guint
segment_recording_undivided (void)
{
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  guint seconds = 86400;

  while (seconds - now % seconds <= 3600)
    seconds -= 1800;
  return seconds;
}

SegmentRecording *
segment_recording_new (const gchar *description)
{
  SegmentRecording *self = g_new0 (SegmentRecording, 1);
  g_autoptr (GString) line = g_string_new (description);
  g_autofree gchar *undivided = g_strdup_printf ("%u", segment_recording_undivided ());
  g_autoptr (GError) error = NULL;

  self->root = g_dir_make_tmp (NULL, &error);
  g_assert_no_error (error);
  g_string_replace (line, "ROOT", self->root, 0);
  g_string_replace (line, "UNDIVIDED", undivided, 0);
  self->opened = g_ptr_array_new_with_free_func ((GDestroyNotify) gst_structure_free);
  self->closed = g_ptr_array_new_with_free_func ((GDestroyNotify) gst_structure_free);
  self->order = g_string_new (NULL);
  self->pipeline = gst_parse_launch_full (line->str, NULL, GST_PARSE_FLAG_FATAL_ERRORS, &error);
  g_assert_no_error (error);
  return self;
}

static gchar
take_message (SegmentRecording *self, GstMessage *message)
{
  const GstStructure *structure = gst_message_get_structure (message);
  g_autoptr (GError) error = NULL;

  switch (GST_MESSAGE_TYPE (message)) {
  case GST_MESSAGE_EOS:
    return 'E';
  case GST_MESSAGE_WARNING:
    return 'w';
  case GST_MESSAGE_ERROR:
    gst_message_parse_error (message, &error, NULL);
    if (self->error == NULL)
      self->error = g_strdup (error->message);
    return 'e';
  case GST_MESSAGE_ELEMENT:
    if (gst_structure_has_name (structure, "tyto-segment-opened")) {
      g_ptr_array_add (self->opened, gst_structure_copy (structure));
      return 'o';
    }
    if (gst_structure_has_name (structure, "tyto-segment-closed")) {
      const gchar *path = gst_structure_get_string (structure, "path");

      /* By the time of the message the file has its name. */
      g_assert_true (g_file_test (path, G_FILE_TEST_IS_REGULAR));
      g_ptr_array_add (self->closed, gst_structure_copy (structure));
      return 'c';
    }
    return '\0';
  default:
    return '\0';
  }
}

void
segment_recording_play_until (SegmentRecording *self, const gchar *letters)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (self->pipeline);
  gchar letter;

  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
  do {
    g_autoptr (GstMessage) message = gst_bus_timed_pop (bus, TIMEOUT);

    if (message == NULL)
      g_error ("nothing came for 30 s after “%s”", self->order->str);
    letter = take_message (self, message);
    if (letter != '\0')
      g_string_append_c (self->order, letter);
  } while (letter == '\0' || strchr (letters, letter) == NULL);
}

SegmentRecording *
segment_recording_run (const gchar *description)
{
  SegmentRecording *self = segment_recording_new (description);

  segment_recording_play_until (self, "Ee");
  gst_element_set_state (self->pipeline, GST_STATE_NULL);
  return self;
}

void
segment_recording_free (SegmentRecording *self)
{
  gst_element_set_state (self->pipeline, GST_STATE_NULL);
  gst_object_unref (self->pipeline);
  temporary_tree_remove (self->root);
  g_ptr_array_unref (self->opened);
  g_ptr_array_unref (self->closed);
  g_string_free (self->order, TRUE);
  g_free (self->error);
  g_free (self->root);
  g_free (self);
}

guint64
segment_recording_get_uint64 (GPtrArray *structures, guint index, const gchar *field)
{
  guint64 value = 0;

  g_assert_cmpuint (index, <, structures->len);
  g_assert_true (gst_structure_get_uint64 (structures->pdata[index], field, &value));
  return value;
}

gint64
segment_recording_get_int64 (GPtrArray *structures, guint index, const gchar *field)
{
  gint64 value = 0;

  g_assert_cmpuint (index, <, structures->len);
  g_assert_true (gst_structure_get_int64 (structures->pdata[index], field, &value));
  return value;
}

const gchar *
segment_recording_get_string (GPtrArray *structures, guint index, const gchar *field)
{
  const gchar *value;

  g_assert_cmpuint (index, <, structures->len);
  value = gst_structure_get_string (structures->pdata[index], field);
  g_assert_nonnull (value);
  return value;
}

guint64
segment_recording_sum (GPtrArray *structures, const gchar *field)
{
  guint64 sum = 0;

  for (guint i = 0; i < structures->len; i++)
    sum += segment_recording_get_uint64 (structures, i, field);
  return sum;
}

/* Returns: (transfer full): the standard output of a program that must say nothing on its error
 * output. */
static gchar *
run_quietly (const gchar *const *argv)
{
  g_autofree gchar *output = NULL;
  g_autofree gchar *complaint = NULL;
  g_autoptr (GError) error = NULL;
  gint status;

  g_spawn_sync (NULL, (gchar **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &output, &complaint,
                &status, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (complaint, ==, "");
  g_spawn_check_wait_status (status, &error);
  g_assert_no_error (error);
  return g_steal_pointer (&output);
}

gchar *
segment_recording_probe (const gchar *path, const gchar *streams, const gchar *entries)
{
  const gchar *argv[]
      = { "ffprobe",       "-v",    "error", "-count_frames",   "-of",   "default=nk=1:nw=1",
          "-show_entries", entries, path,    "-select_streams", streams, NULL };

  if (streams == NULL)
    argv[9] = NULL;
  return run_quietly (argv);
}

guint64
segment_recording_count_frames (const gchar *path, const gchar *streams)
{
  g_autofree gchar *output = segment_recording_probe (path, streams, "stream=nb_read_frames");

  return g_ascii_strtoull (output, NULL, 10);
}

/* Streams are told apart by their headers: "#media_type 1: audio". */
guint64
segment_recording_decode (const gchar *path, GPtrArray *pictures)
{
  const gchar *argv[] = { "ffmpeg", "-v",          "error", "-i",       path, "-map", "0",
                          "-vsync", "passthrough", "-f",    "framemd5", "-",  NULL };
  g_autofree gchar *output = run_quietly (argv);
  g_auto (GStrv) lines = g_strsplit (output, "\n", -1);
  guint64 sounds = 0;
  guint video = G_MAXUINT;

  for (guint i = 0; lines[i] != NULL; i++) {
    const gchar *hash = strrchr (lines[i], ',');

    if (g_str_has_prefix (lines[i], "#media_type") && g_str_has_suffix (lines[i], "video"))
      video = (guint) g_ascii_strtoull (lines[i] + strlen ("#media_type "), NULL, 10);
    if (lines[i][0] == '#' || hash == NULL)
      continue;
    if (g_ascii_strtoull (lines[i], NULL, 10) != video)
      sounds++;
    else if (pictures != NULL)
      g_ptr_array_add (pictures, g_strstrip (g_strdup (hash + 1)));
  }
  return sounds;
}

static void
collect_files (const gchar *directory, const gchar *prefix, GPtrArray *files)
{
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  const gchar *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree gchar *path = g_build_filename (directory, name, NULL);
    g_autofree gchar *relative = g_build_filename (prefix, name, NULL);

    if (g_file_test (path, G_FILE_TEST_IS_DIR))
      collect_files (path, relative, files);
    else
      g_ptr_array_add (files, g_steal_pointer (&relative));
  }
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const gchar *const *) a, *(const gchar *const *) b);
}

gchar *
segment_recording_list_files (const gchar *directory)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_free);

  collect_files (directory, "", files);
  g_ptr_array_sort (files, compare_names);
  g_ptr_array_add (files, NULL);
  return g_strjoinv (" ", (gchar **) files->pdata);
}
