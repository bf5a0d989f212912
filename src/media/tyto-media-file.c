/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/tyto-media-file.h"

#include "base/tyto-error.h"
#include "media/tyto-media-format.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PART_SUFFIX ".part" /* of a file that is being written */

static const TytoMediaFormat *const formats[] = {
  &tyto_media_format_mp4,
  &tyto_media_format_ts,
  &tyto_media_format_mkv,
};

gboolean
tyto_media_format_refuse (const TytoMediaInput *input, const char *why, GError **error)
{
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL,
                  "The file %s cannot be used as a recording: %s", input->path, why);
  return FALSE;
}

gboolean
tyto_media_format_miss (const TytoMediaInput *input, GError **error)
{
  tyto_set_error (error, TYTO_ERROR_NOT_FOUND, NULL, "The file %s holds no whole frame",
                  input->path);
  return FALSE;
}

gboolean
tyto_media_format_is_empty (const TytoMediaFile *file)
{
  return *file->video_codec != '\0' ? file->frames == 0 : file->audio_frames == 0;
}

gboolean
tyto_media_format_is_unwritten (TytoMediaInput *input, guint64 at, gsize size)
{
  static const guint8 zeros[16] = { 0 };
  const guint8 *bytes;

  if (at >= input->size || input->size - at < size)
    return TRUE;
  bytes = tyto_media_input_peek (input, at, size, NULL);
  return bytes != NULL && memcmp (bytes, zeros, size) == 0;
}

void
tyto_media_format_set_text (char **to, const char *text)
{
  g_free (*to);
  *to = g_strdup (text);
}

static TytoMediaFile *
tyto_media_file_new (const TytoMediaFormat *format)
{
  static const TytoMediaIdentity unknown = { .camera_time_us = -1 };
  TytoMediaFile *self = g_new0 (TytoMediaFile, 1);

  self->format = g_strdup (format->name);
  tyto_media_identity_copy (&self->identity, &unknown);
  self->video_codec = g_strdup ("");
  self->audio_codec = g_strdup ("");
  self->fragments = g_array_new (FALSE, FALSE, sizeof (TytoMediaFragment));
  return self;
}

void
tyto_media_file_free (TytoMediaFile *self)
{
  g_free (self->format);
  tyto_media_identity_clear (&self->identity);
  g_free (self->video_codec);
  g_free (self->audio_codec);
  g_array_unref (self->fragments);
  g_free (self);
}

/* By the extension: what a file holds is checked by the format's reader. */
static const TytoMediaFormat *
find_format (const char *path, GError **error)
{
  g_autofree char *name = g_path_get_basename (path);
  const char *dot;

  if (g_str_has_suffix (name, PART_SUFFIX))
    name[strlen (name) - strlen (PART_SUFFIX)] = '\0';
  dot = strrchr (name, '.');
  for (guint i = 0; dot != NULL && i < G_N_ELEMENTS (formats); i++)
    if (g_str_equal (dot + 1, formats[i]->name))
      return formats[i];
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL,
                  "The file %s is not a recording: its name does not end in .mp4, .ts or .mkv",
                  path);
  return NULL;
}

/* @flags: O_RDONLY or O_RDWR. Waits for no FIFO and follows no link. */
static int
open_file (const char *path, int flags, GError **error)
{
  struct stat status;
  int fd = open (path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  int why = errno;

  if (fd >= 0 && fstat (fd, &status) == 0 && S_ISREG (status.st_mode))
    return fd;
  if (fd >= 0) {
    close (fd);
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL, "%s is not a file", path);
  } else if (why == ELOOP) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL, "%s is a symbolic link", path);
  } else {
    tyto_set_error (error, TYTO_ERROR_STORAGE, "Check the directory and its permissions.",
                    "The file %s cannot be opened: %s", path, g_strerror (why));
  }
  return -1;
}

static TytoMediaFile *
read_input (const TytoMediaFormat *format, TytoMediaInput *input, GError **error)
{
  g_autoptr (TytoMediaFile) self = tyto_media_file_new (format);

  if (!format->read (input, self, error))
    return NULL;
  return g_steal_pointer (&self);
}

/* What can be used of an unfinished file: less when its last frame was lost in part. */
static TytoMediaFile *
read_unfinished (const TytoMediaFormat *format, TytoMediaInput *input, GError **error)
{
  g_autoptr (TytoMediaFile) self = read_input (format, input, error);

  if (self == NULL || self->complete || !tyto_media_input_is_torn (input, self->bytes))
    return g_steal_pointer (&self);
  input->size = self->bytes - 1;
  return read_input (format, input, error);
}

static TytoMediaFile *
mend_input (const TytoMediaFormat *format, TytoMediaInput *input, GError **error)
{
  g_autoptr (TytoMediaFile) self = NULL;
  guint64 size = input->size;

  self = read_unfinished (format, input, error);
  if (self == NULL)
    return NULL;
  if (tyto_media_format_is_empty (self)) {
    tyto_media_format_miss (input, error);
    return NULL;
  }
  if (self->complete && input->size == size)
    return g_steal_pointer (&self);
  if (!format->mend (input, self, error))
    return NULL;
  self->complete = TRUE;
  self->bytes = input->size;
  return g_steal_pointer (&self);
}

static TytoMediaFile *
read_fd (const TytoMediaFormat *format, int fd, const char *name, GError **error)
{
  g_auto (TytoMediaInput) input = { 0 };

  if (!tyto_media_input_init (&input, fd, name, format->window, error))
    return NULL;
  return read_input (format, &input, error);
}

TytoMediaFile *
tyto_media_file_read_fd (int fd, const char *format, const char *name, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    if (g_str_equal (format, formats[i]->name))
      return read_fd (formats[i], fd, name, error);
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL, "%s is not a recording: %s", name,
                  format);
  return NULL;
}

TytoMediaFile *
tyto_media_file_read (const char *path, GError **error)
{
  const TytoMediaFormat *format = find_format (path, error);
  TytoMediaFile *self;
  int fd;

  if (format == NULL || (fd = open_file (path, O_RDONLY, error)) < 0)
    return NULL;
  self = read_fd (format, fd, path, error);
  close (fd);
  return self;
}

TytoMediaFile *
tyto_media_file_mend (const char *path, GError **error)
{
  g_auto (TytoMediaInput) input = { 0 };
  const TytoMediaFormat *format = find_format (path, error);
  TytoMediaFile *self = NULL;
  int fd;

  if (format == NULL || (fd = open_file (path, O_RDWR, error)) < 0)
    return NULL;
  if (tyto_media_input_init (&input, fd, path, format->window, error))
    self = mend_input (format, &input, error);
  close (fd);
  return self;
}
