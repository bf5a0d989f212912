/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/hls/tyto-hls-journal.h"

#include "base/tyto-error.h"
#include "base/tyto-json.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_NAME  "journal"
#define FIRST_LINE "{\"journal\":1}\n"
#define MODE       0640
#define TAIL_BYTES (1 << 16)

struct _TytoHlsJournal {
  char *path;
  int fd;
  goffset size; /* of its whole lines */
};

static const char *const states[] = { "listed", "fetched", "missing", "unlisted" };

TytoHlsSegment *
tyto_hls_segment_new (guint64 position, guint rendition)
{
  TytoHlsSegment *self = g_new0 (TytoHlsSegment, 1);

  self->position = position;
  self->rendition = rendition;
  self->name = g_strdup ("");
  self->sequence = -1;
  self->duration_us = -1;
  self->init = g_strdup ("");
  self->time_us = -1;
  self->file = g_strdup ("");
  self->etag = g_strdup ("");
  self->made_us = -1;
  self->reason = g_strdup ("");
  return self;
}

TytoHlsSegment *
tyto_hls_segment_copy (const TytoHlsSegment *self)
{
  TytoHlsSegment *copy = g_new (TytoHlsSegment, 1);

  *copy = *self;
  copy->name = g_strdup (self->name);
  copy->init = g_strdup (self->init);
  copy->file = g_strdup (self->file);
  copy->etag = g_strdup (self->etag);
  copy->reason = g_strdup (self->reason);
  return copy;
}

void
tyto_hls_segment_free (TytoHlsSegment *self)
{
  g_free (self->name);
  g_free (self->init);
  g_free (self->file);
  g_free (self->etag);
  g_free (self->reason);
  g_free (self);
}

/* Says what could not be done, by errno. */
static gboolean
fail (const TytoHlsJournal *self, const char *what, GError **error)
{
  tyto_set_error (error, TYTO_ERROR_STORAGE, NULL, "“%s” cannot be %s: %s.", self->path, what,
                  g_strerror (errno));
  return FALSE;
}

/* Appends all of @text or nothing of it. What an earlier failure left is cut off first. */
static gboolean
append (TytoHlsJournal *self, const char *text, GError **error)
{
  gsize size = strlen (text);
  gsize written = 0;
  struct stat info;

  if (fstat (self->fd, &info) != 0
      || (info.st_size != self->size && ftruncate (self->fd, self->size) != 0))
    return fail (self, "written to", error);
  while (written < size) {
    gssize n = write (self->fd, text + written, size - written);

    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0) {
      fail (self, "written to", error);
      if (written > 0 && ftruncate (self->fd, self->size) != 0)
        g_warning ("“%s”: a line that is cut stays in it for now: %s", self->path,
                   g_strerror (errno));
      return FALSE;
    }
    written += (gsize) n;
  }
  self->size += (goffset) size;
  return TRUE;
}

/* Finds where the last whole line ends, and cuts off what is behind it. */
static gboolean
cut_last_line (TytoHlsJournal *self, GError **error)
{
  g_autofree char *tail = g_malloc (TAIL_BYTES);
  struct stat info;

  if (fstat (self->fd, &info) != 0)
    return fail (self, "read", error);
  for (goffset end = info.st_size; end > 0 && self->size == 0;) {
    gsize size = (gsize) MIN (end, TAIL_BYTES);
    gssize n = pread (self->fd, tail, size, end - (goffset) size);
    const char *newline;

    if (n < 0 && errno == EINTR)
      continue;
    if (n != (gssize) size)
      return fail (self, "read", error);
    newline = memrchr (tail, '\n', size);
    end -= (goffset) size;
    if (newline != NULL)
      self->size = end + (newline - tail) + 1;
  }
  if (self->size < info.st_size && ftruncate (self->fd, self->size) != 0)
    return fail (self, "mended", error);
  return TRUE;
}

/* So that its name outlives a power cut. */
static gboolean
sync_directory (TytoHlsJournal *self, const char *directory, GError **error)
{
  int fd = open (directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gboolean synced = fd >= 0 && (fsync (fd) == 0 || errno == EINVAL);

  if (!synced)
    fail (self, "synced", error);
  if (fd >= 0)
    close (fd);
  return synced;
}

TytoHlsJournal *
tyto_hls_journal_open (const char *directory, GError **error)
{
  g_autoptr (TytoHlsJournal) self = g_new0 (TytoHlsJournal, 1);

  self->path = g_build_filename (directory, FILE_NAME, NULL);
  self->fd = open (self->path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, MODE);
  if (self->fd < 0) {
    fail (self, "opened", error);
    return NULL;
  }
  if (!cut_last_line (self, error))
    return NULL;
  if (self->size == 0
      && (!append (self, FIRST_LINE, error) || !tyto_hls_journal_sync (self, error)
          || !sync_directory (self, directory, error)))
    return NULL;
  return g_steal_pointer (&self);
}

void
tyto_hls_journal_close (TytoHlsJournal *self)
{
  if (self->fd >= 0)
    close (self->fd);
  g_free (self->path);
  g_free (self);
}

/* Names and headers of a foreign server need not be UTF-8. */
static void
put_text (GVariantBuilder *line, const char *key, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  g_variant_builder_add (line, "{sv}", key, g_variant_new_string (valid));
}

static void
put_integer (GVariantBuilder *line, const char *key, gint64 value)
{
  g_variant_builder_add (line, "{sv}", key, g_variant_new_int64 (value));
}

/* What the source said of it stands in each line, so that none needs another. */
static void
put_segment (GVariantBuilder *line, const TytoHlsSegment *segment)
{
  put_integer (line, "position", (gint64) segment->position);
  put_integer (line, "rendition", segment->rendition);
  put_text (line, "state", states[segment->state]);
  if (segment->state == TYTO_HLS_UNLISTED) {
    put_integer (line, "count", (gint64) segment->count);
    return;
  }
  put_text (line, "name", segment->name);
  put_integer (line, "sequence", segment->sequence);
  put_integer (line, "duration_us", segment->duration_us);
  g_variant_builder_add (line, "{sv}", "discontinuity",
                         g_variant_new_boolean (segment->discontinuity));
  put_text (line, "init", segment->init);
  put_integer (line, "time_us", segment->time_us);
  put_text (line, "etag", segment->etag);
  put_integer (line, "made_us", segment->made_us);
  if (segment->state == TYTO_HLS_FETCHED) {
    put_text (line, "file", segment->file);
    put_integer (line, "bytes", (gint64) segment->bytes);
  } else if (segment->state == TYTO_HLS_MISSING) {
    put_text (line, "reason", segment->reason);
  }
}

gboolean
tyto_hls_journal_note (TytoHlsJournal *self, const TytoHlsSegment *segment, GError **error)
{
  g_auto (GVariantBuilder) line = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_autoptr (GVariant) members = NULL;
  g_autofree char *json = NULL;
  g_autofree char *text = NULL;

  g_return_val_if_fail (segment->state <= TYTO_HLS_UNLISTED, FALSE);
  put_segment (&line, segment);
  members = g_variant_ref_sink (g_variant_builder_end (&line));
  json = tyto_json_from_variant (members, FALSE);
  text = g_strconcat (json, "\n", NULL);
  return append (self, text, error);
}

gboolean
tyto_hls_journal_note_end (TytoHlsJournal *self, GError **error)
{
  return append (self, "{\"ended\":true}\n", error);
}

gboolean
tyto_hls_journal_sync (TytoHlsJournal *self, GError **error)
{
  int result;

  do
    result = fdatasync (self->fd);
  while (result != 0 && errno == EINTR);
  return result == 0 || errno == EINVAL || fail (self, "synced", error);
}
