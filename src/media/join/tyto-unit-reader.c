/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/join/tyto-unit-reader.h"

#include "base/tyto-error.h"
#include "media/join/tyto-segment-format.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD       4096               /* bytes that a format is seen from */
#define BUFFER_MAX (16 * 1024 * 1024) /* a larger segment is mapped: it costs no memory of ours */
#define INIT_MAX   (1024 * 1024)

static const TytoSegmentFormat *const formats[] = {
  &tyto_segment_format_ts,
  &tyto_segment_format_mp4,
  &tyto_segment_format_packed_audio,
};

struct _TytoUnitReader {
  const TytoSegmentFormat *format;
  gpointer state;
  guint8 *buffer; /* one for all segments: it stays in the processor's cache */
  gsize room;
  GMappedFile *map;
  char *init_path;
  GBytes *init;
  TytoUnitDamage damage;
  gboolean open;
};

TytoUnitReader *
tyto_unit_reader_new (void)
{
  return g_new0 (TytoUnitReader, 1);
}

static void
drop_format (TytoUnitReader *self)
{
  if (self->state != NULL)
    self->format->destroy (self->state);
  self->state = NULL;
  self->format = NULL;
}

void
tyto_unit_reader_free (TytoUnitReader *self)
{
  drop_format (self);
  g_clear_pointer (&self->map, g_mapped_file_unref);
  g_clear_pointer (&self->init, g_bytes_unref);
  g_free (self->init_path);
  g_free (self->buffer);
  g_free (self);
}

static gboolean
fail (GError **error, int code, const char *path, const char *what)
{
  g_autofree char *name = g_path_get_basename (path);

  tyto_set_error (error, code == ENOENT ? TYTO_ERROR_NOT_FOUND : TYTO_ERROR_STORAGE, NULL,
                  "The segment %s cannot be %s: %s", name, what, g_strerror (code));
  return FALSE;
}

static gboolean
refuse (GError **error, const char *path, const char *why)
{
  g_autofree char *name = g_path_get_basename (path);

  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL, "The segment %s %s", name, why);
  return FALSE;
}

/* Opens @path: a regular file alone, so that nothing waits. Returns: -1 on error. */
static int
open_file (const char *path, gsize *size, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  struct stat of;

  if (fd < 0 || fstat (fd, &of) < 0) {
    fail (error, errno, path, "opened");
  } else if (!S_ISREG (of.st_mode)) {
    refuse (error, path, "is not a file");
  } else {
    *size = (gsize) of.st_size;
    return fd;
  }
  if (fd >= 0)
    close (fd);
  return -1;
}

/* A file that became shorter since ends early: @size says so. */
static gboolean
read_all (int fd, const char *path, guint8 *to, gsize *size, GError **error)
{
  gsize done = 0;

  while (done < *size) {
    gssize taken = pread (fd, to + done, *size - done, (off_t) done);

    if (taken < 0 && errno == EINTR)
      continue;
    if (taken < 0)
      return fail (error, errno, path, "read");
    if (taken == 0)
      break;
    done += (gsize) taken;
  }
  *size = done;
  return TRUE;
}

static gboolean
load (TytoUnitReader *self, const char *path, const guint8 **data, gsize *size, GError **error)
{
  int fd = open_file (path, size, error);
  gboolean done;

  if (fd < 0)
    return FALSE;
  if (*size > BUFFER_MAX) {
    self->map = g_mapped_file_new_from_fd (fd, FALSE, NULL);
    done = self->map != NULL || fail (error, ENOMEM, path, "mapped");
    if (done) {
      *data = (const guint8 *) g_mapped_file_get_contents (self->map);
      *size = g_mapped_file_get_length (self->map);
    }
  } else {
    if (self->room < *size) {
      g_free (self->buffer);
      self->room = MIN (BUFFER_MAX, *size + *size / 2);
      self->buffer = g_malloc (self->room);
    }
    *data = self->buffer;
    done = read_all (fd, path, self->buffer, size, error);
  }
  close (fd);
  return done;
}

/* Segments share their initialization section: it is read when it is another one. */
static gboolean
load_init (TytoUnitReader *self, const char *path, GError **error)
{
  gsize size;
  int fd;
  guint8 *data;
  gboolean done;

  if (g_strcmp0 (path, self->init_path) == 0)
    return TRUE;
  g_clear_pointer (&self->init, g_bytes_unref);
  g_clear_pointer (&self->init_path, g_free);
  if (path == NULL)
    return TRUE;
  fd = open_file (path, &size, error);
  if (fd < 0)
    return FALSE;
  if (size > INIT_MAX) {
    close (fd);
    return refuse (error, path, "is too large for an initialization section");
  }
  data = g_malloc (MAX (size, 1));
  done = read_all (fd, path, data, &size, error);
  close (fd);
  if (!done) {
    g_free (data);
    return FALSE;
  }
  self->init = g_bytes_new_take (data, size);
  self->init_path = g_strdup (path);
  return TRUE;
}

static const TytoSegmentFormat *
detect (const guint8 *data, gsize size)
{
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    if (formats[i]->detect (data, MIN (size, HEAD)))
      return formats[i];
  /* A transport stream is known by its middle too, should its start be damaged. */
  for (gsize at = HEAD; at < size; at += HEAD)
    if (tyto_segment_format_ts.detect (data + at, MIN (size - at, HEAD)))
      return &tyto_segment_format_ts;
  return NULL;
}

gboolean
tyto_unit_reader_open (TytoUnitReader *self, const char *path, const char *init,
                       gboolean continuous, GError **error)
{
  const TytoSegmentFormat *format;
  const guint8 *data;
  gsize size;

  self->damage = (TytoUnitDamage){ 0 };
  self->open = FALSE;
  g_clear_pointer (&self->map, g_mapped_file_unref);
  if (!load_init (self, init, error) || !load (self, path, &data, &size, error))
    return FALSE;
  if (size == 0)
    return refuse (error, path, "is empty");
  format = detect (data, size);
  if (format == NULL)
    return refuse (error, path, "is neither MPEG-TS nor fragmented MP4 nor packed audio");
  if (format != self->format) {
    drop_format (self);
    self->format = format;
    self->state = format->create ();
    continuous = FALSE;
  }
  self->open = format->open (self->state, data, size, self->init, continuous, &self->damage, error);
  return self->open;
}

gboolean
tyto_unit_reader_next (TytoUnitReader *self, TytoMediaUnit *unit, GError **error)
{
  if (!self->open)
    return FALSE;
  self->open = self->format->next (self->state, unit, &self->damage, error);
  return self->open;
}

guint64
tyto_unit_reader_get_position (TytoUnitReader *self)
{
  return self->state != NULL ? self->format->position (self->state) : 0;
}

const TytoUnitDamage *
tyto_unit_reader_get_damage (TytoUnitReader *self)
{
  return &self->damage;
}
