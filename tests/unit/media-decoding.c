/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media-decoding.h"

#include "media-samples.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct {
  char *path;
  char *list; /* of its packets, by ffmpeg */
  int video;
  int audio;
} File;

struct _MediaDecoding {
  GArray *files; /* (element-type File) */
};

static void
file_clear (gpointer data)
{
  File *file = data;

  g_unlink (file->path);
  g_unlink (file->list);
  g_free (file->path);
  g_free (file->list);
}

MediaDecoding *
media_decoding_new (void)
{
  MediaDecoding *self = g_new0 (MediaDecoding, 1);

  self->files = g_array_new (FALSE, FALSE, sizeof (File));
  g_array_set_clear_func (self->files, file_clear);
  return self;
}

/* ffmpeg goes by the extension for transport streams. */
void
media_decoding_take (MediaDecoding *self, const char *part, int video, int audio)
{
  g_autofree char *directory = g_path_get_dirname (part);
  g_autofree char *name = g_path_get_basename (part);
  File file = { .video = video, .audio = audio };

  g_assert_true (g_str_has_suffix (name, ".part"));
  name[strlen (name) - strlen (".part")] = '\0';
  file.path = g_strdup_printf ("%s/%u-%s", directory, self->files->len, name);
  file.list = g_strconcat (file.path, ".packets", NULL);
  g_assert_cmpint (g_rename (part, file.path), ==, 0);
  g_array_append_val (self->files, file);
}

static void
add_words (GPtrArray *words, const char *text)
{
  g_auto (GStrv) list = g_strsplit (text, " ", -1);

  for (guint i = 0; list[i] != NULL; i++)
    g_ptr_array_add (words, g_strdup (list[i]));
}

/* ffmpeg's command line: decodes each file, and lists its packets. (transfer full) */
static GPtrArray *
make_command (const MediaDecoding *self)
{
  GPtrArray *words = g_ptr_array_new_with_free_func (g_free);

  add_words (words, "ffmpeg -nostdin -v error");
  for (guint i = 0; i < self->files->len; i++) {
    add_words (words, "-i");
    g_ptr_array_add (words, g_strdup (g_array_index (self->files, File, i).path));
  }
  for (guint i = 0; i < self->files->len; i++) {
    g_autofree char *text = g_strdup_printf ("-map %u -f null - -map %u -c copy -f framecrc", i, i);

    add_words (words, text);
    g_ptr_array_add (words, g_strdup (g_array_index (self->files, File, i).list));
  }
  g_ptr_array_add (words, NULL);
  return words;
}

/* framecrc: "#media_type 0: video", then a line for each packet that begins with its stream. */
static void
check_packets (const File *file)
{
  g_autofree char *list = NULL;
  g_auto (GStrv) lines = NULL;
  int counts[2] = { 0, 0 }; /* of video, of audio */
  guint audio[8] = { 0 };   /* by stream */

  g_assert_true (g_file_get_contents (file->list, &list, NULL, NULL));
  lines = g_strsplit (list, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++) {
    if (g_str_has_prefix (lines[i], "#media_type "))
      audio[g_ascii_digit_value (lines[i][12]) & 7] = strstr (lines[i], ": audio") != NULL;
    else if (g_ascii_isdigit (*lines[i]))
      counts[audio[g_ascii_digit_value (*lines[i]) & 7]]++;
  }
  if (file->video != MEDIA_DECODING_ANY)
    g_assert_cmpint (counts[0], ==, file->video);
  if (file->audio != MEDIA_DECODING_ANY)
    g_assert_cmpint (counts[1], ==, file->audio);
}

guint
media_decoding_run (MediaDecoding *self)
{
  guint n = self->files->len;

  if (n > 0) {
    g_autoptr (GPtrArray) command = make_command (self);
    g_autofree char *said = media_samples_command ((const char *const *) command->pdata);

    for (guint i = 0; i < n && *said != '\0'; i++) /* which of them it is */
      media_samples_assert_decodes (g_array_index (self->files, File, i).path);
    g_assert_cmpstr (said, ==, "");
  }
  for (guint i = 0; i < n; i++)
    check_packets (&g_array_index (self->files, File, i));
  g_array_unref (self->files);
  g_free (self);
  return n;
}
