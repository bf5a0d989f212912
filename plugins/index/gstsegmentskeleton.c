/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "index/gstsegmentskeleton.h"

#include "base/tyto-error.h"
#include "media/tyto-mp4-box.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HEADER       8
#define LARGE_HEADER 16   /* with a size of 64 bits */
#define PAGE         4096 /* of the file in memory */
#define MAX_PAGES    8192 /* an index of a week in fragments of a second */

struct _GstSegmentSkeleton {
  int fd;           /* -1 when it could not be made, or the file is not in MP4 */
  int failure;      /* errno of what went wrong */
  guint64 position; /* bytes pushed */
  guint64 box;      /* where the box at @position begins */
  guint64 box_end;  /* 0 while its header is not whole */
  guint8 header[LARGE_HEADER];
  gboolean keeps;   /* the box at @position */
  gboolean begun;   /* moov was there */
  gboolean indexed; /* the index at its end tells what is in the moofs */
  gboolean mp4;
  guint64 pages;     /* that have something in them, about */
  guint64 last_page; /* that was written to */
};

GstSegmentSkeleton *
gst_segment_skeleton_new (void)
{
  GstSegmentSkeleton *self = g_new0 (GstSegmentSkeleton, 1);

  self->fd = memfd_create ("segment", MFD_CLOEXEC);
  self->failure = self->fd < 0 ? errno : 0;
  return self;
}

static void
give_up (GstSegmentSkeleton *self, int failure)
{
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
  self->failure = failure;
}

void
gst_segment_skeleton_free (GstSegmentSkeleton *self)
{
  give_up (self, 0);
  g_free (self);
}

gboolean
gst_segment_skeleton_is_mp4 (GstSegmentSkeleton *self)
{
  return self->mp4;
}

/* However the boxes are spread, no more memory is taken. */
static gboolean
count_pages (GstSegmentSkeleton *self, guint64 offset, gsize size)
{
  guint64 first = offset / PAGE;
  guint64 last = (offset + size - 1) / PAGE;

  self->pages += last - first + (self->pages == 0 || first != self->last_page);
  self->last_page = last;
  return self->pages <= MAX_PAGES;
}

static void
keep (GstSegmentSkeleton *self, guint64 offset, const guint8 *data, gsize size)
{
  if (size > 0 && !count_pages (self, offset, size))
    give_up (self, EFBIG);
  else if (self->fd >= 0 && pwrite (self->fd, data, size, (off_t) offset) != (ssize_t) size)
    give_up (self, errno);
}

static guint64
read_number (const guint8 *data, gsize size)
{
  guint64 number = 0;

  for (gsize i = 0; i < size; i++)
    number = number << 8 | data[i];
  return number;
}

/* Our own files have a uuid box in front of moov, and an index. Of others the moofs are read, and
 * where the media begins. @got: size of the header. */
static void
keep_box (GstSegmentSkeleton *self, guint32 type, gsize got)
{
  gboolean media = type == TYTO_MP4_TYPE ('m', 'd', 'a', 't');

  self->begun |= type == TYTO_MP4_TYPE ('m', 'o', 'o', 'v');
  self->indexed |= type == TYTO_MP4_TYPE ('u', 'u', 'i', 'd') && !self->begun;
  media |= type == TYTO_MP4_TYPE ('m', 'o', 'o', 'f') && self->indexed;
  self->keeps = !media;
  if (!media || !self->indexed)
    keep (self, self->box, self->header, got);
}

/* The header in self->header is whole. @got: its bytes */
static void
begin_box (GstSegmentSkeleton *self, gsize got)
{
  guint32 type = (guint32) read_number (self->header + 4, 4);
  guint64 size = read_number (self->header, 4);

  if (got == LARGE_HEADER)
    size = read_number (self->header + HEADER, 8);
  if (self->box == 0)
    self->mp4 = type == TYTO_MP4_TYPE ('f', 't', 'y', 'p');
  if (!self->mp4 || size < got || size > G_MAXINT64 - self->box) {
    give_up (self, EILSEQ); /* what follows cannot be told apart */
    return;
  }
  self->box_end = self->box + size;
  keep_box (self, type, got);
}

/* Takes from @data what the header at hand still lacks. Returns: how much that was. */
static gsize
take_header (GstSegmentSkeleton *self, const guint8 *data, gsize size)
{
  gsize got = (gsize) (self->position - self->box);
  gsize want = got >= HEADER ? LARGE_HEADER : HEADER;
  gsize taken = MIN (size, want - got);

  memcpy (self->header + got, data, taken);
  got += taken;
  if (got == LARGE_HEADER || (got == HEADER && read_number (self->header, 4) != 1))
    begin_box (self, got);
  return taken;
}

static gsize
take_body (GstSegmentSkeleton *self, const guint8 *data, gsize size)
{
  gsize taken = (gsize) MIN (size, self->box_end - self->position);

  if (self->keeps)
    keep (self, self->position, data, taken);
  return taken;
}

void
gst_segment_skeleton_push (GstSegmentSkeleton *self, const guint8 *data, gsize size)
{
  while (size > 0 && self->fd >= 0) {
    gsize taken
        = self->box_end == 0 ? take_header (self, data, size) : take_body (self, data, size);

    self->position += taken;
    data += taken;
    size -= taken;
    if (self->position == self->box_end) {
      self->box = self->position;
      self->box_end = 0;
    }
  }
}

TytoMediaFile *
gst_segment_skeleton_read (GstSegmentSkeleton *self, const gchar *name, GError **error)
{
  if (self->fd >= 0 && ftruncate (self->fd, (off_t) self->position) != 0)
    give_up (self, errno);
  if (self->fd < 0) {
    tyto_set_error (error,
                    self->failure == EILSEQ ? TYTO_ERROR_INVALID_ARGUMENT : TYTO_ERROR_STORAGE,
                    NULL, "The boxes of %s cannot be read: %s", name, g_strerror (self->failure));
    return NULL;
  }
  return tyto_media_file_read_fd (self->fd, "mp4", name, error);
}
